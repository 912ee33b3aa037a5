"""Places at a time: booked with the money held, kept, given up, missed; and offered in order to those who wait.

Locking: the opening, then the booking or the place in the line, then what a hold locks (resident, hold, wallet).
"""

import datetime
import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.rules.queries import resolve
from marketplace.vouchers import notices, policies, queries
from marketplace.vouchers.models import Booking, Hold, Opening, Redemption, Waiting
from marketplace.vouchers.models.programmes import first_of_month

from .consent import ask_consent
from .holds import confirm_hold, hold, release_hold
from .redeem import redeem

log = logging.getLogger("minfu.vouchers")
HOLD_DAYS_AFTER = datetime.timedelta(days=1)  # after the end: the counter has a day to confirm what was kept
MOST_PLACES = 500


@transaction.atomic
def open_places(
    service: Service, *, starts_at: datetime.datetime, ends_at: datetime.datetime, places: int, by: User
) -> Opening:
    """Places of a service at a time, for residents to book; whoever waits is offered them first.

    Raises ValidationError: `past`, `times`, `places`, `twice` (there is such a time already).
    """
    service = Service.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    authorise(policies.may_redeem, by, service.organisation)
    if starts_at <= clock.now():
        raise ValidationError({"starts_at": ValidationError(_("This time is over."), code="past")})
    if ends_at <= starts_at or ends_at - starts_at > datetime.timedelta(days=31):
        raise ValidationError({"ends_at": ValidationError(_("The end lies before the beginning."), code="times")})
    if not 0 < places <= MOST_PLACES:
        raise ValidationError({"places": ValidationError(_("Enter how many, from 1 to 500."), code="places")})
    if service.openings.filter(starts_at=starts_at).exists():
        raise ValidationError({"starts_at": ValidationError(_("This time is open already."), code="twice")})
    opening = Opening.objects.create(service=service, starts_at=starts_at, ends_at=ends_at, places=places)
    record("opening.opened", opening, by=by, organisation=service.organisation, places=places)
    offer_free_places(opening)
    return opening


def _locked_opening(pk: Any) -> Opening:
    return Opening.objects.select_for_update(of=("self",)).select_related("service__organisation", "service").get(pk=pk)


@transaction.atomic
def book(opening: Opening, resident: Resident, *, by: User, waiting: Waiting | None = None) -> Booking:
    """Take a place and hold its price on the month's voucher; what the voucher lacks is paid on the day.

    `waiting` is the offer that is accepted: its place is kept already. Raises ValidationError: `past`, `full`,
    `booked` (has a place at this time), and what `hold` refuses but `overdrawn` (`suspended`, `not_accredited`,
    `outside_programme`).
    """
    opening = _locked_opening(opening.pk)
    authorise(policies.may_hold, by, resident)
    if not opening.is_open or opening.starts_at <= clock.now():
        raise ValidationError(_("This time is over."), code="past")
    if resident.state != Resident.State.ACTIVE:
        raise ValidationError(_("This resident's vouchers are suspended. Ask the community desk."), code="suspended")
    if opening.bookings.standing().filter(resident=resident).exists():
        raise ValidationError(_("There is a place booked at this time already."), code="booked")
    if waiting is None and not _take_place(opening):
        raise ValidationError(_("No place is left at this time. Join the waiting list."), code="full")
    held = _hold_price(opening, resident, by)
    booking = Booking.objects.create(
        opening=opening,
        resident=resident,
        price=opening.service.price,
        held=held.amount if held else 0,
        hold_id=held.id if held else None,
        programme_id=held.programme_id if held else None,
        booked_at=clock.now(),
        booked_by=by,
    )
    record("booking.booked", booking, by=by, organisation=opening.service.organisation, held=booking.held)
    return booking


def _take_place(opening: Opening) -> bool:
    return bool(Opening.objects.filter(pk=opening.pk, taken__lt=F("places")).update(taken=F("taken") + 1))


