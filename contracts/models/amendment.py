"""What both sides change after signing, each change a paper of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import BudgetLine
from marketplace.pages.models import Row, StateField

from .contract import Contract
from .deliverable import Deliverable


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def signed(self):
        return self.filter(state=Amendment.State.SIGNED)

    def pending(self):
        """On its way: one at a time."""
        State = Amendment.State
        return self.filter(state__in=[State.DRAFT, State.SENT, State.HALF_SIGNED])


class Amendment(Row):
    """A supplement 补充合同 (GPL 49), or the renewal of a contract of several years for its next year.

    `change` is fen, signed: what the contract's amount grows or shrinks by when both have signed.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", pgettext_lazy("amendment", "Supplement")
        RENEWAL = "renewal", pgettext_lazy("amendment", "Renewal")

    class Reason(models.TextChoices):
        DEMAND = "demand", pgettext_lazy("amendment", "More or fewer recipients")
        SCHEDULE = "schedule", pgettext_lazy("amendment", "Schedule of the service")
        PREMISES = "premises", pgettext_lazy("amendment", "Premises")
        POLICY = "policy", pgettext_lazy("amendment", "Change of policy or budget")
        CORRECTION = "correction", pgettext_lazy("amendment", "Correction of the text")
        EVALUATED = "evaluated", pgettext_lazy("amendment", "Evaluated, goes on")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("contract", "Draft")
        SENT = "sent", pgettext_lazy("contract", "With the supplier to sign")
        HALF_SIGNED = "half_signed", pgettext_lazy("contract", "With the buyer to sign")
        SIGNED = "signed", pgettext_lazy("amendment", "Signed by both")
        REFUSED = "refused", pgettext_lazy("contract", "Refused")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    position = models.PositiveSmallIntegerField(_("no."))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CHANGE)
    reason_code = models.CharField(_("reason"), max_length=12, choices=Reason)
    reason = models.TextField(_("why"))
    text = models.TextField(_("what is agreed"), blank=True)
    change = models.BigIntegerField(_("change of the amount"), default=0)
    ends_on = models.DateField(_("new last day"), null=True, blank=True)
    line = models.ForeignKey(BudgetLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assured_until = models.DateField(_("assured until"), null=True, blank=True)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    paper = models.ForeignKey("papers.Paper", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    sent_at = models.DateTimeField(_("sent for signature"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed by both"), null=True, blank=True)
    refusal = models.TextField(pgettext_lazy("contract", "why it was refused"), blank=True)

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="one_amendment_a_place"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(state__in=["draft", "sent", "half_signed"]),
                name="one_amendment_on_its_way",
            ),
            models.CheckConstraint(
                name="renewal_changes_no_price",
                condition=~Q(kind="renewal") | Q(change=0, assured_until__isnull=False, line__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("contracts:amendment", args=[self.contract.number, self.position])

    @property
    def number(self) -> str:
        """补1, 补2 … behind the contract's number; the ledger's reference of what it commits."""
        return f"{self.contract.number}-B{self.position}"

    @property
    def is_renewal(self) -> bool:
        return self.kind == self.Kind.RENEWAL

    @property
    def tone(self) -> str:
        return {"draft": "quiet", "sent": "warn", "half_signed": "warn", "signed": "good", "refused": "bad"}[self.state]

    @transition(state, source=State.DRAFT, target=State.SENT)
    def send(self) -> None:
        """The words are fixed and printed; the supplier signs first."""

    @transition(state, source=State.SENT, target=State.HALF_SIGNED)
    def take_supplier_signature(self) -> None:
        """The supplier, and everyone of its consortium, has signed."""

    @transition(state, source=State.HALF_SIGNED, target=State.SIGNED)
    def take_buyer_signature(self) -> None:
        """Both have signed: it holds, and the ledger follows."""

    @transition(state, source=[State.DRAFT, State.SENT, State.HALF_SIGNED], target=State.REFUSED)
    def refuse(self) -> None:
        """One side does not want it."""


class AmendmentLine(Row):
    """One instalment that is changed or added: `amount` is fen. For one that is there already
    quantity and amount are the change, signed, at the unit price that was agreed (GPL 49: other terms unchanged)."""

    amendment = models.ForeignKey(Amendment, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("no."))
    deliverable = models.ForeignKey(
        Deliverable, null=True, blank=True, on_delete=models.PROTECT, related_name="amendment_lines"
    )
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(max_length=10, choices=Deliverable.Kind, default=Deliverable.Kind.MILESTONE)
    quantity = models.IntegerField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=20)
    amount = models.BigIntegerField(_("amount"))
    due_on = models.DateField(pgettext_lazy("deliverable", "due on"))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="added_instalment_is_something", condition=Q(deliverable__isnull=False) | Q(amount__gt=0)
            )
        ]


class Subcontract(Row):
    """A part of the service that the supplier wants another to do: only with the buyer's consent (GPL 48)."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("subcontract", "Asked for")
        CONSENTED = "consented", pgettext_lazy("subcontract", "Consented to")
        REFUSED = "refused", pgettext_lazy("subcontract", "Refused")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="subcontracts")
    name = models.CharField(_("subcontractor"), max_length=120)
    uscc = models.CharField(_("credit code"), max_length=18)
    part = models.CharField(_("part of the service"), max_length=300)
    amount = models.PositiveBigIntegerField(_("amount"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(pgettext_lazy("subcontract", "asked"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["-asked_at"]

    @property
    def tone(self) -> str:
        return {"asked": "warn", "consented": "good", "refused": "bad"}[self.state]

    @transition(state, source=State.ASKED, target=State.CONSENTED)
    def consent(self) -> None:
        """The buyer agrees; the supplier answers for the part all the same."""

    @transition(state, source=State.ASKED, target=State.REFUSED)
    def refuse(self) -> None:
        """The buyer does not agree."""
