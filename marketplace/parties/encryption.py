"""Encrypt before storing: personal and bank data under keys that live outside the database.

`Secret` columns hold Fernet tokens (AES-128-CBC with HMAC-SHA256); `keyed_hash` finds a row by a value that is not
there to read. The first of FIELD_KEYS encrypts, all decrypt.
"""

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def keyed_hash(purpose: str, value: str) -> str:
    """HMAC-SHA256 of the value for one purpose, in hex: equal values meet, nobody without the key can guess."""
    return hmac.digest(settings.HASH_KEY.encode(), f"{purpose}:{value}".encode(), "sha256").hex()


def encrypt(content: bytes) -> bytes:
    """A Fernet token under the first key. What is laid down in bulk is encrypted by this and not field by field."""
    return _box(tuple(settings.FIELD_KEYS)).encrypt(content)


def decrypt(token: bytes) -> bytes:
    """Back to what was encrypted under any of the keys. Raises cryptography's InvalidToken."""
    return _box(tuple(settings.FIELD_KEYS)).decrypt(token)


class EncryptedTextField(models.TextField):
    """Text that the database never sees in the clear. It can't be searched: keep a keyed_hash beside it."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value in (None, "") else _box(tuple(settings.FIELD_KEYS)).encrypt(value.encode()).decode()

    def from_db_value(self, value, expression, connection):
        return value if value in (None, "") else _box(tuple(settings.FIELD_KEYS)).decrypt(value.encode()).decode()
