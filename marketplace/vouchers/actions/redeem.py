"""The verb of the counter. Every channel that spends a voucher calls it."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Accreditation, Service
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User
from marketplace.vouchers import policies
from marketplace.vouchers.guessing import count_miss, refuse_guesser
from marketplace.vouchers.models import Card, Programme, Redemption, Voucher
from marketplace.vouchers.models.cards import WRONG_TRIES, clean_card_number, hash_of_pin
from marketplace.vouchers.models.programmes import first_of_month, last_of_month
from marketplace.vouchers.spending import Outcome, Request, as_row, spend

KEYS = uuid.UUID("0c5e7c34-6c3e-5d49-8f1b-2f6f0d2f8a11")
MOST_FEN = 100_000_00  # one redemption; far above any monthly voucher
LATEST = datetime.timedelta(minutes=5)  # how far the clock of a counter's device may run ahead


def redemption_id(provider: Organisation, key: str) -> uuid.UUID:
    """The same provider and idempotency key make the same id: that is what keeps one request to one effect."""
    return uuid.uuid5(KEYS, f"{provider.pk}:{key}")


@dataclass(frozen=True)
class Order:
    """What the counter asks for, read and checked for form."""

    card_number: str
    units: int
    amount: int
    own_part: int
    performed_at: datetime.datetime
    is_timed: bool


def redeem(
    provider: Organisation,
    *,
    card: str,
    pin: str,
    service: Service,
    amount: int,
    key: str,
    by: User,
    own_part: int = 0,
    units: int = 1,
    device: str = "",
    performed_at: datetime.datetime | None = None,
) -> Redemption:
    """Pay `amount` fen for `units` of the service: `own_part` by the resident, the rest from this month's voucher.

    The same key with the same body returns the first redemption (`replayed` is then True), with another body raises
    ValidationError(code="key_conflict"). Refusals: `unknown_card`, `locked`, `no_pin`, `wrong_pin`, `suspended`,
    `not_accredited`, `outside_programme`, `expired`, `overdrawn` (params `balance_fen`), `above_list`; and on fields
    `units`, `amount`, `own_part`, `performed_at`. `too_many_misses` when this person has tried too many cards or PINs.

    Opens and ends its own transaction: a wrong PIN is counted although the redemption is refused, so this can't run
    inside another one.
    """
    moment = clock.now()
    order = _read(card, units, amount, own_part, performed_at, moment)
    refuse_guesser(provider, by)
    try:
        outcome, redemption = _attempt(provider, order, pin, service, key, by, device, moment)
    except IntegrityError:  # a racing replay of the same key committed first: it is there to be read now
        outcome, redemption = _attempt(provider, order, pin, service, key, by, device, moment)
    if redemption is None:
        if outcome.code in ("unknown_card", "wrong_pin"):
            count_miss(provider, by)
        raise _refusal(outcome, provider, service, order)
    return redemption


@transaction.atomic(durable=True)
def _attempt(
    provider: Organisation,
    order: Order,
    pin: str,
    service: Service,
    key: str,
    by: User,
    device: str,
    moment: datetime.datetime,
) -> tuple[Outcome, Redemption | None]:
    authorise(policies.may_redeem, by, provider)
    day = order.performed_at.astimezone(clock.SHANGHAI).date()
    is_over = last_of_month(day) < moment.astimezone(clock.SHANGHAI).date()
    request = Request(
        id=redemption_id(provider, key),
        card=order.card_number,
        pin_hash=hash_of_pin(order.card_number, pin.strip()),
        month=first_of_month(day),
        programmes=[] if is_over else list(programmes_for(provider, service, day)),
        provider=provider.pk,
        service=service.pk,
        units=order.units,
        amount=order.amount - order.own_part,
        own_part=order.own_part,
        above_list=order.amount > service.price * order.units,
        device=device[:60],
        performed_at=order.performed_at,
        is_timed=order.is_timed,
        redeemed_at=moment,
        by=by.pk,
    )
    if not request.programmes and not policies.is_admitted(provider) and not _is_known(request):
        return Outcome("not_accredited"), None  # a card and its PIN are no business of theirs
    outcome = spend(request)
    if outcome.code == "ok":
        redemption = as_row(request, outcome)
        redemption.replayed = False
        _record_redeemed(redemption, by, provider)
        return outcome, redemption
    if outcome.code == "replayed":
        redemption = Redemption.objects.get(resident_id=outcome.resident, month=outcome.month, id=request.id)
        redemption.replayed = True
        return outcome, redemption
    if outcome.code == "wrong_pin":
        tried = Card.objects.get(number=order.card_number)
        record("card.wrong_pin", tried, by=by, organisation=provider, tries=outcome.tries)
        if outcome.tries >= WRONG_TRIES:
            record("card.locked", tried, by=by, organisation=provider)
    return outcome, None


def _is_known(request: Request) -> bool:
    """A request that was answered before is answered again, whatever became of the provider."""
    return Redemption.objects.filter(id=request.id).exists()


def _record_redeemed(redemption: Redemption, by: User, provider: Organisation) -> None:
    subject: Any = RedemptionSubject(redemption.id)
    record(
        "voucher.redeemed",
        subject,
        by=by,
        organisation=provider,
        month=f"{redemption.month:%Y-%m}",
        amount=redemption.amount,
        own_part=redemption.own_part,
    )


class RedemptionSubject:
    """A redemption as audit knows it: by its own id, not by the three columns of its key."""

    _meta = Redemption._meta

    def __init__(self, pk: uuid.UUID) -> None:
        self.pk = pk


def programmes_for(provider: Organisation, service: Service, day: datetime.date):
    """Ids of the programmes that pay for this service at this provider on this day, the most particular first.

    Accredited there, the category in the programme and in the accreditation, the service on the provider's list.
    """
    if service.organisation_id != provider.pk or service.state != Service.State.LISTED:
        return Programme.objects.none().values_list("pk", flat=True)
    admitted = (
        Accreditation.objects.valid_on(day)
        .filter(organisation=provider, organisation__state=Organisation.State.ACTIVE)
        .filter(Q(categories=None) | Q(categories=service.category_id))
        .values("programme_code")
    )
    return (
        Programme.objects.filter(code__in=admitted, categories=service.category_id)
        .exclude(state=Programme.State.DRAFT)
        .order_by("-minimum_age", "code")
        .values_list("pk", flat=True)
    )


def _read(
    card: str,
    units: int,
    amount: int,
    own_part: int,
    performed_at: datetime.datetime | None,
    moment: datetime.datetime,
) -> Order:
    number = clean_card_number(card)
    if not 1 <= units <= 999:
        raise ValidationError({"units": ValidationError(_("Enter how many, from 1 to 999."), code="units")})
    if not 0 < amount <= MOST_FEN:
        raise ValidationError({"amount": ValidationError(_("The amount must be more than zero."), code="amount")})
    if own_part < 0:
        raise ValidationError({"own_part": ValidationError(_("The amount can't be negative."), code="negative")})
    if own_part >= amount:
        raise ValidationError(
            {"own_part": ValidationError(_("Nothing is left for the voucher to pay."), code="own_part")}
        )
    if performed_at is not None and performed_at > moment + LATEST:
        raise ValidationError({"performed_at": ValidationError(_("This time has not come yet."), code="performed_at")})
    return Order(number, units, amount, own_part, performed_at or moment, performed_at is not None)


def _refusal(outcome: Outcome, provider: Organisation, service: Service, order: Order) -> ValidationError:
    """The refusal in plain words, with its stable code."""
    code = outcome.code
    if code == "no_voucher":
        code = _why_no_voucher(outcome, provider, service, order)
    if code == "overdrawn":
        return ValidationError(
            _("The voucher has only ¥%(balance)s left. The rest can be paid by the resident."),
            code="overdrawn",
            params={"balance": format_yuan(outcome.balance), "balance_fen": outcome.balance},
        )
    if code == "wrong_pin":
        left = WRONG_TRIES - outcome.tries
        if left <= 0:
            words = _("The PIN is wrong. The card is locked now: the community desk can unlock it.")
        else:
            words = _("The PIN is wrong. %(left)s more tries, then the card locks.")
        return ValidationError({"pin": ValidationError(words, code="wrong_pin", params={"left": left})})
    words = {
        "key_conflict": _("This key was used before for another redemption: nothing was paid."),
        "unknown_card": _("Nobody has a card with this number. Check the 16 digits."),
        "replaced": _("This card was replaced by a newer one and pays nothing any more."),
        "locked": _("This card is locked after five wrong PINs. The community desk can unlock it."),
        "no_pin": _("No PIN has been set for this card. The community desk can set one."),
        "suspended": _("This resident's vouchers are suspended. Ask the community desk."),
        "not_accredited": _("Your organisation is not admitted to a programme that pays for this today."),
        "outside_programme": _("The programme does not pay for this service for this resident."),
        "expired": _("The month of this voucher is over: what was left has expired."),
        "above_list": _("The amount is above the listed price: ¥%(list)s at most."),
    }[code]
    stable = "locked" if code == "replaced" else code
    return ValidationError(words, code=stable, params={"list": format_yuan(service.price * order.units)})


def _why_no_voucher(outcome: Outcome, provider: Organisation, service: Service, order: Order) -> str:
    """Which of three reasons left no wallet to pay from."""
    today = clock.today()
    day = order.performed_at.astimezone(clock.SHANGHAI).date()
    if last_of_month(day) < today:
        return "expired"
    if (
        not Accreditation.objects.valid_on(day)
        .filter(organisation=provider, organisation__state=Organisation.State.ACTIVE)
        .exists()
    ):
        return "not_accredited"
    wallets = Voucher.objects.filter(resident_id=outcome.resident)
    if not wallets.filter(month=first_of_month(day)).exists() and wallets.exists():
        return "expired"
    return "outside_programme"
