"""What a counter accepted while it was alone: sent later, paid if the voucher covers it, else a person decides."""

import base64
import binascii
import datetime
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Service
from marketplace.ledger.actions import accrue_payable, commit_budget
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.payments.actions import order_payment
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies
from marketplace.vouchers.conditions import programmes_for
from marketplace.vouchers.models import Card, CounterDevice, FraudCase, OfflineEntry, OfflineLimit, Programme
from marketplace.vouchers.offlinekeys import is_signed_by, open_pin
from marketplace.vouchers.queries.suspicion import Suspicion

from .devices import read_public_key
from .fraud import keep_case
from .redeem import MOST_FEN, redeem


@dataclass(frozen=True)
class Statement:
    """What the device signed, read and checked for form. Amounts in fen; `amount` is the price."""

    sequence: int
    card: str
    service: uuid.UUID
    units: int
    amount: int
    own_part: int
    performed_at: datetime.datetime
    pin_digest: str


def accept_offline(device: CounterDevice, *, statement: str, signature: str, sealed_pin: str, by: User) -> OfflineEntry:
    """Take in one acceptance. Its number is its idempotency key: sent twice it is there once.

    Paid where the voucher covers it. Everything else is kept as a conflict with its cause: `signature`, `revoked`,
    `too_late`, `not_from_device`, or the code of the redemption's refusal. Raises ValidationError(code="statement")
    when it can't be read at all, PermissionDenied for others than the provider's counter staff.

    The redemption opens its own transaction, so this can't run inside another one.
    """
    provider = device.organisation
    authorise(policies.may_redeem, by, provider)
    said = _read(statement, device)
    earlier = OfflineEntry.objects.filter(device=device, sequence=said.sequence).first()
    if earlier is not None:
        if earlier.statement == statement:
            return earlier
        raise ValidationError(_("The device used this number for something else."), code="sequence")
    device = CounterDevice.objects.select_related("organisation").get(pk=device.pk)
    service = Service.objects.filter(pk=said.service, organisation=provider).first()
    trouble = _why_not_from_this_device(device, said, statement, signature, sealed_pin)
    redemption = None
    if not trouble and service is None:
        trouble = ("outside_programme", _("There is no such service."))
    if not trouble:
        try:
            redemption = redeem(
                provider,
                card=said.card,
                pin=open_pin(base64.b64decode(sealed_pin)) or "",
                service=service,
                units=said.units,
                amount=said.amount,
                own_part=said.own_part,
                device=device.label,
                performed_at=said.performed_at,
                key=f"offline/{device.pk}/{said.sequence}",
                by=by,
            )
        except ValidationError as refusal:
            trouble = _first(refusal)
    return _keep(device, said, service, statement, signature, trouble, redemption, by)


def _first(refusal: ValidationError) -> tuple[str, str]:
    if hasattr(refusal, "error_dict"):
        refusal = next(iter(refusal.error_dict.values()))[0]
    return str(refusal.code or "refused"), refusal.messages[0]


def _read(text: str, device: CounterDevice) -> Statement:
    try:
        said: dict[str, Any] = json.loads(text) if len(text) <= 2_000 else {}
        read = Statement(
            sequence=int(said["sequence"]),
            card=str(said["card"])[:16],
            service=uuid.UUID(said["service"]),
            units=int(said["units"]),
            amount=int(said["amount"]),
            own_part=int(said["own_part"]),
            performed_at=datetime.datetime.fromisoformat(said["performed_at"]),
            pin_digest=str(said["pin"]),
        )
        is_ours = uuid.UUID(said["device"]) == device.pk
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValidationError(_("This acceptance can't be read."), code="statement") from None
    sound = (
        is_ours
        and read.performed_at.tzinfo is not None
        and 0 < read.sequence < 2**31
        and 0 < read.units < 1000
        and 0 <= read.own_part < read.amount <= MOST_FEN
    )
    if not sound:
        raise ValidationError(_("This acceptance can't be read."), code="statement")
    return read


def _why_not_from_this_device(
    device: CounterDevice, said: Statement, statement: str, signature: str, sealed_pin: str
) -> tuple[str, str] | None:
    """The signature first: what is not signed is nobody's promise."""
    try:
        signed, sealed = base64.b64decode(signature, validate=True), base64.b64decode(sealed_pin, validate=True)
    except (ValueError, binascii.Error):
        signed, sealed = b"", b""
    if not device.public_key or not is_signed_by(read_public_key(device.public_key), statement.encode(), signed):
        return "signature", _("The device did not sign this.")
    if hashlib.sha256(sealed).hexdigest() != said.pin_digest:
        return "signature", _("The PIN that was sent is not the one that the device signed.")
    if device.revoked_at is not None:
        return "revoked", _("This device has been struck off.")
    days = int(resolve("voucher.offline_days").number)
    if said.performed_at < clock.now() - datetime.timedelta(days=days):
        return "too_late", _("Sent later than the %(days)d days that are allowed.") % {"days": days}
    return None


