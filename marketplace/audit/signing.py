"""The Ed25519 key that signs batches and heads. It lives outside the database: who owns the tables doesn't own it."""

import os
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from nacl.encoding import HexEncoder
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey


def signing_key() -> SigningKey:
    """From AUDIT_SIGNING_KEY (64 hex digits); in a demo made on first use and kept under var/.

    Raises ImproperlyConfigured in production without one.
    """
    if settings.AUDIT_SIGNING_KEY:
        return SigningKey(settings.AUDIT_SIGNING_KEY.encode(), encoder=HexEncoder)
    if settings.PRODUCTION:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY must hold the 64 hex digits of an Ed25519 key.")
    path = Path(settings.VAR_DIR) / "audit-signing-key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(SigningKey.generate().encode(HexEncoder).decode())
    except FileExistsError:
        pass
    return SigningKey(path.read_text().strip().encode(), encoder=HexEncoder)


def public_key() -> str:
    """The public half, in hex, to publish beside the heads."""
    return signing_key().verify_key.encode(HexEncoder).decode()


def sign(message: bytes) -> str:
    """The signature in hex."""
    return signing_key().sign(message).signature.hex()


def is_signed(message: bytes, signature: str) -> bool:
    """Signed by this installation's key, or by a retired one that AUDIT_RETIRED_KEYS lists (public, in hex)."""
    for key in (public_key(), *settings.AUDIT_RETIRED_KEYS):
        try:
            VerifyKey(key.encode(), encoder=HexEncoder).verify(message, bytes.fromhex(signature))
        except (BadSignatureError, ValueError):
            continue
        return True
    return False
