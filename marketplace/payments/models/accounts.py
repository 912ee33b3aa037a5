"""Where an organisation is paid, and from where a bureau pays."""

import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import oversees_all_money
from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Role

if TYPE_CHECKING:
    from marketplace.parties.models import User


class Channel(models.TextChoices):
    """What carries a payment. settings.PAYMENT_CHANNELS says which are open."""

    BANK_FILE = "bank_file", _("Bank file")
    STRIPE = "stripe", "Stripe"


def payees_of(user: "User") -> models.QuerySet[Organisation]:
    """To whom the bureaus whose finance officer this is have ordered payments, a row for each: for `in` and `exists`.

    No other bureau sees, or says, where their money goes.
    """
    finance = user.memberships.filter(ended_at=None, role=Role.FINANCE, organisation__kind=Organisation.Kind.BUREAU)
    return Organisation.objects.filter(payments_due__bureau__in=finance.values("organisation"))


class PayeeAccountQuerySet(models.QuerySet["PayeeAccount"]):
    def in_force(self, at: datetime.datetime | None = None):
        """Approved and past its waiting time; the one that took effect last comes first."""
        return self.filter(state=PayeeAccount.State.APPROVED, effective_at__lte=at or clock.now()).order_by(
            "-effective_at", "-id"
        )

    def of(self, organisation: Organisation) -> "PayeeAccount | None":
        """The bank account that money of this organisation goes to (or, for a bureau, comes from) now."""
        return self.in_force().filter(organisation=organisation, channel=Channel.BANK_FILE).first()

    def to_pay(self, organisations) -> "dict[Any, PayeeAccount]":
        """The account that each payee is paid to now, by payee: the one that took effect last and can take money.

        Accounts of a channel that is switched off don't count. One statement.
        """
        found: dict[Any, PayeeAccount] = {}
        usable = self.in_force().filter(channel__in=settings.PAYMENT_CHANNELS, is_usable=True)
        for account in usable.filter(organisation__in=organisations):
            found.setdefault(account.organisation_id, account)
        return found

    def waiting(self):
        return self.filter(state=PayeeAccount.State.REQUESTED)

    def visible_to(self, user: "User"):
        """The organisation's own people with the money's roles, and finance officers of the bureaus that pay it."""
        if oversees_all_money(user):
            return self
        live = user.memberships.filter(ended_at=None)
        roles = (Role.OWNER, Role.FINANCE, Role.SIGNATORY, Role.APPROVER)
        own = live.filter(role__in=roles).values("organisation")
        return self.filter(Q(organisation__in=own) | Q(organisation__in=payees_of(user).values("pk")))


class PayeeAccount(Row):
    """One account of an organisation; a change is a new row that a second person approves and that then waits.

    With the channel Stripe, `number` is the id of the organisation's connected account (empty until Stripe has made
    it) and `is_usable` what Stripe last said: that transfers may go there.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waits for a second person")
        APPROVED = "approved", pgettext_lazy("payment", "Approved")
        REFUSED = "refused", pgettext_lazy("payment", "Refused")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="payee_accounts", verbose_name=_("organisation")
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.BANK_FILE)
    account_name = models.CharField(_("account name"), max_length=120)
    bank = models.CharField(_("bank and branch"), max_length=120)
    bank_code = models.CharField(_("bank's clearing code"), max_length=12, blank=True)
    number = EncryptedTextField(_("account number"))
    number_hash = models.CharField(max_length=64, editable=False, db_index=True)
    tail = models.CharField(max_length=4, editable=False)
    is_usable = models.BooleanField(_("can take money"), default=True)
    state = StateField(_("state"), default=State.REQUESTED, choices=State.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refusal = models.CharField(_("why it was refused"), max_length=200, blank=True)
    effective_at = models.DateTimeField(_("takes effect"), null=True)

    objects = PayeeAccountQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="requested"), name="one_account_request_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(effective_at__isnull=False, decided_by__isnull=False),
                name="approved_account_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(number_hash=""), name="approved_account_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("requested_by")),
                name="account_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked_number}"

    def get_absolute_url(self) -> str:
        return reverse("payments:account", args=[self.pk])

    @property
    def masked_number(self) -> str:
        return f"**** **** {self.tail}" if self.tail else "—"

    @transition(state, source=State.REQUESTED, target=State.APPROVED)
    def approve(self) -> None:
        """A second person has compared it with the bank's certificate."""

    @transition(state, source=State.REQUESTED, target=State.REFUSED)
    def refuse(self) -> None:
        """It stays with its reason; the account in force stays in force."""
