"""What stands behind a contract and what comes at its end: bond, prices, evaluation, notice."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField

from .contract import Contract, Signing


class Bond(Row):
    """The performance bond 履约保证金 of a contract, never in cash (REG 48). A transfer stands in the ledger; a
    guarantee letter is a promise of a bank and moves no money."""

    class Form(models.TextChoices):
        TRANSFER = "transfer", _("Bank transfer")
        GUARANTEE = "guarantee", _("Guarantee letter of a bank or insurer")

    class State(models.TextChoices):
        HELD = "held", pgettext_lazy("bond", "Held")
        RELEASED = "released", pgettext_lazy("bond", "Released")
        FORFEITED = "forfeited", pgettext_lazy("bond", "Forfeited")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="bonds")
    form = models.CharField(_("form"), max_length=10, choices=Form)
    amount = models.PositiveBigIntegerField(_("amount"))
    kept = models.PositiveBigIntegerField(pgettext_lazy("bond", "forfeited"), default=0)
    document = models.CharField(_("number of the document"), max_length=60)
    state = StateField(_("state"), default=State.HELD, choices=State.choices)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField(pgettext_lazy("bond", "received"))
    released_at = models.DateTimeField(pgettext_lazy("bond", "released"), null=True, blank=True)

    class Meta:
        ordering = ["held_at"]
        constraints = [
            models.CheckConstraint(name="bond_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="no_more_forfeited_than_held", condition=Q(kept__lte=F("amount"))),
            models.CheckConstraint(
                name="forfeited_bond_is_kept_whole", condition=~Q(state="forfeited") | Q(kept=F("amount"))
            ),
        ]

    @property
    def reference(self) -> str:
        return f"{self.contract.number}/bond"

    @property
    def tone(self) -> str:
        return {"held": "active", "released": "quiet", "forfeited": "bad"}[self.state]

    @property
    def left(self) -> int:
        """Fen that would go back to the supplier."""
        return self.amount - self.kept

    @transition(state, source=State.HELD, target=State.RELEASED)
    def release(self) -> None:
        """What is left of it goes back to the supplier."""

    @transition(state, source=State.HELD, target=State.FORFEITED)
    def forfeit(self) -> None:
        """Nothing of it is left to go back."""


class Forfeiture(Row):
    """A part of the bond, in fen, that the supplier lost for a breach 不予退还履约保证金. A transfer's money is the
    treasury's from then on; a guarantor pays there itself. `handed_over_at`: it has arrived there."""

    bond = models.ForeignKey(Bond, on_delete=models.PROTECT, related_name="forfeitures")
    amount = models.PositiveBigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))
    document = models.CharField(_("number of the treasury's receipt"), max_length=60, blank=True)
    handed_over_at = models.DateTimeField(_("handed over to the treasury"), null=True, blank=True)

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(name="forfeiture_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="handed_over_by_receipt", condition=Q(handed_over_at=None) | ~Q(document="")),
        ]


class PriceItem(Row):
    """One line of the annexed price list: fen a unit."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="prices")
    position = models.PositiveSmallIntegerField(_("no."))
    name = models.CharField(_("service"), max_length=120)
    unit = models.CharField(_("unit"), max_length=20)
    price = models.PositiveBigIntegerField(_("unit price"))

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="one_price_a_place")]


class EvaluationNote(Row):
    """A published evaluation of the contract, noted by the room that evaluates: final part and renewal read it."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="evaluation_notes")
    reference = models.CharField(_("evaluation number"), max_length=40, unique=True)
    grade = models.CharField(_("grade"), max_length=12)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    published_on = models.DateField(_("published"))
    url = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["published_on", "created_at"]


class Termination(Row):
    """One side gives notice, the other answers, the buyer settles: what was delivered is paid, the rest released."""

    class Ground(models.TextChoices):
        AGREEMENT = "agreement", pgettext_lazy("termination", "By agreement")
        BREACH = "breach", pgettext_lazy("termination", "Breach by the other side")
        EVALUATION = "evaluation", pgettext_lazy("termination", "Poor evaluation")
        POLICY = "policy", pgettext_lazy("termination", "Change of policy or budget")
        FORCE_MAJEURE = "force_majeure", pgettext_lazy("termination", "Force majeure")

    class State(models.TextChoices):
        NOTICED = "noticed", pgettext_lazy("termination", "Notice given")
        SETTLED = "settled", pgettext_lazy("termination", "Settled")
        WITHDRAWN = "withdrawn", pgettext_lazy("termination", "Taken back")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="terminations")
    side = models.CharField(_("side"), max_length=8, choices=Signing.Side)
    ground = models.CharField(_("ground"), max_length=14, choices=Ground)
    reason = models.TextField(_("reason"))
    effective_on = models.DateField(_("last day of service"))
    state = StateField(_("state"), default=State.NOTICED, choices=State.choices)
    noticed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField(_("notice given"))
    answer = models.TextField(_("the other side's answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        ordering = ["noticed_at"]
        constraints = [
            models.UniqueConstraint(fields=["contract"], condition=Q(state="noticed"), name="one_notice_at_a_time")
        ]

    @transition(state, source=State.NOTICED, target=State.SETTLED)
    def settle(self) -> None:
        """The contract has ended by it."""

    @transition(state, source=State.NOTICED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The side that gave notice goes on after all."""
