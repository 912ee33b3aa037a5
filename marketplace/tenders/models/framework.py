"""Framework agreements: who was admitted, and the orders that follow."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor
from marketplace.residents.models import Delegation, Resident

from .award import Bid
from .lot import Lot
from .tender import Tender


class Admission(Row):
    """A supplier admitted to a lot of a framework, at the price of its bid."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="admissions")
    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="admission")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="admissions")
    unit_price = models.PositiveBigIntegerField(_("unit price"))  # fen for one unit of the lot
    rank = models.PositiveSmallIntegerField(_("rank"))
    admitted_at = models.DateTimeField(_("admitted"))
    admitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    valid_until = models.DateField(_("admitted until"))

    class Meta:
        ordering = ["rank", "admitted_at"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "supplier"], name="admitted_once_a_lot"),
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="admission_price_positive"),
        ]

    def __str__(self) -> str:
        return str(self.supplier)


class CallOffQuerySet(models.QuerySet["CallOff"]):
    def visible_to(self, user: User) -> "CallOffQuerySet":
        """The buyer's desk, the supplier's people, those asked for a quote, the resident it is for; auditors."""
        if not user.is_authenticated:
            return self.none()
        if is_auditor(user):
            return self
        mine = Organisation.objects.filter(memberships__user=user, memberships__ended_at=None)
        desks = mine.filter(memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.SIGNATORY])
        sellers = mine.filter(memberships__role__in=[Role.OWNER, Role.BIDDER, Role.SIGNATORY])
        asked = Q(state=CallOff.State.ASKING) | Q(quotes__supplier__in=sellers)
        return self.filter(
            Q(lot__tender__bureau__in=desks)
            | Q(supplier__in=sellers)
            | (Q(way=Tender.SecondStage.MINI_BID, lot__admissions__supplier__in=sellers) & asked)
            | Q(created_by=user)
            | Q(resident__user=user)
            | Q(resident__in=Delegation.objects.live().filter(delegate=user).values("resident"))
        ).distinct()

    def standing(self) -> "CallOffQuerySet":
        """Those that hold money of the framework."""
        return self.filter(state__in=CallOff.HOLDING_STATES)


class CallOff(Row):
    """An order under a framework: a quantity of the lot's service from one admitted supplier. A contract reads it as
    it reads an award: `supplier`, `amount`, `lot`, `number`."""

    class State(models.TextChoices):
        ASKING = "asking", pgettext_lazy("call-off", "Quotes asked for")
        REQUESTED = "requested", pgettext_lazy("call-off", "Chosen, to be confirmed")
        ORDERED = "ordered", pgettext_lazy("call-off", "Ordered")
        ACCEPTED = "accepted", pgettext_lazy("call-off", "Accepted by the provider")
        DECLINED = "declined", pgettext_lazy("call-off", "Declined")
        CANCELLED = "cancelled", pgettext_lazy("call-off", "Cancelled")
        ENDED = "ended", pgettext_lazy("call-off", "Ended early")

    # What was delivered of an order that ended early still counts against the framework.
    HOLDING_STATES = (State.ORDERED, State.ACCEPTED, State.ENDED)

    number = models.CharField(_("number"), max_length=40, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="call_offs")
    way = models.CharField(_("how the provider was found"), max_length=10, choices=Tender.SecondStage)
    admission = models.ForeignKey(
        Admission, null=True, on_delete=models.PROTECT, related_name="call_offs", verbose_name=_("provider")
    )
    supplier = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="call_offs")
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, related_name="call_offs")
    need = models.TextField(_("what is needed"))
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = models.PositiveBigIntegerField(_("amount"), null=True)  # fen; none while quotes are asked for
    given_up = models.PositiveBigIntegerField(_("not delivered"), default=0)  # fen of an order that ended early
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("last day of the order"))
    quotes_due_at = models.DateTimeField(_("quotes due"), null=True)
    state = StateField(_("state"), choices=State.choices)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(_("ordered on"), null=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.TextField(_("reason"), blank=True)  # why this provider; why declined or cancelled

    objects = CallOffQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="call_off_quantity_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=["requested", "ordered", "accepted"])
                | Q(supplier__isnull=False, admission__isnull=False, amount__gt=0),
                name="call_off_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(given_up=0) | Q(state="ended", given_up__lte=models.F("amount")),
                name="only_an_ended_call_off_gives_up",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("tenders:call_off", args=[self.number])

    @transition(state, source="", target=State.ASKING)
    def ask(self) -> None:
        """All admitted suppliers may quote."""

    @transition(state, source="", target=State.REQUESTED)
    def request(self) -> None:
        """A resident has chosen; the bureau confirms."""

    @transition(state, source=["", State.ASKING, State.REQUESTED], target=State.ORDERED)
    def order(self) -> None:
        """The bureau orders."""

    @transition(state, source=State.ORDERED, target=State.ACCEPTED)
    def accept(self) -> None:
        """The provider takes it on."""

    @transition(state, source=State.ORDERED, target=State.DECLINED)
    def decline(self) -> None:
        """The provider can't."""

    @transition(state, source=[State.ASKING, State.REQUESTED, State.ORDERED], target=State.CANCELLED)
    def cancel(self) -> None:
        """No longer needed, or nobody quoted."""

    @transition(state, source=State.ACCEPTED, target=State.ENDED)
    def end(self) -> None:
        """Its contract ended before its time: what was not delivered is free in the framework again."""


class CallOffQuote(Row):
    """A mini-bid: one admitted supplier's price for one order, not above its admitted price."""

    call_off = models.ForeignKey(CallOff, on_delete=models.CASCADE, related_name="quotes")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField(_("price"))  # fen
    quoted_at = models.DateTimeField()
    quoted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["amount", "quoted_at"]
        constraints = [
            models.UniqueConstraint(fields=["call_off", "supplier"], name="one_quote_a_supplier"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="quote_positive"),
        ]
