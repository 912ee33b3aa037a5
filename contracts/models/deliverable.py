"""What is to be delivered, what was, and what the buyer made of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import BudgetLine
from marketplace.pages.models import Row, StateField

from .contract import Contract


def evidence_path(report: "DeliveryReport", name: str) -> str:
    """Evidence is kept by contract, under the report's own key: names never meet."""
    return f"contracts/{report.deliverable.contract_id}/{report.pk}/{name}"


class DeliverableQuerySet(models.QuerySet["Deliverable"]):
    def accepted(self):
        return self.filter(state=Deliverable.State.ACCEPTED)

    def assured_by(self, contract: Contract):
        """Due within what is assured: all, unless the contract is renewed year by year."""
        found = self.filter(contract=contract)
        return found.filter(due_on__lte=contract.assured_until) if contract.assured_until else found

    def standing(self):
        """Still to be delivered or accepted."""
        return self.exclude(state__in=[Deliverable.State.ACCEPTED, Deliverable.State.DROPPED])


class Deliverable(Row):
    """One instalment of the service: so many units by a day, for an amount in fen. They sum to the contract's."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("deliverable", "Planned")
        DELIVERED = "delivered", pgettext_lazy("deliverable", "Delivered, to be accepted")
        ACCEPTED = "accepted", pgettext_lazy("deliverable", "Accepted")
        REJECTED = "rejected", pgettext_lazy("deliverable", "Sent back")
        DROPPED = "dropped", pgettext_lazy("deliverable", "Dropped")

    class Kind(models.TextChoices):
        """What makes the amount due."""

        MILESTONE = "milestone", pgettext_lazy("instalment", "By milestone")
        VOLUME = "volume", pgettext_lazy("instalment", "By volume")
        ADVANCE = "advance", pgettext_lazy("instalment", "Advance")
        FINAL = "final", pgettext_lazy("instalment", "Final, after evaluation")

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="deliverables")
    position = models.PositiveSmallIntegerField(_("no."))
    kind = models.CharField(pgettext_lazy("instalment", "due"), max_length=10, choices=Kind, default=Kind.MILESTONE)
    # The line that pays it when it is not the contract's: a later year's, named by a renewal.
    line = models.ForeignKey(BudgetLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_committed = models.BooleanField(_("its money is committed"), default=False)
    title = models.CharField(_("title"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit = models.CharField(_("unit"), max_length=20, default="项")
    standard = models.CharField(_("standard"), max_length=200, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    due_on = models.DateField(pgettext_lazy("deliverable", "due on"))
    dropped_amount = models.PositiveBigIntegerField(pgettext_lazy("money", "released"), default=0)
    state = StateField(_("state"), default=State.PLANNED, choices=State.choices)
    payment_published_at = models.DateTimeField(_("payment published"), null=True, blank=True)

    objects = DeliverableQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="one_deliverable_a_place"),
            models.CheckConstraint(name="deliverable_is_something", condition=Q(amount__gt=0, quantity__gt=0)),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="deliverables_due")]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """What ledger and payment orders call this instalment."""
        return f"{self.contract.number}/{self.position}"

    @property
    def budget_line(self) -> BudgetLine:
        return self.line or self.contract.budget_line

    @property
    def is_delivery(self) -> bool:
        """Something is delivered and counted; an advance or a final part is only asked for."""
        return self.kind not in (self.Kind.ADVANCE, self.Kind.FINAL)

    @property
    def unit_price(self) -> int:
        """Fen, rounded down: what one unit costs in this instalment."""
        return self.amount // self.quantity

    @property
    def waits_for_renewal(self) -> bool:
        """Due after the part of the contract that is assured."""
        until = self.contract.assured_until
        return until is not None and self.due_on > until

    @property
    def tone(self) -> str:
        return {"planned": "quiet", "delivered": "warn", "accepted": "good", "rejected": "bad", "dropped": "quiet"}[
            self.state
        ]

    @transition(state, source=[State.PLANNED, State.REJECTED], target=State.DELIVERED)
    def deliver(self) -> None:
        """The supplier says that it is done."""

    @transition(state, source=State.DELIVERED, target=State.ACCEPTED)
    def accept(self) -> None:
        """The buyer agrees, in whole or with a deduction."""

    @transition(state, source=State.DELIVERED, target=State.REJECTED)
    def reject(self) -> None:
        """The buyer sends it back to be put right."""

    @transition(state, source=[State.PLANNED, State.DELIVERED, State.REJECTED], target=State.DROPPED)
    def drop(self) -> None:
        """The contract ended before it was accepted."""


class DeliveryReport(Row):
    """The supplier's word, with evidence, that an instalment is delivered. A later report answers a rejection."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="reports")
    quantity = models.PositiveIntegerField(_("quantity delivered"))
    note = models.TextField(_("what was done"))
    invoice_number = models.CharField(_("invoice number"), max_length=40)
    invoice_file = models.FileField(_("invoice"), upload_to=evidence_path, max_length=300, blank=True)
    invoice_name = models.CharField(_("file name"), max_length=200, blank=True)
    invoice_sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(_("evidence"), upload_to=evidence_path, max_length=300)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported"))
    # The day on which it counts as accepted if the buyer says nothing; none for a part that needs an evaluation.
    deemed_on = models.DateField(_("deemed accepted on"), null=True, blank=True)

    class Meta:
        ordering = ["reported_at", "id"]


class Acceptance(Row):
    """The buyer's finding on a report. Recipients take part and the result is published (REG 45)."""

    report = models.OneToOneField(DeliveryReport, on_delete=models.PROTECT, related_name="acceptance")
    is_accepted = models.BooleanField(_("accepted"))
    deduction = models.PositiveBigIntegerField(_("deduction"), default=0)
    accepted_amount = models.PositiveBigIntegerField(_("accepted amount"), default=0)
    reason = models.TextField(_("finding"), blank=True)
    accepted_quantity = models.PositiveIntegerField(_("quantity accepted"), default=0)
    residents_heard = models.PositiveSmallIntegerField(_("residents heard"), default=0)
    satisfaction = models.PositiveSmallIntegerField(_("satisfied, percent"), null=True, blank=True)
    opinion = models.TextField(_("what residents said"), blank=True)
    # How the deduction came about: [{"code", "fen", …what the formula took}], the formula's lines first.
    lines = models.JSONField(default=list, blank=True)
    is_deemed = models.BooleanField(_("deemed accepted"), default=False)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ["accepted_at"]
        constraints = [
            models.CheckConstraint(
                name="acceptance_amount_only_when_accepted",
                condition=Q(is_accepted=True) | Q(is_accepted=False, accepted_amount=0, deduction=0),
            ),
            models.CheckConstraint(
                name="acceptance_satisfaction_in_percent", condition=Q(satisfaction=None) | Q(satisfaction__lte=100)
            ),
        ]
