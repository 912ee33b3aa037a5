"""The verb of the counter. Every channel that spends a voucher calls it."""

import datetime
import uuid
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from marketplace.directory.models import Accreditation, Service
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User
from marketplace.vouchers.codes import claim_consent, hand_back
from marketplace.vouchers.guessing import count_miss, refuse_guesser, tries_of_a_card
from marketplace.vouchers.limits import words_of_limits
from marketplace.vouchers.models import Redemption, Voucher
from marketplace.vouchers.models.cards import clean_card_number
from marketplace.vouchers.spending import Outcome, Request, as_row, spend

KEYS = uuid.UUID("0c5e7c34-6c3e-5d49-8f1b-2f6f0d2f8a11")
MOST_FEN = 100_000_00  # one redemption; far above any monthly voucher
LATEST = datetime.timedelta(minutes=5)  # how far the clock of a counter's device may run ahead


def redemption_id(provider: Organisation, key: str) -> uuid.UUID:
    """The same provider and idempotency key make the same id: that is what keeps one request to one effect."""
    return uuid.uuid5(KEYS, f"{provider.pk}:{key}")


class Order(NamedTuple):
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
    service: Service | uuid.UUID,
    amount: int,
    key: str,
    by: User,
    own_part: int = 0,
    units: int = 1,
    device: str = "",
    performed_at: datetime.datetime | None = None,
    token: uuid.UUID | None = None,
) -> Redemption:
    """Pay `amount` fen for `units` of the service: `own_part` by the resident, the rest from this month's voucher.

    The same key with the same body returns the first redemption (`replayed` is then True), with another body raises
    ValidationError(code="key_conflict"). Refusals: `unknown_card`, `locked`, `no_pin`, `wrong_pin`, `suspended`,
    `not_accredited`, `outside_programme`, `expired`, `overdrawn` (params `balance_fen`), `above_list`; the programme's
    limits `above_share`, `daily_limit`, `service_limit`; on fields `units`, `amount`, `own_part`, `performed_at`.
    `too_many_misses` when this person has tried too many cards or PINs.

    Opens and ends its own transaction: a wrong PIN is counted although the redemption is refused, so this can't run
    inside another one. `service` may be its id and `token` the API token that was shown: both are checked in the same
    statement as everything else.
    """
    moment = clock.pretended() or clock.reckoned()
    order = _read(card, units, amount, own_part, performed_at, moment)
    refuse_guesser(provider, by)
    day = order.performed_at.astimezone(clock.SHANGHAI).date()
    consent = claim_consent(order.card_number, pin.strip(), moment)
    request = Request(
        id=redemption_id(provider, key),
        card=order.card_number,
        pin_hash=consent.pin_hash,
        tries=tries_of_a_card(),
        day=day,
        is_over=day.replace(day=1) < moment.astimezone(clock.SHANGHAI).date().replace(day=1),
        provider=provider.pk,
        service=service.pk if isinstance(service, Service) else service,
        units=order.units,
        amount=order.amount - order.own_part,
        own_part=order.own_part,
        device=device[:60],
        performed_at=order.performed_at,
        is_timed=order.is_timed,
        redeemed_at=moment,
        by=by.pk,
        token=token,
    )
    outcome = spend(request)
    if outcome.code == "ok":
        redemption = as_row(request, outcome)
    elif outcome.code == "replayed":
        redemption = Redemption.objects.get(resident_id=outcome.resident, month=outcome.month, id=request.id)
    else:
        hand_back(consent)
        raise _refusal(outcome, request, provider, by)
    redemption.replayed = outcome.code == "replayed"
    return redemption


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


def _refusal(outcome: Outcome, request: Request, provider: Organisation, by: User) -> Exception:
    """The refusal in plain words, with its stable code."""
    code = outcome.code
    if code in ("forbidden", "no_token"):
        return PermissionDenied(_("You may not do this."))
    if code in ("unknown_card", "wrong_pin"):
        count_miss(provider, by)
    if code == "no_voucher":
        code = _why_no_voucher(outcome, request, provider)
    if code == "overdrawn":
        return ValidationError(
            _("The voucher has only ¥%(balance)s left. The rest can be paid by the resident."),
            code="overdrawn",
            params={"balance": format_yuan(outcome.balance), "balance_fen": outcome.balance},
        )
    if code == "wrong_pin":
        left = request.tries - outcome.tries
        if left <= 0:
            words = _("The PIN is wrong. The card is locked now: the community desk can unlock it.")
        else:
            words = _("The PIN is wrong. %(left)s more tries, then the card locks.")
        return ValidationError({"pin": ValidationError(words, code="wrong_pin", params={"left": left})})
    words = {
        "key_conflict": _("This key was used before for another redemption: nothing was paid."),
        "unknown_card": _("Nobody has a card with this number. Check the 16 digits."),
        "replaced": _("This card was replaced by a newer one and pays nothing any more."),
        "locked": _("This card is locked after too many wrong PINs. The community desk can unlock it."),
        "no_pin": _("No PIN has been set for this card. The community desk can set one."),
        "suspended": _("This resident's vouchers are suspended. Ask the community desk."),
        "not_accredited": _("Your organisation is not admitted to a programme that pays for this today."),
        "outside_programme": _("The programme does not pay for this service for this resident."),
        "expired": _("The month of this voucher is over: what was left has expired."),
        "above_list": _("The amount is above the listed price: ¥%(list)s at most."),
        **words_of_limits(),
    }[code]
    stable = "locked" if code == "replaced" else code
    return ValidationError(words, code=stable, params={"list": _list_price(request) if code == "above_list" else ""})


def _list_price(request: Request) -> str:
    return format_yuan(Service.objects.get(pk=request.service).price * request.units)


def _why_no_voucher(outcome: Outcome, request: Request, provider: Organisation) -> str:
    """Which of three reasons left no wallet to pay from."""
    if request.is_over:
        return "expired"
    if (
        not Accreditation.objects.valid_on(request.day)
        .filter(organisation=provider, organisation__state=Organisation.State.ACTIVE)
        .exists()
    ):
        return "not_accredited"
    wallets = Voucher.objects.filter(resident_id=outcome.resident)
    if not wallets.filter(month=request.month).exists() and wallets.exists():
        return "expired"
    return "outside_programme"
