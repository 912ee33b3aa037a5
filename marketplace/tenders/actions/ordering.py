"""Orders under a framework: chosen by the resident or the bureau, in turn, or after a quick quote."""

import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User
from marketplace.residents.models import Resident

from .. import notices, policies
from ..models import Admission, CallOff, CallOffQuote, Lot, Tender
from .numbering import number_of

Way = Tender.SecondStage


def _locked_lot(lot: Lot) -> Lot:
    """Orders of one lot take turns: its money and its turn are shared."""
    return Lot.objects.select_for_update(of=("self",)).select_related("tender__bureau__region").get(pk=lot.pk)


def _locked(call_off: CallOff) -> CallOff:
    lot = _locked_lot(call_off.lot)
    rows = CallOff.objects.select_for_update(of=("self",)).select_related("supplier", "admission", "resident")
    call_off = rows.get(pk=call_off.pk)
    call_off.lot = lot
    return call_off


def _begin(
    lot: Lot, way: str, *, need: str, quantity: int, starts_on: datetime.date, ends_on: datetime.date
) -> CallOff:
    if lot.tender.second_stage != way:
        raise ValidationError(
            _("This framework gives its orders another way: %(way)s (Order 110)."),
            code="way",
            params={"way": lot.tender.get_second_stage_display()},
        )
    if quantity < 1:
        raise ValidationError({"quantity": ValidationError(_("Order one unit at least."), code="quantity")})
    if not need.strip():
        raise ValidationError({"need": ValidationError(_("Say what is needed."), code="need_missing")})
    if not clock.today() <= starts_on <= ends_on:
        raise ValidationError(
            {"ends_on": ValidationError(_("The service begins today or later, and ends after that."), code="dates")}
        )
    return CallOff(
        number=number_of(lot.tender.bureau, "call_off", "K"),
        lot=lot,
        way=way,
        need=need,
        quantity=quantity,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _give_to(call_off: CallOff, admission: Admission, amount: int) -> None:
    """The admitted supplier and the money; refused where the admission or the framework's total ends."""
    if admission.supplier.state != Organisation.State.ACTIVE:
        raise ValidationError(
            _("This provider may not trade at present (Government Procurement Law, Article 22)."), code="not_trading"
        )
    if call_off.ends_on > admission.valid_until:
        raise ValidationError(
            {
                "ends_on": ValidationError(
                    _("The framework ends on %(end)s: an order may not run longer (Order 110)."),
                    code="framework_over",
                    params={"end": written_day(admission.valid_until)},
                )
            }
        )
    lot = call_off.lot
    holding = lot.call_offs.standing().exclude(pk=call_off.pk)
    ordered = holding.aggregate(total=Sum(F("amount") - F("given_up")))["total"] or 0
    if ordered + amount > lot.ceiling:
        raise ValidationError(
            {
                "quantity": ValidationError(
                    _("The framework has %(left)s yuan left; this order comes to %(amount)s yuan."),
                    code="framework_short",
                    params={"left": format_yuan(lot.ceiling - ordered), "amount": format_yuan(amount)},
                )
            }
        )
    call_off.admission, call_off.supplier, call_off.amount = admission, admission.supplier, amount


def _order(call_off: CallOff, by: User) -> None:
    call_off.order()
    call_off.ordered_by, call_off.ordered_at = by, clock.now()
    call_off.save()
    record(
        "call_off.ordered",
        call_off,
        by=by,
        organisation=call_off.lot.tender.bureau,
        number=call_off.number,
        amount=call_off.amount,
        way=call_off.way,
    )
    transaction.on_commit(partial(notices.tell_ordered.enqueue, str(call_off.pk)))


@transaction.atomic
def order_from(
    admission: Admission,
    *,
    need: str,
    quantity: int,
    starts_on: datetime.date,
    ends_on: datetime.date,
    reason: str,
    by: User,
) -> CallOff:
    """The bureau chooses among the admitted, and says why. Money: the admitted unit price × quantity.

    Raises ValidationError `way`, `quantity`, `need_missing`, `dates`, `framework_over`, `framework_short`,
    `reason_missing`, `not_trading`.
    """
    lot = _locked_lot(admission.lot)
    authorise(policies.may_order, by, lot)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why this provider is chosen."), code="reason_missing")})
    call_off = _begin(lot, Way.CHOICE, need=need, quantity=quantity, starts_on=starts_on, ends_on=ends_on)
    call_off.created_by, call_off.reason = by, reason
    _give_to(call_off, admission, admission.unit_price * quantity)
    _order(call_off, by)
    return call_off


@transaction.atomic
def choose_provider(
    admission: Admission,
    resident: Resident,
    *,
    need: str,
    quantity: int,
    starts_on: datetime.date,
    ends_on: datetime.date,
    by: User,
) -> CallOff:
    """The resident, or who acts for them, chooses the provider (Order 110, Article 2); the bureau confirms."""
    lot = _locked_lot(admission.lot)
    authorise(policies.may_choose_for, by, resident, lot)
    call_off = _begin(lot, Way.CHOICE, need=need, quantity=quantity, starts_on=starts_on, ends_on=ends_on)
    call_off.created_by, call_off.resident = by, resident
    _give_to(call_off, admission, admission.unit_price * quantity)
    call_off.request()
    call_off.save()
    record("call_off.requested", call_off, by=by, organisation=lot.tender.bureau, number=call_off.number)
    transaction.on_commit(partial(notices.tell_chosen.enqueue, str(call_off.pk)))
    return call_off


@transaction.atomic
def confirm_call_off(call_off: CallOff, *, by: User) -> CallOff:
    """The bureau orders what a resident chose: the same provider, within what the framework still has."""
    call_off = _locked(call_off)
    authorise(policies.may_order, by, call_off.lot)
    _refuse_unless(call_off, CallOff.State.REQUESTED)
    _give_to(call_off, call_off.admission, call_off.amount or 0)
    _order(call_off, by)
    return call_off


@transaction.atomic
def order_in_turn(
    lot: Lot, *, need: str, quantity: int, starts_on: datetime.date, ends_on: datetime.date, by: User
) -> CallOff:
    """The next admitted supplier in turn: the one with the fewest orders, then the better rank. A declined order was
    a turn too. Refusals as in `order_from`, and `nobody_admitted`."""
    lot = _locked_lot(lot)
    authorise(policies.may_order, by, lot)
    call_off = _begin(lot, Way.ROTATION, need=need, quantity=quantity, starts_on=starts_on, ends_on=ends_on)
    call_off.created_by = by
    admission = next_in_turn(lot, ends_on)
    if admission is None:
        raise ValidationError(_("No provider is admitted for these days."), code="nobody_admitted")
    _give_to(call_off, admission, admission.unit_price * quantity)
    _order(call_off, by)
    return call_off


def next_in_turn(lot: Lot, ends_on: datetime.date) -> Admission | None:
    """Whose turn it is for an order that ends on that day. One statement."""
    had = ~Q(call_offs__state=CallOff.State.CANCELLED)
    return (
        lot.admissions.filter(valid_until__gte=ends_on, supplier__state=Organisation.State.ACTIVE)
        .annotate(turns=Count("call_offs", filter=had))
        .select_related("supplier")
        .order_by("turns", "rank", "pk")
        .first()
    )


@transaction.atomic
def ask_for_quotes(
    lot: Lot,
    *,
    need: str,
    quantity: int,
    starts_on: datetime.date,
    ends_on: datetime.date,
    quotes_due_at: datetime.datetime,
    by: User,
) -> CallOff:
    """A mini-bid: every admitted supplier may quote until the moment. Raises ValidationError as above, and `past`."""
    lot = _locked_lot(lot)
    authorise(policies.may_order, by, lot)
    if quotes_due_at <= clock.now():
        raise ValidationError({"quotes_due_at": ValidationError(_("This lies in the past."), code="past")})
    call_off = _begin(lot, Way.MINI_BID, need=need, quantity=quantity, starts_on=starts_on, ends_on=ends_on)
    call_off.created_by, call_off.quotes_due_at = by, quotes_due_at
    call_off.ask()
    call_off.save()
    record("call_off.opened", call_off, by=by, organisation=lot.tender.bureau, number=call_off.number)
    transaction.on_commit(partial(notices.tell_quotes_wanted.enqueue, str(call_off.pk)))
    return call_off


@transaction.atomic
def quote(call_off: CallOff, supplier: Organisation, amount: int, *, by: User) -> CallOffQuote:
    """Quote for a mini-bid, in fen for the whole order; a later quote replaces an earlier one.

    Raises ValidationError `quotes_over`, `not_admitted`, `above_admitted` (Order 110: not above the admitted price).
    """
    call_off = _locked(call_off)
    authorise(policies.may_bid, by, supplier)
    admission = call_off.lot.admissions.filter(supplier=supplier).first()
    if admission is None:
        raise ValidationError(_("Only admitted providers may quote (Order 110)."), code="not_admitted")
    if call_off.state != CallOff.State.ASKING or clock.now() >= call_off.quotes_due_at:
        raise ValidationError(_("The time for quotes is over."), code="quotes_over")
    most = admission.unit_price * call_off.quantity
    if not 0 < amount <= most:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("A quote lies above zero and at most at your admitted price: %(most)s yuan (Order 110)."),
                    code="above_admitted",
                    params={"most": format_yuan(most)},
                )
            }
        )
    given, _created = CallOffQuote.objects.update_or_create(
        call_off=call_off,
        supplier=supplier,
        defaults={"amount": amount, "quoted_at": clock.now(), "quoted_by": by},
    )
    record("call_off.quoted", call_off, by=by, organisation=supplier)  # the price stays shut until the time is over
    return given