def _free_place(opening: Opening) -> None:
    Opening.objects.filter(pk=opening.pk, taken__gt=0).update(taken=F("taken") - 1)


def _hold_price(opening: Opening, resident: Resident, by: User) -> Hold | None:
    """All of the price, or what is left; None when nothing is, or the month's voucher has not been given out yet."""
    month = first_of_month(opening.starts_at.astimezone(clock.SHANGHAI).date())
    if month > clock.today():
        return None
    amount = opening.service.price
    for _try in range(2):
        try:
            return hold(
                resident=resident,
                service=opening.service,
                amount=amount,
                month=month,
                key=f"booking/{opening.pk}/{clock.now().isoformat()}",
                until=opening.ends_at + HOLD_DAYS_AFTER,
                by=by,
            )
        except ValidationError as refusal:
            if getattr(refusal, "code", "") != "overdrawn":
                raise
            amount = refusal.params["balance_fen"]
            if amount <= 0:
                return None
    return None


def _locked(booking: Booking) -> Booking:
    opening = _locked_opening(booking.opening_id)
    booking = Booking.objects.select_for_update(of=("self",)).select_related("resident").get(pk=booking.pk)
    booking.opening = opening
    if booking.state != Booking.State.BOOKED:
        raise ValidationError(_("This booking has ended already."), code="state")
    return booking


def _let_go(booking: Booking, reason: str, by: User) -> None:
    """The money is the wallet's again, unless the hold has run out by itself."""
    if booking.hold_id is None:
        return
    held = Hold.objects.get(resident=booking.resident_id, id=booking.hold_id)
    if held.state == Hold.State.HELD:
        release_hold(held, reason=reason, by=by)


@transaction.atomic
def cancel_booking(booking: Booking, *, reason: str, by: User) -> Booking:
    """Give a place up: the money is free, and the place goes to whoever waits.

    The resident's side may until some time before (rule `voucher.booking_cancel`), the provider until it begins.
    Raises ValidationError: `state`, `too_late`, `reason` (a provider says why).
    """
    booking = _locked(booking)
    authorise(policies.may_cancel_booking, by, booking)
    is_provider = policies.may_redeem(by, booking.opening.service.organisation)
    if is_provider and not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    rule = resolve("voucher.booking_cancel")
    earliest = 0 if is_provider else int(rule.number)
    if clock.now() > booking.opening.starts_at - datetime.timedelta(minutes=earliest):
        raise ValidationError(
            _("It begins too soon to be given up here. Ring the provider."), code="too_late", params={}
        )
    booking.cancel()
    _end(booking, reason)
    _let_go(booking, reason.strip() or "given up", by)
    _free_place(booking.opening)
    record("booking.cancelled", booking, by=by, organisation=booking.opening.service.organisation, reason=reason)
    if is_provider:
        notices.tell_of_booking(booking, "vouchers/booking_cancelled")
    offer_free_places(booking.opening)
    return booking


def _end(booking: Booking, reason: str = "") -> None:
    booking.ended_at, booking.reason = clock.now(), reason.strip()[:200]
    booking.save(update_fields=["state", "ended_at", "reason", "redemption_id"])


@transaction.atomic
def miss_booking(booking: Booking, *, by: User) -> Booking:
    """Nobody came. Nothing is paid for an absence. Raises ValidationError: `state`, `early` (it has not begun)."""
    booking = _locked(booking)
    authorise(policies.may_redeem, by, booking.opening.service.organisation)
    if clock.now() < booking.opening.starts_at:
        raise ValidationError(_("It has not begun yet."), code="early")
    booking.miss()
    _end(booking)
    _let_go(booking, "missed", by)
    record("booking.missed", booking, by=by, organisation=booking.opening.service.organisation)
    return booking


