"""What must never run in production."""

import re
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured


def refuse_demo_settings(
    *,
    secret_key: str,
    field_keys: Sequence[str],
    hash_key: str,
    audit_signing_key: str,
    debug: bool,
    allowed_hosts: Sequence[str],
    database_engine: str,
) -> None:
    """Stop the start with every reason at once, so that an operator mends them in one go.

    Raises ImproperlyConfigured.
    """
    faults = []
    for name, value in (("SECRET_KEY", secret_key), ("HASH_KEY", hash_key), *(("FIELD_KEYS", k) for k in field_keys)):
        if "demo-only" in value or len(value) < 32:
            faults.append(f"{name} must be set to a secret of at least 32 characters")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", audit_signing_key):
        faults.append("AUDIT_SIGNING_KEY must hold the 64 hex digits of an Ed25519 key")
    if not field_keys:
        faults.append("FIELD_KEYS must name at least one key")
    if debug:
        faults.append("DEBUG must be off")
    if not allowed_hosts or "*" in allowed_hosts:
        faults.append("ALLOWED_HOSTS must name the hosts that are served")
    if "sqlite" in database_engine:
        faults.append("DATABASE_URL must name a PostgreSQL database")
    if faults:
        raise ImproperlyConfigured("DJANGO_ENV=production refuses to start: " + "; ".join(faults) + ".")