@transaction.atomic
def order_lowest_quote(call_off: CallOff, *, by: User) -> CallOff:
    """After the time for quotes: the lowest wins, the earlier of equal ones. Raises `quotes_running`, `no_quotes`."""
    call_off = _locked(call_off)
    authorise(policies.may_order, by, call_off.lot)
    _refuse_unless(call_off, CallOff.State.ASKING)
    if clock.now() < call_off.quotes_due_at:
        raise ValidationError(_("Quotes may still come."), code="quotes_running")
    best = call_off.quotes.select_related("supplier").order_by("amount", "quoted_at", "pk").first()
    if best is None:
        raise ValidationError(_("Nobody has quoted: cancel this order, or ask again."), code="no_quotes")
    _give_to(call_off, call_off.lot.admissions.select_related("supplier").get(supplier=best.supplier), best.amount)
    _order(call_off, by)
    return call_off


@transaction.atomic
def accept_call_off(call_off: CallOff, *, by: User) -> CallOff:
    """The provider takes the order on; a contract may follow."""
    call_off = _locked(call_off)
    authorise(policies.may_answer_call_off, by, call_off)
    _refuse_unless(call_off, CallOff.State.ORDERED)
    call_off.accept()
    call_off.answered_at = clock.now()
    call_off.save(update_fields=["state", "answered_at"])
    record("call_off.accepted", call_off, by=by, organisation=call_off.supplier, number=call_off.number)
    transaction.on_commit(partial(notices.tell_call_off_answered.enqueue, str(call_off.pk)))
    return call_off


