"""An afternoon without a line: what a tablet in the service van accepted alone, and sent when it was back."""

import base64
import datetime
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.demo.vouchers import PIN
from config.demo.world import World
from marketplace.directory.models import Service
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import accept_offline, keep_device_key, redeem, register_device
from marketplace.vouchers.models import CounterDevice
from marketplace.vouchers.offlinekeys import NONCE, PURPOSE, server_key

WRONG_PIN = "707172"


class Van:
    """Signs and seals as `static/vouchers/device.js` does in a browser."""

    def __init__(self, world: World) -> None:
        self.staff = world.person("counter")
        device, _token = register_device(world.organisation("yian"), name="服务车平板", by=self.staff)
        self.key = ec.generate_private_key(ec.SECP256R1())
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.device: CounterDevice = keep_device_key(device, base64.b64encode(spki).decode(), by=self.staff)
        self.last = 0

    def send(self, resident: Resident, service: Service, performed_at: datetime.datetime, pin: str = PIN) -> None:
        self.last += 1
        sealed = self._seal(pin)
        statement = json.dumps(
            {
                "device": str(self.device.pk),
                "sequence": self.last,
                "card": resident.cards.live().get().number,
                "service": str(service.pk),
                "units": 1,
                "amount": service.price,
                "own_part": 0,
                "performed_at": performed_at.isoformat(),
                "pin": hashlib.sha256(sealed).hexdigest(),
            }
        )
        r, s = decode_dss_signature(self.key.sign(statement.encode(), ec.ECDSA(hashes.SHA256())))
        accept_offline(
            self.device,
            statement=statement,
            signature=base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode(),
            sealed_pin=base64.b64encode(sealed).decode(),
            by=self.staff,
        )

    def _seal(self, pin: str) -> bytes:
        mine = ec.generate_private_key(ec.SECP256R1())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(server_key()))
        key = HKDF(hashes.SHA256(), 32, salt=b"", info=PURPOSE).derive(mine.exchange(ec.ECDH(), theirs))
        point = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        nonce = bytes(NONCE)  # each key is used once
        return point + nonce + AESGCM(key).encrypt(nonce, pin.encode(), None)


def an_afternoon(world: World, people: list[Resident], start: datetime.datetime) -> None:
    """One paid by the voucher; one whose voucher was spent in the morning, and one with a wrong PIN: they wait for the
    bureau."""
    van, hour = Van(world), datetime.timedelta(hours=1)
    care = Service.objects.get(organisation=world.organisation("yian"), category="home-care", price=60_00)
    covered, spent, forgetful = people
    with world.at(start - 3 * hour):
        redeem(
            care.organisation,
            card=spent.cards.live().get().number,
            pin=PIN,
            service=care,
            amount=care.price,
            key="demo-before-the-line-was-cut",
            by=van.staff,
        )
    with world.at(start + 4 * hour):
        van.send(covered, care, start)
        van.send(spent, care, start + hour)
        van.send(forgetful, care, start + 2 * hour, pin=WRONG_PIN)
