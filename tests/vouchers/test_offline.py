"""A counter that was cut off: what its device signed is paid, or waits for a person; the programme's risk is capped."""

import base64
import datetime
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.ledger.queries import payable_to
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments.models import PaymentOrder
from marketplace.vouchers.actions import (
    accept_offline,
    decide_offline,
    keep_device_key,
    limit_offline,
    redeem,
    register_device,
    revoke_device,
)
from marketplace.vouchers.models import FraudCase, OfflineEntry, Redemption
from marketplace.vouchers.offlinekeys import NONCE, server_key
from marketplace.vouchers.queries import devices_of
from tests.given.money import an_account
from tests.given.people import a_person, an_organisation
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db


class Till:
    """A browser that was registered: it signs and seals as `static/vouchers/device.js` does."""

    def __init__(self, counter) -> None:
        self.counter = counter
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.device, self.token = register_device(counter.provider, name="前台", by=counter.staff)
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.device = keep_device_key(self.device, base64.b64encode(spki).decode(), by=counter.staff)
        self.last = 0

    def seal(self, pin: str) -> bytes:
        mine = ec.generate_private_key(ec.SECP256R1())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(server_key()))
        key = HKDF(hashes.SHA256(), 32, salt=b"", info=b"minfu.offline.pin").derive(mine.exchange(ec.ECDH(), theirs))
        nonce = bytes(range(NONCE))
        point = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point + nonce + AESGCM(key).encrypt(nonce, pin.encode(), None)

    def accept(self, *, pin: str = PIN, key=None, **changes) -> dict[str, str]:
        self.last += 1
        sealed = self.seal(pin)
        said = {
            "device": str(self.device.pk),
            "sequence": self.last,
            "card": self.counter.card.number,
            "service": str(self.counter.service.pk),
            "units": 1,
            "amount": self.counter.service.price,
            "own_part": 0,
            "performed_at": clock.now().isoformat(),
            "pin": hashlib.sha256(sealed).hexdigest(),
        }
        statement = json.dumps(said | changes)
        r, s = decode_dss_signature((key or self.key).sign(statement.encode(), ec.ECDSA(hashes.SHA256())))
        return {
            "statement": statement,
            "signature": base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode(),
            "sealed_pin": base64.b64encode(sealed).decode(),
        }

    def send(self, sent: dict[str, str]) -> OfflineEntry:
        return accept_offline(self.device, **sent, by=self.counter.staff)


@pytest.fixture
def counter():
    return a_counter()


@pytest.fixture
def till(counter):
    return Till(counter)


@pytest.fixture
def approver(counter):
    return a_person(Role.APPROVER, of=counter.bureau)


def allow(counter, by, *, resident: int = 80_00, device: int = 300_00):
    return limit_offline(counter.programme, resident_cap=resident, device_cap=device, by=by)


def test_what_the_voucher_covers_is_paid_once(counter, till):
    sent = till.accept()
    entry = till.send(sent)
    assert (entry.state, counter.voucher.balance) == ("paid", 20_00)
    assert till.send(sent).pk == entry.pk
    redemption = Redemption.objects.get()
    assert redemption.device == till.device.label and entry.redemption_id == redemption.id
    with pytest.raises(ValidationError) as refusal:
        till.last -= 1
        till.send(till.accept(amount=50_00))
    assert refusal.value.code == "sequence"


def test_what_it_does_not_cover_waits_for_an_approver_and_is_paid_from_the_line(counter, till, approver):
    allow(counter, approver, resident=80_00, device=300_00)
    redeem(counter.provider, **counter.request())
    entry = till.send(till.accept())
    assert (entry.state, entry.code) == ("conflict", "overdrawn") and "20.00" in entry.trouble
    an_account(counter.provider)
    with pytest.raises(PermissionDenied):
        decide_offline(entry, bear=True, note="停电", by=a_person(Role.OFFICER, of=counter.bureau))
    with pytest.raises(ValidationError):
        decide_offline(entry, bear=True, note=" ", by=approver)
    decided = decide_offline(entry, bear=True, note="停电两小时，在限额之内", by=approver)
    assert decided.state == "borne" and counter.voucher.balance == 20_00
    assert payable_to(counter.provider) == 60_00
    assert PaymentOrder.objects.get(payee=counter.provider).amount == 60_00
    with pytest.raises(ValidationError) as refusal:
        decide_offline(entry, bear=False, note="again", by=approver)
    assert refusal.value.code == "state"


