"""Counters: the devices that stand on them, what they accept without a connection, and who looked at a card."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User

from .cards import Card
from .programmes import Programme


class CounterDeviceQuerySet(models.QuerySet["CounterDevice"]):
    def live(self) -> "CounterDeviceQuerySet":
        return self.filter(state=CounterDevice.State.ACTIVE)


class CounterDevice(Row):
    """A telephone, tablet or till that belongs to a provider's counter; it can be struck off.

    The browser keeps a token in a cookie that scripts can't read (here its keyed hash) and, where it can sign, a P-256
    key that never leaves it (here the public half, SPKI in base64): what it accepts offline is signed with it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        REVOKED = "revoked", _("Struck off")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="counter_devices", verbose_name=_("provider")
    )
    name = models.CharField(_("name of the device"), max_length=40)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    public_key = models.CharField(max_length=300, blank=True, editable=False)
    state = StateField(_("state"), default=State.ACTIVE, choices=State.choices)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("struck off"), null=True)

    objects = CounterDeviceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """As redemptions keep it: the name for people, the id for the search."""
        return f"{self.name[:20]} {str(self.pk)[-12:]}"

    @transition(state, source=State.ACTIVE, target=State.REVOKED)
    def revoke(self) -> None:
        """Lost or sold: nothing that it sends is accepted any more."""


class OfflineLimit(models.Model):
    """How much a programme lets counters accept without asking it first, fen. No row: nothing.

    It is the programme's own risk: what is not covered is paid from its budget line when an officer says so.
    """

    programme = models.OneToOneField(
        Programme, primary_key=True, on_delete=models.CASCADE, related_name="offline_limit"
    )
    resident_cap = models.PositiveIntegerField(_("for one resident"))
    device_cap = models.PositiveIntegerField(_("for one device"))
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(device_cap__gte=models.F("resident_cap")), name="offline_caps_in_order"
            )
        ]


# In the reader's language: the words kept with an entry are those of whoever was at the counter.
WHY_IN_DOUBT = {
    "wrong_pin": _("The PIN was wrong."),
    "overdrawn": _("The voucher had not enough left."),
    "locked": _("The card was locked, or replaced by a newer one."),
    "no_pin": _("No PIN has been set for this card."),
    "suspended": _("The resident's vouchers were suspended."),
    "expired": _("The month of the voucher was over."),
    "not_accredited": _("The organisation was not admitted to a programme that pays for this."),
    "outside_programme": _("The programme does not pay for this service for this resident."),
    "unknown_card": _("Nobody has a card with this number."),
    "above_list": _("The amount is above the listed price."),
    "above_share": _("The programme pays only a share of this price. The resident pays the rest."),
    "daily_limit": _("The programme pays no more than a certain amount a day, and this would be above it."),
    "service_limit": _("The programme pays for this kind of service no more often in a month."),
    "revoked": _("This device has been struck off."),
}


class OfflineEntryQuerySet(models.QuerySet["OfflineEntry"]):
    def visible_to(self, user: User) -> "OfflineEntryQuerySet":
        """The provider whose device it was, and the bureau whose programme bears the risk."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        if held.filter(role=Role.AUDITOR).exists():
            return self
        providers = held.filter(role__in=[Role.COUNTER, Role.OWNER, Role.FINANCE]).values("organisation")
        bureaus = held.filter(role__in=[Role.OFFICER, Role.APPROVER, Role.FINANCE]).values("organisation")
        return self.filter(models.Q(device__organisation__in=providers) | models.Q(programme__bureau__in=bureaus))

    def in_conflict(self) -> "OfflineEntryQuerySet":
        return self.filter(state=OfflineEntry.State.CONFLICT)


class OfflineEntry(Row):
    """One acceptance that a device made alone and sent later. `sequence` counts on each device from 1 without a gap.

    `statement` is what the device signed. The PIN comes beside it, encrypted to the server, and is never stored.
    """

    class State(models.TextChoices):
        PAID = "paid", _("Paid by voucher")
        CONFLICT = "conflict", _("Waits for a decision")
        BORNE = "borne", _("Paid by the programme")
        REFUSED = "refused", pgettext_lazy("offline", "Not paid")

    device = models.ForeignKey(CounterDevice, on_delete=models.PROTECT, related_name="entries")
    sequence = models.PositiveIntegerField(_("number on the device"))
    statement = models.TextField(editable=False)
    signature = models.CharField(max_length=200, editable=False)
    amount = models.PositiveIntegerField(_("voucher part"))
    own_part = models.PositiveIntegerField(_("own part"), default=0)
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, null=True, on_delete=models.PROTECT, related_name="+")
    performed_at = models.DateTimeField(pgettext_lazy("offline", "accepted"))
    uploaded_at = models.DateTimeField(_("sent"))
    redemption_id = models.UUIDField(null=True)
    code = models.CharField(max_length=40, blank=True)
    trouble = models.CharField(_("what is wrong"), max_length=300, blank=True)
    state = StateField(_("state"), default=State.CONFLICT, choices=State.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = OfflineEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="one_entry_a_number"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="offline_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.device} №{self.sequence}"

    @property
    def why(self) -> str:
        """What is wrong, empty when nothing is."""
        return str(WHY_IN_DOUBT.get(self.code, self.trouble))

    @transition(state, source=State.CONFLICT, target=State.BORNE)
    def bear(self) -> None:
        """Within the caps: the programme promised, so its budget line pays."""

    @transition(state, source=State.CONFLICT, target=State.REFUSED)
    def refuse(self) -> None:
        """The provider gets nothing for it."""


class CardLook(models.Model):
    """A counter looked at what is on a card. Append-only; the resident reads it."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="looks")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    looked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["card", "-looked_at"], name="looks_at_card"),
            models.Index(fields=["by", "-looked_at"], name="looks_by_person"),
        ]