def keep_booking(booking: Booking, *, pin: str, by: User, device: str = "") -> Redemption:
    """She came and agrees with her PIN or code: what was held is spent, the rest of the price is her own part.

    Without a hold (booked for a month before its vouchers were out, or the voucher was empty) it is a redemption like
    any other. The PIN is tried in a transaction of its own, so this can't run inside another one. Raises
    ValidationError: `state`, `early`, what `ask_consent`, `confirm_hold` and `redeem` refuse.
    """
    booking = Booking.objects.select_related("opening__service__organisation", "resident").get(pk=booking.pk)
    provider, service = booking.opening.service.organisation, booking.opening.service
    authorise(policies.may_redeem, by, provider)
    if booking.state != Booking.State.BOOKED:
        raise ValidationError(_("This booking has ended already."), code="state")
    if clock.now().astimezone(clock.SHANGHAI).date() < booking.opening.starts_at.astimezone(clock.SHANGHAI).date():
        raise ValidationError(_("It has not begun yet."), code="early")
    if booking.hold_id is None:
        card = booking.resident.cards.live().first()
        if card is None:
            raise ValidationError(_("There is no card yet. The community desk gives one."), code="no_card")
        left = queries.balance_of(booking.resident).balance
        redemption = redeem(
            provider,
            card=card.number,
            pin=pin,
            service=service,
            amount=booking.price,
            own_part=max(0, booking.price - left) if left else 0,
            key=f"booking/{booking.pk}",
            by=by,
            device=device,
        )
        return _kept(booking, redemption, by)
    ask_consent(provider, booking.resident, pin, by=by)
    with transaction.atomic():
        held = Hold.objects.get(resident=booking.resident_id, id=booking.hold_id)
        redemption = confirm_hold(held, by=by, own_part=booking.own_part, device=device)
        return _kept(booking, redemption, by)


@transaction.atomic
def _kept(booking: Booking, redemption: Redemption, by: User) -> Redemption:
    booking = _locked(booking)
    booking.keep()
    booking.redemption_id = redemption.id
    _end(booking)
    record("booking.kept", booking, by=by, organisation=booking.opening.service.organisation)
    return redemption


@transaction.atomic
def join_waiting_list(service: Service, resident: Resident, *, by: User) -> Waiting:
    """The last in the line; who is in it already keeps the turn. Raises ValidationError(code="suspended")."""
    service = Service.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    authorise(policies.may_hold, by, resident)
    if resident.state != Resident.State.ACTIVE:
        raise ValidationError(_("This resident's vouchers are suspended. Ask the community desk."), code="suspended")
    live = [Waiting.State.WAITING, Waiting.State.OFFERED]
    earlier = service.waiting.filter(resident=resident, state__in=live).first()
    if earlier is not None:
        return earlier
    waiting = Waiting.objects.create(service=service, resident=resident, joined_at=clock.now(), joined_by=by)
    record("waiting.joined", waiting, by=by, organisation=service.organisation)
    for opening in service.openings.filter(is_open=True, starts_at__gt=clock.now(), taken__lt=F("places")):
        offer_free_places(opening)
    return waiting


@transaction.atomic
def leave_waiting_list(waiting: Waiting, *, by: User) -> Waiting:
    """No longer wanted; an offered place goes to the next. Raises ValidationError(code="state")."""
    waiting, opening = _locked_waiting(waiting)
    authorise(policies.may_hold, by, waiting.resident)
    if waiting.state not in (Waiting.State.WAITING, Waiting.State.OFFERED):
        raise ValidationError(_("This turn is over already."), code="state")
    waiting.leave()
    waiting.save(update_fields=["state"])
    record("waiting.left", waiting, by=by, organisation=waiting.service.organisation)
    if opening is not None:
        _free_place(opening)
        offer_free_places(opening)
    return waiting


def _locked_waiting(waiting: Waiting) -> tuple[Waiting, Opening | None]:
    opening = _locked_opening(waiting.opening_id) if waiting.opening_id else None
    waiting = (
        Waiting.objects.select_for_update(of=("self",))
        .select_related("resident", "service__organisation")
        .get(pk=waiting.pk)
    )
    return waiting, opening if opening and waiting.opening_id == opening.pk else None


