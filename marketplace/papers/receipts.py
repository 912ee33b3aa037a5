"""The form of a receipt: canonical JSON under an Ed25519 signature. Checked here, or offline by anyone:

1. take the file's "receipt" object, write it as JSON with keys sorted, no spaces, UTF-8 unescaped (RFC 8785; a receipt
   holds text, integers, true, false, null, lists and objects with ASCII keys, never a fraction);
2. check the base64 "signature.value" over those bytes with the Ed25519 key whose "kid" is "signature.key_id" in
   /verify/key.json (keep a copy of that file).
"""

import base64
import binascii
from typing import Any

import orjson
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from . import authority


def canonical(value: Any) -> bytes:
    """Canonical JSON. Raises TypeError for what would not read back the same everywhere: fractions, dates, odd keys."""
    _require_plain(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _require_plain(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise TypeError(f"A receipt's keys are ASCII text, not {key!r}.")
            _require_plain(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_plain(inner)
    elif not isinstance(value, str | int | None):
        raise TypeError(f"A receipt holds text and integers, not {value!r}: money in fen, times as ISO 8601 text.")


def sign(body: bytes) -> tuple[str, str]:
    """The key's id and the signature in base64."""
    key_id, key = authority.receipt_key()
    return key_id, base64.b64encode(key.sign(body).signature).decode()


def body_holds(body: bytes, signature: str, key: VerifyKey) -> bool:
    """The base64 signature over these bytes is by this key."""
    try:
        key.verify(body, base64.b64decode(signature, validate=True))
    except (ValueError, TypeError, binascii.Error, BadSignatureError):
        return False
    return True


def holds(document: Any, keys: dict[str, VerifyKey] | None = None) -> bool:
    """A receipt file as read from JSON is signed by one of the keys (ours, when none are given) and unchanged."""
    keys = authority.receipt_verify_keys() if keys is None else keys
    try:
        body, signature = canonical(document["receipt"]), document["signature"]["value"]
        key = keys[document["signature"]["key_id"]]
    except (KeyError, TypeError):
        return False
    return body_holds(body, signature, key)


def published_keys() -> dict[str, Any]:
    """The JSON Web Key Set at /verify/key.json (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "kid": key_id,
                "x": base64.urlsafe_b64encode(bytes(key)).rstrip(b"=").decode(),
            }
            for key_id, key in authority.receipt_verify_keys().items()
        ]
    }


def read_keys(published: dict[str, Any]) -> dict[str, VerifyKey]:
    """The keys of a key.json, by id."""
    return {
        key["kid"]: VerifyKey(base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4)))
        for key in published["keys"]
        if key.get("crv") == "Ed25519"
    }