@transaction.atomic
def decline_call_off(call_off: CallOff, *, reason: str, by: User) -> CallOff:
    """The provider can't: the money is free again, and in a rotation the turn is over."""
    call_off = _locked(call_off)
    authorise(policies.may_answer_call_off, by, call_off)
    _refuse_unless(call_off, CallOff.State.ORDERED)
    return _end(call_off, call_off.decline, "call_off.declined", reason, by)


@transaction.atomic
def cancel_call_off(call_off: CallOff, *, reason: str, by: User) -> CallOff:
    """The bureau takes an order back that the provider has not accepted."""
    call_off = _locked(call_off)
    authorise(policies.may_order, by, call_off.lot)
    _refuse_unless(call_off, CallOff.State.ASKING, CallOff.State.REQUESTED, CallOff.State.ORDERED)
    return _end(call_off, call_off.cancel, "call_off.cancelled", reason, by)


@transaction.atomic
def end_call_off(call_off: CallOff, *, given_up: int, reason: str, by: User) -> CallOff:
    """Its contract ended before its time: the fen that were not delivered are free in the framework again."""
    call_off = _locked(call_off)
    authorise(policies.may_end_call_off, by, call_off)
    _refuse_unless(call_off, CallOff.State.ACCEPTED)
    call_off.given_up = given_up
    return _end(call_off, call_off.end, "call_off.ended", reason, by)


def _end(call_off: CallOff, move, event: str, reason: str, by: User) -> CallOff:
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    move()
    call_off.reason, call_off.answered_at = reason, clock.now()
    call_off.save(update_fields=["state", "reason", "answered_at", "given_up"])
    record(event, call_off, by=by, organisation=call_off.lot.tender.bureau, number=call_off.number)
    transaction.on_commit(partial(notices.tell_call_off_answered.enqueue, str(call_off.pk)))
    return call_off


def _refuse_unless(call_off: CallOff, *states: str) -> None:
    if call_off.state not in states:
        raise ValidationError(
            _("This order is “%(state)s”: that can't be done now."),
            code="state",
            params={"state": call_off.get_state_display()},
        )
