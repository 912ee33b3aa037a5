"""Production refuses to start on what is only good for a demo, and says every reason at once."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.production import refuse_demo_settings


def good(tmp_path, **wrong):
    authorities = tmp_path / "authorities.pem"
    authorities.write_text("PEM")
    return {
        "secret_key": "s" * 50,
        "field_keys": ["f" * 50],
        "hash_key": "h" * 50,
        "audit_signing_key": "0f" * 32,
        "debug": False,
        "allowed_hosts": ["minfu.example"],
        "database_engine": "django.db.backends.postgresql",
        "seal_dir": str(tmp_path),
        "seal_passphrase": "a long passphrase",
        "seal_authorities": str(authorities),
        "receipt_keys": [base64.b64encode(b"x" * 32).decode()],
        "base_url": "https://minfu.example",
        **wrong,
    }


def test_starts_with_everything_set(tmp_path):
    refuse_demo_settings(**good(tmp_path))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"secret_key": "demo-only-secret-that-production-refuses-0123456789"}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"field_keys": []}, "FIELD_KEYS"),
        ({"field_keys": ["f" * 50, "demo-only-field-key-that-production-refuses"]}, "FIELD_KEYS"),
        ({"hash_key": ""}, "HASH_KEY"),
        ({"audit_signing_key": ""}, "AUDIT_SIGNING_KEY"),
        ({"debug": True}, "DEBUG"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS"),
        ({"database_engine": "django.db.backends.sqlite3"}, "DATABASE_URL"),
        ({"seal_passphrase": "demo-only-passphrase"}, "SEAL_PASSPHRASE"),
        ({"receipt_keys": ["nonsense"]}, "RECEIPT_KEYS"),
        ({"base_url": "http://minfu.example"}, "BASE_URL"),
        ({"hash_key": "s" * 50}, "different secrets"),
        ({"field_keys": ["f" * 50, "h" * 50]}, "different secrets"),
    ],
)
def test_refuses_and_names_the_variable(tmp_path, wrong, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        refuse_demo_settings(**good(tmp_path, **wrong))


def test_every_reason_at_once(tmp_path):
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_demo_settings(**good(tmp_path, debug=True, hash_key="", allowed_hosts=[]))
    assert all(name in str(refusal.value) for name in ("DEBUG", "HASH_KEY", "ALLOWED_HOSTS"))
