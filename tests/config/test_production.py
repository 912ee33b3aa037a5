"""Production refuses to start on what is only good for a demo, and says every reason at once."""

import base64
import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.production import refuse_demo_settings


def good(tmp_path, **wrong):
    authorities = tmp_path / "authorities.pem"
    authorities.write_text("PEM")
    return {
        "secret_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2,
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
        "mail_server": "smtp+tls://mail.example:587",
        "sms_gateway": "marketplace.messages.gateways.HttpGateway",
        "sms_gateway_url": "https://sms.example/send",
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
        ({"mail_server": ""}, "EMAIL_URL"),
        ({"mail_server": "filemail:///tmp/mail"}, "EMAIL_URL"),
        ({"sms_gateway": "marketplace.messages.gateways.FileGateway"}, "SMS_GATEWAY_URL"),
        ({"sms_gateway_url": ""}, "SMS_GATEWAY_URL"),
        ({"sms_gateway_url": "http://sms.example/send"}, "SMS_GATEWAY_URL"),
        ({"hash_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2}, "different secrets"),
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


def production(tmp_path, **more) -> dict[str, str]:
    """The environment of a machine that is set up."""
    given = good(tmp_path)
    return {
        **os.environ,
        "DJANGO_ENV": "production",
        "MINFU_VAR": str(tmp_path / "var"),
        "SECRET_KEY": given["secret_key"],
        "HASH_KEY": given["hash_key"],
        "FIELD_KEYS": given["field_keys"][0],
        "AUDIT_SIGNING_KEY": given["audit_signing_key"],
        "ALLOWED_HOSTS": "minfu.example",
        "BASE_URL": given["base_url"],
        "EMAIL_URL": "smtp+tls://user:word@mail.example:587",
        "SMS_GATEWAY_URL": given["sms_gateway_url"],
        "DATABASE_URL": "postgres://minfu@db.example/minfu",
        "SEAL_DIR": given["seal_dir"],
        "SEAL_PASSPHRASE": given["seal_passphrase"],
        "SEAL_AUTHORITIES": given["seal_authorities"],
        "RECEIPT_KEYS": given["receipt_keys"][0],
        **more,
    }


def run(tmp_path, *command: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=production(tmp_path, **more),
        capture_output=True,
        text=True,
    )


def test_django_s_own_checks_of_a_deployment_find_nothing(tmp_path):
    done = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_a_start_on_demo_settings_is_refused(tmp_path):
    done = run(tmp_path, "manage.py", "check", SECRET_KEY="short", EMAIL_URL="", SMS_GATEWAY_URL="")
    assert done.returncode != 0
    assert all(name in done.stderr for name in ("SECRET_KEY", "EMAIL_URL", "SMS_GATEWAY_URL"))
    assert "user:word" not in done.stderr


ASK = """
import json
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # not collected
django.setup()
from django.test import Client
plain = Client().get("/healthz", headers={"host": "minfu.example"})
safe = Client(enforce_csrf_checks=True)
page = safe.get("/large-print/", secure=True, headers={"host": "minfu.example"})
refused = safe.post("/invitation/x/", {}, secure=True, headers={"host": "minfu.example"})
foreign = safe.get("/healthz", secure=True, headers={"host": "elsewhere.example"})
print(json.dumps({
    "plain": [plain.status_code, plain.get("Location", "")],
    "headers": dict(page.headers), "refused": refused.status_code, "foreign": foreign.status_code,
    "cookies": [
        [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE],
        [settings.CSRF_COOKIE_SECURE],
    ],
}))
"""


def test_what_a_browser_is_told_in_production(tmp_path):
    script = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\nfrom django.conf import settings" + ASK
    )
    done = run(tmp_path, "-c", script)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["plain"] == [301, "https://minfu.example/healthz"]
    headers = found["headers"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin" and headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert (
        "unsafe" not in headers["Content-Security-Policy"] and "object-src 'none'" in headers["Content-Security-Policy"]
    )
    assert found["refused"] == 403 and found["foreign"] == 400
    assert found["cookies"] == [[True, True, "Lax"], [True]]
