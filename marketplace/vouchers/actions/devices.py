"""The devices of a counter, and how much they may accept alone."""

import base64
import binascii
import secrets

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, User
from marketplace.vouchers import policies
from marketplace.vouchers.models import CounterDevice, OfflineLimit, Programme

from .programmes import locked_programme


def device_token(of: str = "") -> str:
    """For a browser to keep: that of a page, or of none, and then never the same."""
    return keyed_hash("voucher.device.token", of or secrets.token_urlsafe(32))


def hash_of_token(token: str) -> str:
    return keyed_hash("voucher.device", token)


@transaction.atomic
def register_device(provider: Organisation, *, name: str, by: User, token: str = "") -> tuple[CounterDevice, str]:
    """A device of the counter, and the token that its browser keeps: it is shown to nobody and stored nowhere else.

    Raises ValidationError on `name`: `name` (empty), `taken`.
    """
    provider = Organisation.objects.select_for_update().get(pk=provider.pk)
    authorise(policies.may_keep_devices, by, provider)
    name = name.strip()[:40]
    if not name:
        raise ValidationError({"name": ValidationError(_("Give the device a name."), code="name")})
    if provider.counter_devices.live().filter(name=name).exists():
        raise ValidationError({"name": ValidationError(_("There is a device of this name."), code="taken")})
    token = token or device_token()
    device = CounterDevice.objects.create(
        organisation=provider, name=name, token_hash=hash_of_token(token), registered_by=by, seen_at=clock.now()
    )
    record("device.registered", device, by=by, organisation=provider, name=name)
    return device, token


def _live(device: CounterDevice) -> CounterDevice:
    device = CounterDevice.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=device.pk)
    if device.state != CounterDevice.State.ACTIVE:
        raise ValidationError(_("This device has been struck off."), code="revoked")
    return device


@transaction.atomic
def keep_device_key(device: CounterDevice, public_key: str, *, by: User) -> CounterDevice:
    """The public half of the key that the browser made: with it the device signs what it accepts alone.

    Once: a device that lost its key is registered anew. Raises ValidationError: `revoked`, `key`, `has_key`.
    """
    device = _live(device)
    authorise(policies.may_redeem, by, device.organisation)
    read_public_key(public_key)
    if device.public_key == public_key:
        return device
    if device.public_key:
        raise ValidationError(_("This device has a key already: register it anew."), code="has_key")
    device.public_key = public_key
    device.save(update_fields=["public_key"])
    record("device.key_kept", device, by=by, organisation=device.organisation)
    return device


def read_public_key(text: str) -> ec.EllipticCurvePublicKey:
    """A P-256 key from SPKI in base64. Raises ValidationError(code="key")."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValidationError(_("This is not a key of a counter's device."), code="key")
    return key


@transaction.atomic
def revoke_device(device: CounterDevice, *, reason: str, by: User) -> CounterDevice:
    """Lost, sold, broken: from this moment nothing that it sends is accepted. Raises `revoked`, `reason`."""
    device = _live(device)
    authorise(policies.may_keep_devices, by, device.organisation)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    device.revoke()
    device.revoked_at = clock.now()
    device.save(update_fields=["state", "revoked_at"])
    record("device.revoked", device, by=by, organisation=device.organisation, reason=reason.strip()[:200])
    return device


@transaction.atomic
def limit_offline(programme: Programme, *, resident_cap: int, device_cap: int, by: User) -> OfflineLimit | None:
    """How much (fen a day) counters may accept without a connection, at the programme's own risk. Zero ends it.

    Raises ValidationError on `device_cap`: `caps` (lower than for one resident); on `resident_cap`: `amount`.
    """
    programme = locked_programme(programme)
    authorise(policies.may_start_programme, by, programme)
    if not 0 <= resident_cap <= programme.monthly_amount:
        raise ValidationError(
            {"resident_cap": ValidationError(_("At most what the voucher of a month holds."), code="amount")}
        )
    if device_cap < resident_cap:
        raise ValidationError(
            {"device_cap": ValidationError(_("A device needs at least as much as one resident."), code="caps")}
        )
    record(
        "programme.offline_limited",
        programme,
        by=by,
        organisation=programme.bureau,
        resident_cap=resident_cap,
        device_cap=device_cap,
    )
    if not resident_cap:
        OfflineLimit.objects.filter(programme=programme).delete()
        return None
    limit, _created = OfflineLimit.objects.update_or_create(
        programme=programme,
        defaults={
            "resident_cap": resident_cap,
            "device_cap": device_cap,
            "changed_by": by,
            "changed_at": clock.now(),
        },
    )
    return limit
