"""Money of a month kept for a booking: held, then paid out or let go. The booking itself is another's business.

Locking, in this order: the resident (against whoever suspends at this moment), the hold, the wallet by a guarded
UPDATE as the counter does it.
"""

import datetime
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies
from marketplace.vouchers.conditions import programmes_for
from marketplace.vouchers.limits import broken_limit, words_of_limits
from marketplace.vouchers.models import Card, Hold, Redemption, Voucher
from marketplace.vouchers.models.cards import clean_card_number
from marketplace.vouchers.models.programmes import first_of_month, last_of_month
from marketplace.vouchers.spending import RedemptionSubject

from .redeem import LATEST

KEYS = uuid.UUID("d1b0a6f3-52f4-5f0e-9a5c-0b7d6d2c7b42")
NOT_ADMITTED = gettext_lazy("The provider is not admitted to a programme that pays for this.")


class HoldSubject:
    """A hold as audit knows it: by its own id, not by the three columns of its key."""

    _meta = Hold._meta

    def __init__(self, pk: uuid.UUID) -> None:
        self.pk = pk


def hold(
    *,
    service: Service,
    amount: int,
    month: datetime.date,
    key: str,
    until: datetime.datetime,
    by: User,
    resident: Resident | None = None,
    card: str = "",
    units: int = 1,
) -> Hold:
    """Keep `amount` fen of the month's voucher for a booking of the service, until a moment.

    The same key for the same resident returns the first hold; with another body ValidationError `key_conflict`.
    A provider can't hold by itself: holding and confirming would spend without the resident's PIN. Raises
    ValidationError: `unknown_card`, `replaced`, `suspended`, `amount`, `above_list`, `until`, `not_accredited`,
    `outside_programme`, `expired`, `not_issued`, `overdrawn` (params `balance_fen`).
    """
    person = _resident(resident, card)
    try:
        return _hold(person, service, units, amount, first_of_month(month), key, until, by)
    except IntegrityError:  # a racing twin with the same key committed first: it is there to be read now
        return _hold(person, service, units, amount, first_of_month(month), key, until, by)


def _keep_as_is(resident: uuid.UUID) -> Resident:
    """Nobody suspends the resident before this transaction has ended."""
    return Resident.objects.select_for_update(no_key=True).get(pk=resident)


def _resident(resident: Resident | None, card: str) -> Resident:
    if resident is not None:
        return resident
    found = Card.objects.select_related("resident").filter(number=clean_card_number(card)).first()
    if found is None:
        raise ValidationError(_("Nobody has a card with this number. Check the 16 digits."), code="unknown_card")
    if found.state != Card.State.ACTIVE:
        raise ValidationError(_("This card was replaced by a newer one and pays nothing any more."), code="replaced")
    return found.resident


@transaction.atomic
def _hold(
    resident: Resident,
    service: Service,
    units: int,
    amount: int,
    month: datetime.date,
    key: str,
    until: datetime.datetime,
    by: User,
) -> Hold:
    resident = _keep_as_is(resident.pk)
    authorise(policies.may_hold, by, resident)
    pk = uuid.uuid5(KEYS, f"{resident.pk}:{key}")
    earlier = Hold.objects.filter(resident=resident, month=month, id=pk).first()
    if earlier is not None:
        if (earlier.service_id, earlier.amount, earlier.units) == (service.pk, amount, units):
            return earlier
        raise ValidationError(_("This key was used before for another booking: nothing was held."), code="key_conflict")
    moment = clock.now()
    _check_hold(resident, service, units, amount, month, until, moment)

    wallet = _wallet_for(resident, service, amount, month, moment)
    _check_limits(wallet, service, moment, units, amount, service.price * units)
    _take(wallet, amount)
    made = Hold(
        id=pk,
        resident=resident,
        month=month,
        programme_id=wallet.programme_id,
        provider_id=service.organisation_id,
        service=service,
        units=units,
        amount=amount,
        until=until,
        held_at=moment,
        by=by,
    )
    made.save(force_insert=True)
    subject: Any = HoldSubject(pk)
    record("hold.made", subject, by=by, organisation=service.organisation_id, month=f"{month:%Y-%m}", amount=amount)
    return made