def test_a_price_above_the_list_is_a_fraud_case_and_nobody_bears_it(counter, till, approver):
    allow(counter, approver)
    sent = till.accept(amount=70_00)
    entry = till.send(sent)
    assert (entry.state, entry.code) == ("conflict", "above_list") and counter.voucher.spent == 0
    assert till.send(sent).pk == entry.pk
    case = FraudCase.objects.get()
    assert (case.kind, case.provider, case.bureau) == (FraudCase.Kind.ABOVE_LIST, counter.provider, counter.bureau)
    assert (case.amount, case.evidence[0]["paid"], case.state) == (70_00, 70_00, "open")
    with pytest.raises(ValidationError):
        decide_offline(entry, bear=True, note="按清单以外的价格收款", by=approver)
    assert not Redemption.objects.exists() and payable_to(counter.provider) == 0


def test_above_the_caps_the_programme_pays_nothing(counter, till, approver):
    allow(counter, approver, resident=50_00, device=100_00)
    redeem(counter.provider, **counter.request())
    entry = till.send(till.accept())
    with pytest.raises(ValidationError) as refusal:
        decide_offline(entry, bear=True, note="请求", by=approver)
    assert refusal.value.code == "above_cap"
    assert decide_offline(entry, bear=False, note="超过限额", by=approver).state == "refused"
    assert payable_to(counter.provider) == 0


def test_nobody_else_signs_for_the_device(counter, till, approver):
    allow(counter, approver)
    other = ec.generate_private_key(ec.SECP256R1())
    entry = till.send(till.accept(key=other))
    assert (entry.state, entry.code) == ("conflict", "signature") and Redemption.objects.count() == 0
    swapped = till.accept() | {"sealed_pin": base64.b64encode(till.seal(PIN)).decode()}
    assert till.send(swapped).code == "signature"
    with pytest.raises(ValidationError) as refusal:
        decide_offline(entry, bear=True, note="x", by=approver)
    assert refusal.value.code == "above_cap"


def test_a_wrong_pin_a_struck_off_device_and_lateness_are_conflicts(counter, till):
    assert till.send(till.accept(pin="999000")).code == "wrong_pin"
    counter.card.refresh_from_db(fields=["wrong_tries"])
    assert counter.card.wrong_tries == 1, "a PIN tried offline is tried"
    long_ago = (clock.now() - datetime.timedelta(days=4)).isoformat()
    assert till.send(till.accept(performed_at=long_ago)).code == "too_late"
    sent = till.accept()
    revoke_device(till.device, reason="丢失", by=counter.staff)
    assert till.send(sent).code == "revoked"
    assert Redemption.objects.count() == 0


@pytest.mark.parametrize("statement", ["", "[]", "{}", '{"sequence": "x"}', "null"])
def test_what_cannot_be_read_is_refused(counter, till, statement):
    with pytest.raises(ValidationError) as refusal:
        accept_offline(till.device, statement=statement, signature="", sealed_pin="", by=counter.staff)
    assert refusal.value.code == "statement" and not OfflineEntry.objects.exists()


def test_a_number_that_never_came_is_seen(counter, till):
    till.send(till.accept())
    till.last += 2
    till.send(till.accept(amount=10_00))
    assert devices_of(counter.provider)[0].missing == 2


def test_the_pin_is_kept_nowhere(counter, till):
    sent = till.accept()
    entry = till.send(sent)
    assert PIN not in entry.statement and sent["sealed_pin"] not in entry.statement


