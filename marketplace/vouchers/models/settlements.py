"""What a programme's bureau owes a provider for a month of redemptions: frozen, netted, seen by two officers."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User

from .programmes import Programme


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def visible_to(self, user: User) -> "SettlementQuerySet":
        """The bureau that pays, the provider that is paid, and auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        if held.filter(role=Role.AUDITOR).exists():
            return self
        bureaus = held.filter(role__in=[Role.OFFICER, Role.APPROVER, Role.FINANCE]).values("organisation")
        providers = held.filter(role__in=[Role.OWNER, Role.FINANCE]).values("organisation")
        return self.filter(models.Q(bureau__in=bureaus) | models.Q(provider__in=providers))

    def standing(self) -> "SettlementQuerySet":
        return self.exclude(state=Settlement.State.CANCELLED)


class Settlement(Row):
    """One provider's month, paid by one bureau. `run` is 2 and more for what came in after the first was frozen."""

    class State(models.TextChoices):
        DRAFT = "draft", _("To be approved")
        APPROVED = "approved", _("Approved")
        ORDERED = "ordered", _("Payment ordered")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("settlement number"), max_length=30, unique=True)
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="settlements_to_pay", verbose_name=_("bureau")
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("provider")
    )
    month = models.DateField(_("month"))
    run = models.PositiveSmallIntegerField(_("run"), default=1)
    amount = models.PositiveBigIntegerField(_("amount"))
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    frozen_at = models.DateTimeField(_("frozen"))
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)
    ordered_at = models.DateTimeField(_("ordered"), null=True)
    due_on = models.DateField(_("to be paid by"), null=True)
    payee = models.JSONField(_("account when it was frozen"), default=dict)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "provider__name", "-run"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "month", "bureau", "run"], name="one_settlement_a_run"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="settlement_pays_something"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("vouchers:settlement", args=[self.number])

    @transition(state, source=State.DRAFT, target=State.APPROVED)
    def approve(self, by: User) -> None:
        """A second officer has checked it."""
        self.approved_by = by

    @transition(state, source=State.APPROVED, target=State.ORDERED)
    def order(self) -> None:
        """It is in the ledger as owed, and a payment order is made."""

    @transition(state, source=State.DRAFT, target=State.CANCELLED)
    def cancel(self) -> None:
        """Never approved: its redemptions are free for the next run."""


class SettlementLine(Row):
    """What of a settlement comes from one programme and one month's vouchers. Negative when more was taken back."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="settlement_lines")
    month = models.DateField(_("month of the vouchers"))
    redemptions = models.IntegerField(_("redemptions"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        ordering = ["month", "programme"]
        constraints = [
            models.UniqueConstraint(fields=["settlement", "programme", "month"], name="one_line_a_programme_month")
        ]