def _check_hold(
    resident: Resident,
    service: Service,
    units: int,
    amount: int,
    month: datetime.date,
    until: datetime.datetime,
    moment: datetime.datetime,
) -> None:
    if resident.state != Resident.State.ACTIVE:
        raise ValidationError(_("This resident's vouchers are suspended. Ask the community desk."), code="suspended")
    if amount <= 0:
        raise ValidationError({"amount": ValidationError(_("The amount must be more than zero."), code="amount")})
    _check_list(service, units, amount)
    grace = resolve("voucher.hold_grace", on=month)
    latest = clock.at_hour(last_of_month(month) + datetime.timedelta(days=int(grace.value) + 1), 0)
    if not moment < until <= latest:
        raise ValidationError(
            {
                "until": ValidationError(
                    _("A voucher can be held until %(days)s days after the end of its month at most (%(source)s)."),
                    code="until",
                    params={"days": int(grace.value), "source": grace.citation},
                )
            }
        )


def _check_limits(
    wallet: Voucher, service: Service, moment: datetime.datetime, units: int, amount: int, price: int
) -> None:
    wallet = _wallets(wallet).select_for_update(of=("self",)).select_related("programme").get()
    day = moment.astimezone(clock.SHANGHAI).date()
    broken = broken_limit(wallet, service, day=day, units=units, amount=amount, price=price)
    if broken is not None:
        raise ValidationError(words_of_limits()[broken], code=broken)


def _check_list(service: Service, units: int, price: int) -> None:
    if price > service.price * units:
        raise ValidationError(
            _("The amount is above the listed price: ¥%(list)s at most."),
            code="above_list",
            params={"list": format_yuan(service.price * units)},
        )


def _wallet_for(
    resident: Resident, service: Service, amount: int, month: datetime.date, moment: datetime.datetime
) -> Voucher:
    """The wallet that the counter would take from too: the most particular programme that has enough."""
    today = moment.astimezone(clock.SHANGHAI).date()
    if last_of_month(month) < today:
        raise ValidationError(_("The month of this voucher is over: what was left has expired."), code="expired")
    if month > today:
        raise ValidationError(_("The vouchers of this month have not been given out yet."), code="not_issued")
    order = [programme.pk for programme in programmes_for(service.organisation, service, today)]
    if not order:
        raise ValidationError(NOT_ADMITTED, code="not_accredited")
    wallets = Voucher.objects.filter(resident=resident, month=month, programme__in=order)
    wallet = min(wallets, key=lambda one: (one.balance < amount, order.index(one.programme_id)), default=None)
    if wallet is None:
        raise ValidationError(
            _("The programme does not pay for this service for this resident."), code="outside_programme"
        )
    return wallet


def _wallets(of: Voucher | Hold) -> QuerySet[Voucher]:
    return Voucher.objects.filter(resident=of.resident_id, month=of.month, programme=of.programme_id)


def _take(wallet: Voucher, amount: int) -> None:
    enough = F("spent") + F("held") + F("expired") + amount
    if not _wallets(wallet).filter(granted__gte=enough).update(held=F("held") + amount):
        balance = _wallets(wallet).get().balance
        raise ValidationError(
            _("The voucher has only ¥%(balance)s left. The rest can be paid by the resident."),
            code="overdrawn",
            params={"balance": format_yuan(balance), "balance_fen": balance},
        )


def _locked(hold: Hold) -> Hold:
    return (
        Hold.objects.select_for_update(of=("self",))
        .select_related("resident", "service__organisation", "provider", "programme__bureau")
        .get(resident=hold.resident_id, month=hold.month, id=hold.id)
    )


@transaction.atomic
def confirm_hold(
    hold: Hold,
    amount: int | None = None,
    *,
    by: User,
    own_part: int = 0,
    device: str = "",
    performed_at: datetime.datetime | None = None,
) -> Redemption:
    """The service was done: `amount` fen of the hold are paid (all of it by default), the rest is the wallet's again.

    Again it returns the same redemption, whose id is the hold's. Raises ValidationError: `hold_ended` (let go or run
    out), `suspended`, `not_accredited`, `above_list`, and on fields `amount`, `own_part`, `performed_at`.
    """
    resident, hold = _keep_as_is(hold.resident_id), _locked(hold)
    authorise(policies.may_confirm_hold, by, hold)
    amount = hold.amount if amount is None else amount
    if hold.state == Hold.State.CONFIRMED:
        return _earlier(hold, amount, own_part)
    moment = clock.now()
    done = performed_at or moment
    _check_confirmation(hold, resident, amount, own_part, done, moment)
    _check_limits(_wallets(hold).get(), hold.service, done, hold.units, amount, amount + own_part)
    hold.confirm()
    hold.ended_at = moment
    hold.save(update_fields=["state", "ended_at"])
    _wallets(hold).update(held=F("held") - hold.amount, spent=F("spent") + amount)
    redemption = Redemption(
        id=hold.id,
        resident_id=hold.resident_id,
        month=hold.month,
        programme_id=hold.programme_id,
        provider_id=hold.provider_id,
        service_id=hold.service_id,
        units=hold.units,
        amount=amount,
        own_part=own_part,
        balance_left=_wallets(hold).get().balance,
        device=device[:60],
        performed_at=done,
        redeemed_at=moment,
        by=by,
    )
    redemption.save(force_insert=True)
    subject: Any = RedemptionSubject(hold.id)
    record(
        "voucher.redeemed",
        subject,
        by=by,
        organisation=hold.provider_id,
        month=f"{hold.month:%Y-%m}",
        amount=amount,
        own_part=own_part,
    )
    return redemption


