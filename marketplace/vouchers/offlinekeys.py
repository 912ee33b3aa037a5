"""How a PIN travels from a device that was alone: encrypted to a key that is outside the database, and never stored.

P-256 with HKDF-SHA256 and AES-256-GCM, which every browser's WebCrypto knows. The private half follows from FIELD_KEYS:
after a change of keys what older devices encrypted can still be read.
"""

import base64

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
POINT, NONCE = 65, 12  # bytes: the sender's point uncompressed, the nonce of AES-GCM
PURPOSE = b"minfu.offline.pin"


def _private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    seed = HKDF(hashes.SHA256(), 48, salt=None, info=b"minfu.offline.key").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(seed) % (ORDER - 1) + 1, ec.SECP256R1())


def server_key() -> str:
    """The public point, uncompressed, in base64: what the browser encrypts to."""
    point = _private_key(settings.FIELD_KEYS[0]).public_key()
    return base64.b64encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode()


def open_pin(sealed: bytes) -> str | None:
    """The PIN, or None when none of our keys opens it."""
    try:
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sealed[:POINT])
    except ValueError:
        return None
    for secret in settings.FIELD_KEYS:
        shared = _private_key(secret).exchange(ec.ECDH(), sender)
        key = HKDF(hashes.SHA256(), 32, salt=None, info=PURPOSE).derive(shared)
        try:
            return AESGCM(key).decrypt(sealed[POINT : POINT + NONCE], sealed[POINT + NONCE :], None).decode()
        except (InvalidTag, ValueError):
            continue
    return None


def is_signed_by(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """ECDSA as WebCrypto writes it: r and s side by side, 32 bytes each."""
    if len(signature) != 64:
        return False
    pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.verify(pair, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