@transaction.atomic
def accept_offer(waiting: Waiting, *, by: User) -> Booking:
    """Book the place that was kept. Raises ValidationError: `state` (no offer any more) and what `book` refuses."""
    waiting, opening = _locked_waiting(waiting)
    authorise(policies.may_hold, by, waiting.resident)
    if waiting.state != Waiting.State.OFFERED or opening is None or waiting.answer_by < clock.now():
        raise ValidationError(_("The offer has ended. You keep your turn in the line."), code="state")
    booking = book(opening, waiting.resident, by=by, waiting=waiting)
    waiting.take()
    waiting.save(update_fields=["state"])
    record("waiting.accepted", waiting, by=by, organisation=waiting.service.organisation)
    return booking


@transaction.atomic
def offer_free_places(opening: Opening) -> int:
    """Each free place to the next in the line, kept until the answer is due (rule `voucher.offer_wait`, at the latest
    until the booking could still be given up). How many were offered."""
    opening = _locked_opening(opening.pk)
    now, by = clock.now(), service_user("vouchers.clock")
    latest = opening.starts_at - datetime.timedelta(minutes=int(resolve("voucher.booking_cancel").number))
    answer_by = min(now + datetime.timedelta(minutes=int(resolve("voucher.offer_wait").number)), latest)
    if not opening.is_open or answer_by <= now:
        return 0
    offered = 0
    there = opening.bookings.standing().values("resident")
    line = (
        Waiting.objects.in_line()
        .select_for_update(of=("self",))
        .filter(service=opening.service, resident__state=Resident.State.ACTIVE)
        .exclude(resident__in=there)
        .select_related("resident", "resident__user", "resident__region")
        .order_by("passed_over", "joined_at", "pk")
    )
    for waiting in line[: opening.places - opening.taken]:
        if not _take_place(opening):
            break
        waiting.offer(opening)
        waiting.answer_by = answer_by
        waiting.save(update_fields=["state", "opening", "answer_by"])
        record("waiting.offered", waiting, by=by, organisation=opening.service.organisation)
        notices.reach(
            waiting.resident,
            "vouchers/place_offered",
            {"opening": opening, "answer_by": answer_by},
            key=f"offer/{waiting.pk}/{opening.pk}",
            about=waiting,
            url=reverse("vouchers:my_bookings"),
        )
        offered += 1
    return offered


def run_due_bookings() -> int:
    """By the clock: unanswered offers go to the next, and the day before everyone booked is reminded. How many."""
    return _pass_over() + _remind()


def _pass_over() -> int:
    done, by = 0, service_user("vouchers.clock")
    overdue = Waiting.objects.filter(state=Waiting.State.OFFERED, answer_by__lt=clock.now())
    for waiting in overdue:
        with transaction.atomic():
            waiting, opening = _locked_waiting(waiting)
            if waiting.state != Waiting.State.OFFERED or waiting.answer_by >= clock.now() or opening is None:
                continue
            waiting.pass_over()
            waiting.passed_over += 1
            waiting.save(update_fields=["state", "opening", "passed_over"])
            record("waiting.passed", waiting, by=by, organisation=waiting.service.organisation)
            _free_place(opening)
            offer_free_places(opening)
            done += 1
    return done


def _remind() -> int:
    tomorrow = clock.at_hour(clock.today() + datetime.timedelta(days=1), 0)
    due = (
        Booking.objects.standing()
        .filter(opening__starts_at__gte=tomorrow, opening__starts_at__lt=tomorrow + datetime.timedelta(days=1))
        .select_related("opening__service__organisation", "resident__user", "resident__region")
    )
    for booking in due:
        notices.tell_of_booking(booking, "vouchers/booking_tomorrow")
    return len(due)