def _check_confirmation(
    hold: Hold,
    resident: Resident,
    amount: int,
    own_part: int,
    done: datetime.datetime,
    moment: datetime.datetime,
) -> None:
    if hold.state != Hold.State.HELD or hold.until <= moment:
        raise ValidationError(_("This hold has ended: its money is in the voucher again."), code="hold_ended")
    if resident.state != Resident.State.ACTIVE:
        raise ValidationError(_("This resident's vouchers are suspended. Ask the community desk."), code="suspended")
    if not 0 < amount <= hold.amount:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("At most ¥%(held)s were held for this booking."),
                    code="amount",
                    params={"held": format_yuan(hold.amount)},
                )
            }
        )
    if own_part < 0:
        raise ValidationError({"own_part": ValidationError(_("The amount can't be negative."), code="negative")})
    _check_list(hold.service, hold.units, amount + own_part)
    day = done.astimezone(clock.SHANGHAI).date()
    if done > moment + LATEST or first_of_month(day) != hold.month:
        raise ValidationError(
            {
                "performed_at": ValidationError(
                    _("The service must lie in the month of its voucher."), code="performed_at"
                )
            }
        )
    if not programmes_for(hold.provider, hold.service, day).filter(pk=hold.programme_id).exists():
        raise ValidationError(NOT_ADMITTED, code="not_accredited")


def _earlier(hold: Hold, amount: int, own_part: int) -> Redemption:
    redemption = Redemption.objects.get(resident=hold.resident_id, month=hold.month, id=hold.id)
    if (redemption.amount, redemption.own_part) != (amount, own_part):
        raise ValidationError(_("This hold has been paid out already."), code="hold_ended")
    redemption.replayed = True
    return redemption


@transaction.atomic
def release_hold(hold: Hold, *, reason: str, by: User) -> Hold:
    """The booking fell through: the wallet has its money again. Raises ValidationError: `reason`, `hold_ended`."""
    hold = _locked(hold)
    authorise(policies.may_release_hold, by, hold)
    reason = reason.strip()[:200]
    if not reason:
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    if hold.state in (Hold.State.RELEASED, Hold.State.EXPIRED):
        return hold
    if hold.state != Hold.State.HELD:
        raise ValidationError(_("This hold has been paid out already."), code="hold_ended")
    hold.release()
    _give_back(hold, reason)
    subject: Any = HoldSubject(hold.id)
    record("hold.released", subject, by=by, organisation=hold.provider_id, amount=hold.amount, reason=reason)
    return hold


def _give_back(hold: Hold, reason: str = "") -> None:
    hold.reason, hold.ended_at = reason, clock.now()
    hold.save(update_fields=["state", "reason", "ended_at"])
    _wallets(hold).update(held=F("held") - hold.amount)


def expire_holds() -> int:
    """By the clock: holds that have run out give their money back, each in a transaction of its own; how many."""
    by, moment = service_user("vouchers.clock"), clock.now()
    return sum(_expire(overdue, moment, by) for overdue in Hold.objects.overdue(moment).order_by("until"))


@transaction.atomic
def _expire(hold: Hold, moment: datetime.datetime, by: User) -> bool:
    hold = _locked(hold)
    if hold.state != Hold.State.HELD or hold.until > moment:
        return False
    hold.expire()
    _give_back(hold)
    subject: Any = HoldSubject(hold.id)
    record("hold.expired", subject, by=by, organisation=hold.provider_id, amount=hold.amount)
    return True
