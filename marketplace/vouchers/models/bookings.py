"""Free places of a service at a time, who has one, who waits for one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Service
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Role, User
from marketplace.residents.models import Resident

from .programmes import Programme


class Opening(Row):
    """A time at which a service has so many places. `taken <= places` always; changed by guarded UPDATEs.

    A place is taken by a booking, or kept for the person on the waiting list to whom it is offered.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="openings")
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    places = models.PositiveSmallIntegerField(_("places"))
    taken = models.PositiveSmallIntegerField(_("taken"), default=0, db_default=0)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["service", "starts_at"], name="one_opening_a_time"),
            models.CheckConstraint(condition=models.Q(taken__lte=models.F("places")), name="opening_never_overbooked"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="opening_ends_after_it_begins"
            ),
        ]

    @property
    def free(self) -> int:
        return self.places - self.taken


class BookingQuerySet(models.QuerySet["Booking"]):
    def standing(self) -> "BookingQuerySet":
        return self.filter(state=Booking.State.BOOKED)

    def visible_to(self, user: User) -> "BookingQuerySet":
        """The resident and who acts for her, the provider's people, the desk of the region."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        providers = user.memberships.filter(ended_at=None, role__in=[Role.COUNTER, Role.OWNER]).values("organisation")
        residents = Resident.objects.visible_to(user).values("pk")
        return self.filter(models.Q(opening__service__organisation__in=providers) | models.Q(resident__in=residents))


class Booking(Row):
    """A resident's place, with its price held on the voucher from now until it is kept, given up or missed."""

    class State(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("booking", "Booked")
        KEPT = "kept", pgettext_lazy("booking", "Kept and paid")
        CANCELLED = "cancelled", _("Cancelled")
        MISSED = "missed", pgettext_lazy("booking", "Missed")

    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="bookings")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="bookings")
    price = models.PositiveIntegerField(pgettext_lazy("booking", "price"))
    held = models.PositiveIntegerField(_("held on the voucher"))
    hold_id = models.UUIDField(null=True)
    programme = models.ForeignKey(Programme, null=True, on_delete=models.PROTECT, related_name="+")
    redemption_id = models.UUIDField(null=True)
    state = StateField(_("state"), default=State.BOOKED, choices=State.choices)
    booked_at = models.DateTimeField(_("booked"))
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["opening__starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["opening", "resident"], condition=models.Q(state="booked"), name="one_place_a_resident"
            )
        ]
        indexes = [models.Index(fields=["resident", "state"], name="bookings_of_resident")]

    @property
    def own_part(self) -> int:
        """What the resident pays on the day, fen."""
        return self.price - self.held

    @transition(state, source=State.BOOKED, target=State.KEPT)
    def keep(self) -> None:
        """She came and confirmed: what was held is spent."""

    @transition(state, source=State.BOOKED, target=State.CANCELLED)
    def cancel(self) -> None:
        """The place and the money are free again."""

    @transition(state, source=State.BOOKED, target=State.MISSED)
    def miss(self) -> None:
        """Nobody came: the money is free again; nothing is paid for an absence."""


class WaitingQuerySet(models.QuerySet["Waiting"]):
    def in_line(self) -> "WaitingQuerySet":
        return self.filter(state=Waiting.State.WAITING).order_by("joined_at", "pk")


class Waiting(Row):
    """A resident waits for a place of a service; places are offered in the order of coming."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("waiting list", "Waiting")
        OFFERED = "offered", pgettext_lazy("waiting list", "Offered a place")
        BOOKED = "booked", pgettext_lazy("waiting list", "Took the place")
        LEFT = "left", pgettext_lazy("waiting list", "Left the list")

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="waiting")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="waiting")
    joined_at = models.DateTimeField(_("waiting since"))
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = StateField(_("state"), default=State.WAITING, choices=State.choices)
    opening = models.ForeignKey(Opening, null=True, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateTimeField(_("answer by"), null=True)
    passed_over = models.PositiveSmallIntegerField(_("offers not answered"), default=0)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        ordering = ["joined_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "resident"],
                condition=models.Q(state__in=["waiting", "offered"]),
                name="once_on_a_waiting_list",
            )
        ]

    @transition(state, source=State.WAITING, target=State.OFFERED)
    def offer(self, opening: Opening) -> None:
        """A place is kept until the answer is due."""
        self.opening = opening

    @transition(state, source=State.OFFERED, target=State.WAITING)
    def pass_over(self) -> None:
        """No answer in time: the place goes to the next, the turn in the line stays."""
        self.opening = None

    @transition(state, source=State.OFFERED, target=State.BOOKED)
    def take(self) -> None:
        """The offered place is booked."""

    @transition(state, source=[State.WAITING, State.OFFERED], target=State.LEFT)
    def leave(self) -> None:
        """No longer wanted."""