@transaction.atomic
def _keep(device, said, service, statement, signature, trouble, redemption, by) -> OfflineEntry:
    card = Card.objects.filter(number=said.card).first()
    code, words = trouble or ("", "")
    programme = redemption.programme_id if redemption else _programme_at_risk(device.organisation, service, said)
    entry, is_new = OfflineEntry.objects.get_or_create(
        device=device,
        sequence=said.sequence,
        defaults={
            "statement": statement,
            "signature": signature[:200],
            "amount": said.amount - said.own_part,
            "own_part": said.own_part,
            "card": card,
            "programme_id": programme,
            "performed_at": said.performed_at,
            "uploaded_at": clock.now(),
            "redemption_id": redemption.id if redemption else None,
            "code": code,
            "trouble": words[:300],
            "state": OfflineEntry.State.PAID if redemption else OfflineEntry.State.CONFLICT,
        },
    )
    if is_new:
        event = "offline_entry.paid" if redemption else "offline_entry.doubted"
        record(event, entry, by=by, organisation=device.organisation, amount=entry.amount, code=code)
        if code == "above_list" and entry.programme is not None:
            _suspect(entry, words, by)
    return entry


def _suspect(entry: OfflineEntry, words: str, by: User) -> None:
    """Somebody changed a price on a device that was alone."""
    keep_case(
        Suspicion(
            kind=FraudCase.Kind.ABOVE_LIST,
            key=f"above_list/{entry.pk}",
            provider=entry.device.organisation_id,
            bureau=entry.programme.bureau_id,
            happened_at=entry.performed_at,
            evidence=[{"offline": str(entry), "paid": entry.amount + entry.own_part, "refused": words}],
            amount=entry.amount,
        ),
        by=by,
    )


def _programme_at_risk(provider: Organisation, service: Service | None, said: Statement) -> uuid.UUID | None:
    """The programme that would have paid: the first that admits the provider for the service on that day."""
    if service is None:
        return None
    first = programmes_for(provider, service, said.performed_at.astimezone(clock.SHANGHAI).date()).first()
    return first.pk if first else None


def within_caps(entry: OfflineEntry) -> bool:
    """Was it inside what the programme promised for the day, with what came before it on the device?"""
    if entry.programme_id is None or entry.card_id is None or entry.code in ("signature", "above_list"):
        return False
    limit = OfflineLimit.objects.filter(programme=entry.programme_id).first()
    if limit is None:
        return False
    start = clock.at_hour(entry.performed_at.astimezone(clock.SHANGHAI).date(), 0)
    that_day = OfflineEntry.objects.filter(
        programme=entry.programme_id, performed_at__gte=start, performed_at__lte=entry.performed_at
    ).exclude(state=OfflineEntry.State.REFUSED)
    on_device = that_day.filter(device=entry.device_id).aggregate(sum=Sum("amount"))["sum"] or 0
    of_resident = that_day.filter(card__resident=entry.card.resident_id).aggregate(sum=Sum("amount"))["sum"] or 0
    return on_device <= limit.device_cap and of_resident <= limit.resident_cap


@transaction.atomic
def decide_offline(entry: OfflineEntry, *, bear: bool, note: str, by: User) -> OfflineEntry:
    """An officer of the bureau decides: the programme pays what it promised, or nobody does.

    What the programme bears never touches the resident's wallet: it is committed on the budget line, owed to the
    provider and ordered for payment under the entry's own reference. Raises ValidationError: `state`, `note`,
    `above_cap` (the programme promised less, or the device's signature is wrong), `budget_short`.
    """
    entry = (
        OfflineEntry.objects.select_for_update(of=("self",))
        .select_related("device__organisation", "programme__bureau", "programme__budget_line", "card")
        .get(pk=entry.pk)
    )
    authorise(policies.may_decide_offline, by, entry)
    if entry.state != OfflineEntry.State.CONFLICT:
        raise ValidationError(_("This has been decided on already."), code="state")
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Say why."), code="note")})
    if bear and not within_caps(entry):
        raise ValidationError(
            _("The programme did not promise this: it is above the caps, or the device did not sign it."),
            code="above_cap",
        )
    if bear:
        entry.bear()
        _pay_from_the_line(entry, by)
    else:
        entry.refuse()
    entry.note, entry.decided_by, entry.decided_at = note.strip()[:200], by, clock.now()
    entry.save(update_fields=["state", "note", "decided_by", "decided_at"])
    record(
        "offline_entry.decided",
        entry,
        by=by,
        organisation=entry.programme.bureau if entry.programme else entry.device.organisation,
        state=str(entry.state),
        amount=entry.amount,
        note=entry.note,
    )
    return entry


def _pay_from_the_line(entry: OfflineEntry, by: User) -> None:
    programme: Programme = entry.programme
    payee, line = entry.device.organisation, programme.budget_line
    reference = f"offline/{programme.code}/{str(entry.pk)[-12:]}"
    commit_budget(line, entry.amount, key=f"commit/{entry.pk}", reference=reference, by=by)
    accrue_payable(line, payee, entry.amount, key=f"accrue/{entry.pk}", reference=reference, by=by)
    order_payment(
        payee,
        entry.amount,
        purpose=f"{entry.performed_at.astimezone(clock.SHANGHAI):%Y-%m-%d} 服务券断网受理款",
        reference=reference,
        key=f"pay/{entry.pk}",
        by=by,
    )
