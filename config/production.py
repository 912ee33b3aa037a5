"""What must never run in production."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def _is_ed25519_seed(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def refuse_demo_settings(
    *,
    secret_key: str,
    field_keys: Sequence[str],
    hash_key: str,
    audit_signing_key: str,
    debug: bool,
    allowed_hosts: Sequence[str],
    database_engine: str,
    seal_dir: str,
    seal_passphrase: str,
    seal_authorities: str,
    receipt_keys: Sequence[str],
    base_url: str,
    mail_server: str,
    sms_gateway: str,
    sms_gateway_url: str,
) -> None:
    """Stop the start with every reason at once, so that an operator mends them in one go.

    Raises ImproperlyConfigured.
    """
    faults = []
    for name, value in (("SECRET_KEY", secret_key), ("HASH_KEY", hash_key), *(("FIELD_KEYS", k) for k in field_keys)):
        if "demo-only" in value or len(value) < 32:
            faults.append(f"{name} must be set to a secret of at least 32 characters")
    secrets = [secret_key, hash_key, *field_keys]
    if len(set(secrets)) < len(secrets):  # what opens one box must not forge a session or find a PIN
        faults.append("SECRET_KEY, HASH_KEY and each of FIELD_KEYS must be different secrets")
    if not base_url.startswith("https://"):  # links that set passwords begin with it, and QR codes on paper
        faults.append("BASE_URL must begin with https://")
    if not mail_server.startswith(("smtp", "submission")):  # else links that set passwords lie in a folder
        faults.append("EMAIL_URL must name a mail server")
    if sms_gateway.endswith(".FileGateway"):  # else numbers, codes and receipts lie in a folder, in the clear
        faults.append("SMS_GATEWAY_URL must name the gateway that sends text messages")
    elif sms_gateway.endswith(".HttpGateway") and not sms_gateway_url.startswith("https://"):
        faults.append("SMS_GATEWAY_URL must begin with https://")
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
    if "demo-only" in seal_passphrase or len(seal_passphrase) < 12:
        faults.append("SEAL_PASSPHRASE must be the passphrase of the PKCS#12 files in SEAL_DIR")
    if not Path(seal_dir).is_dir():
        faults.append("SEAL_DIR must name the folder of the organisations' PKCS#12 files")
    if not Path(seal_authorities).is_file():
        faults.append("SEAL_AUTHORITIES must name a PEM file of the trusted certificate authorities")
    if not receipt_keys or any(not _is_ed25519_seed(key) for key in receipt_keys):
        faults.append("RECEIPT_KEYS must hold Ed25519 seeds, 32 bytes in base64, newest first")
    if faults:
        raise ImproperlyConfigured("DJANGO_ENV=production refuses to start: " + "; ".join(faults) + ".")
