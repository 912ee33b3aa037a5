"""Money that people pay to an organisation through us: a resident's own part, a gift. Never public money."""

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import oversees_all_money
from marketplace.pages.models import Row, StateField
from marketplace.papers.models import Receipt
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Role

from .accounts import PayeeAccount

if TYPE_CHECKING:
    from marketplace.parties.models import User


LEAST_FEN = 100
MOST_FEN = 5_000_000  # one card payment; what is more goes by bank transfer


def new_code() -> str:
    """What opens the payer's own page without signing in: 192 random bits."""
    return secrets.token_urlsafe(24)


class DonationOffer(Row):
    """An organisation says that it takes gifts, for what, and by which right to raise funds (慈善法)."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="donation_offer")
    is_open = models.BooleanField(_("takes donations"), default=False)
    purpose = models.CharField(_("what gifts are used for"), max_length=200)
    certificate = models.CharField(_("number of the certificate for public fundraising"), max_length=60)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation} {self.certificate}"


class IncomingPaymentQuerySet(models.QuerySet["IncomingPayment"]):
    def for_reference(self, reference: str):
        return self.filter(reference=reference)

    def paid(self):
        return self.filter(state=IncomingPayment.State.PAID)

    def visible_to(self, user: "User"):
        """The organisation's owner, finance and counter; those who oversee all money."""
        if oversees_all_money(user):
            return self
        roles = (Role.OWNER, Role.FINANCE, Role.COUNTER)
        live = user.memberships.filter(ended_at=None, role__in=roles)
        return self.filter(organisation__in=live.values("organisation"))


class IncomingPayment(Row):
    """One payment of one person to one organisation, asked for once (`key`), confirmed only by Stripe itself.

    The money goes straight to the organisation's connected account; who pays is named only if they want a receipt.
    """

    class Kind(models.TextChoices):
        OWN_PART = "own_part", _("Resident's own part")
        DONATION = "donation", _("Donation")

    class Way(models.TextChoices):
        CHECKOUT = "checkout", _("Stripe's page")
        QR = "qr", _("Code on the counter's screen")

    class State(models.TextChoices):
        ASKED = "asked", _("Not at Stripe yet")
        OPEN = "open", _("Waits for the payer")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        EXPIRED = "expired", _("Not paid in time")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    way = models.CharField(_("way"), max_length=10, choices=Way, default=Way.CHECKOUT)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="incoming_payments", verbose_name=_("organisation")
    )
    account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=24)
    amount = models.PositiveBigIntegerField(_("amount"))
    refunded = models.PositiveBigIntegerField(_("paid back"), default=0)
    reference = models.CharField(_("reference"), max_length=120)
    key = models.CharField(max_length=200, unique=True)
    code = models.CharField(max_length=40, unique=True, default=new_code, editable=False)
    payer_name = EncryptedTextField(_("name for the receipt"), blank=True)
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    session = models.CharField(max_length=120, blank=True, db_index=True)
    intent = models.CharField(max_length=64, blank=True, db_index=True)
    charge = models.CharField(max_length=64, blank=True)
    pay_url = models.TextField(blank=True)  # Stripe's page, or what the code at the counter says
    method = models.CharField(_("paid with"), max_length=20, blank=True)
    cause = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="+")

    objects = IncomingPaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "kind", "asked_at"], name="incoming_by_organisation"),
            models.Index(fields=["reference"], name="incoming_by_reference"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="one_incoming_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="incoming_of_something"),
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="refunded_at_most_what_came"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_incoming_has_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:incoming", args=[self.code])

    @property
    def net(self) -> int:
        """Fen that the organisation has kept."""
        return self.amount - self.refunded if self.state == self.State.PAID else 0

    @transition(state, source=[State.ASKED, State.OPEN], target=State.OPEN)
    def open(self) -> None:
        """Stripe has it; the payer may pay."""

    @transition(state, source=[State.ASKED, State.OPEN, State.EXPIRED], target=State.PAID)
    def pay(self) -> None:
        """Stripe says that the money came, whatever it said before."""

    @transition(state, source=[State.ASKED, State.OPEN], target=State.EXPIRED)
    def expire(self) -> None:
        """Nobody paid; it can't be paid any more."""


class IncomingRefund(Row):
    """Part or all of an incoming payment, given back to whoever paid."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked for at Stripe")
        DONE = "done", _("Given back")
        FAILED = "failed", pgettext_lazy("payment", "Failed")

    payment = models.ForeignKey(IncomingPayment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveBigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    refund = models.CharField(max_length=64, blank=True, db_index=True)
    cause = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="incoming_refund_of_something")]

    @transition(state, source=State.ASKED, target=State.DONE)
    def complete(self) -> None:
        """Stripe gave it back."""

    @transition(state, source=[State.ASKED, State.DONE], target=State.FAILED)
    def fail(self) -> None:
        """Stripe could not; it may say so even after it said otherwise."""