class TestPages:
    def test_a_device_signs_in_once_and_is_struck_off(self, client, counter):
        client.force_login(counter.staff)
        page = client.post(reverse("vouchers:devices"), {"name": "平板"}, follow=True)
        assert "平板" in page.content.decode()
        cookie = client.cookies["minfu_counter"]
        assert cookie["httponly"] and cookie["samesite"] == "Strict"
        client.get(reverse("vouchers:counter"))
        assert client.session.get_expiry_age() > 20 * 86_400
        assert client.post(reverse("vouchers:devices"), {"name": "平板"}).status_code == 422
        device = counter.provider.counter_devices.get()
        assert client.post(reverse("vouchers:revoke_device", args=[device.pk]), {"reason": ""}).status_code == 422
        client.post(reverse("vouchers:revoke_device", args=[device.pk]), {"reason": "丢失"})
        page = client.get(reverse("vouchers:counter"))
        assert page.status_code == 403 and "平板" in page.content.decode()
        assert "_auth_user_id" not in client.session

    def test_sending_over_http(self, client, counter, till):
        client.force_login(counter.staff)
        address = reverse("vouchers:offline_upload")
        answer = client.post(address, json.dumps(till.accept()), content_type="application/json")
        assert answer.json()["state"] == "paid"
        assert client.post(address, "{}", content_type="application/json").status_code == 422
        # Acting for another organisation nothing is refused for good: the device keeps it.
        elsewhere = a_person(Role.COUNTER, of=an_organisation())
        client.force_login(elsewhere)
        assert client.post(address, json.dumps(till.accept()), content_type="application/json").status_code == 409
        client.force_login(counter.staff)
        assert "№1" in client.get(reverse("vouchers:offline_sent")).content.decode()

    def test_what_a_device_promised_before_it_was_struck_off_waits_for_a_decision(self, client, counter, till):
        client.force_login(counter.staff)
        client.cookies["minfu_counter"] = till.token
        sent = till.accept()
        revoke_device(till.device, reason="丢失", by=counter.staff)
        answer = client.post(reverse("vouchers:offline_upload"), json.dumps(sent), content_type="application/json")
        assert answer.json()["state"] == "conflict"
        assert till.device.entries.get().code == "revoked"
        assert client.get(reverse("vouchers:counter")).status_code == 403, "it hands in, and pays nothing"

    def test_signed_out_by_it_the_device_is_signed_in_once_more_to_hand_in_and_for_nothing_else(
        self, client, counter, till
    ):
        address = reverse("vouchers:hand_in")
        client.force_login(counter.staff)
        client.cookies["minfu_counter"] = till.token
        assert client.get(address)["Location"] == reverse("vouchers:counter"), "a device in use sends by itself"
        sent = till.accept()
        revoke_device(till.device, reason="丢失", by=counter.staff)
        told = client.get(reverse("vouchers:counter"))
        assert told.status_code == 403 and address in told.content.decode()
        assert "send-url" not in told.content.decode() and client.get(address).status_code == 302
        client.force_login(counter.staff)
        page = client.get(address).content.decode()
        assert reverse("vouchers:offline_upload") in page and reverse("vouchers:device_key") not in page
        assert "counter_device" not in client.session, "it does not stay signed in as a device in use does"
        client.post(reverse("vouchers:offline_upload"), json.dumps(sent), content_type="application/json")
        assert till.device.entries.get().code == "revoked"
        assert client.get(reverse("vouchers:counter")).status_code == 403
        assert client.get(address).status_code == 302, "and signed out again"

    def test_the_bureaus_queue(self, client, counter, till, approver):
        allow(counter, approver)
        an_account(counter.provider)
        redeem(counter.provider, **counter.request())
        entry = till.send(till.accept())
        client.force_login(approver)
        page = client.get(reverse("vouchers:offline_conflicts")).content.decode()
        assert "300.00" in page and "陈**婆" in page
        address = reverse("vouchers:decide_offline", args=[entry.pk])
        assert "券内余额不足" in client.get(address).content.decode()
        assert "The voucher had not enough left." in client.get(f"/en{address}").content.decode()
        assert client.post(address, {"bear": "yes", "note": ""}).status_code == 422
        assert client.post(address, {"bear": "yes", "note": "停电"}).status_code == 302
        client.force_login(a_person())
        assert client.get(address).status_code == 404

    def test_what_was_never_promised_can_only_be_refused(self, client, counter, till, approver):
        redeem(counter.provider, **counter.request())
        entry = till.send(till.accept())
        client.force_login(approver)
        address = reverse("vouchers:decide_offline", args=[entry.pk])
        assert 'value="yes"' not in client.get(address).content.decode()
        assert client.post(address, {"bear": "yes", "note": "停电"}).status_code == 422
        assert client.post(address, {"bear": "no", "note": "没有额度"}).status_code == 302

    def test_the_caps_are_the_approvers_to_set(self, client, counter, approver):
        address = reverse("vouchers:limit_offline", args=[counter.programme.code])
        client.force_login(approver)
        assert client.post(address, {"resident_cap": "90", "device_cap": "300"}).status_code == 422
        assert client.post(address, {"resident_cap": "60", "device_cap": "50"}).status_code == 422
        assert client.post(address, {"resident_cap": "60", "device_cap": "300"}).status_code == 302
        client.force_login(a_person(Role.OFFICER, of=counter.bureau))
        assert client.get(address).status_code == 403
        client.force_login(counter.staff)
        assert client.get(address).status_code == 404
