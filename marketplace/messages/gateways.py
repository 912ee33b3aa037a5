"""How a text message leaves the house: to a folder, or to an operator's gateway over HTTP. SMS_GATEWAY chooses."""

import json
import re
from pathlib import Path
from typing import Protocol

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

SECONDS = 10  # for one message; the task tries again later


class GatewayRefused(Exception):
    """The gateway did not take the message. The words hold neither number nor text: they go into logs."""


class Gateway(Protocol):
    def send(self, number: str, text: str, key: str) -> str:
        """Hand the message over; returns the gateway's own id. The same key twice is one message.

        Raises GatewayRefused.
        """


class FileGateway:
    """For a demo and for tests: one JSON file a message under var/sms."""

    def send(self, number: str, text: str, key: str) -> str:
        folder = Path(settings.VAR_DIR) / "sms"
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]", "-", key)[:120]
        (folder / f"{name}.json").write_text(
            json.dumps({"to": number, "text": text, "key": key}, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        return name


class HttpGateway:
    """POST {"to", "text", "key"} as JSON with a bearer token to SMS_GATEWAY_URL; answers {"id"}."""

    def send(self, number: str, text: str, key: str) -> str:
        if not settings.SMS_GATEWAY_URL:
            raise ImproperlyConfigured("SMS_GATEWAY_URL must name the gateway.")
        try:
            answer = requests.post(
                settings.SMS_GATEWAY_URL,
                json={"to": number, "text": text, "key": key},
                headers={"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}", "Idempotency-Key": key},
                timeout=SECONDS,
                allow_redirects=False,  # it would carry number and text on, perhaps in the clear
            )
        except requests.RequestException as fault:
            raise GatewayRefused(type(fault).__name__) from None
        if answer.status_code >= 300:
            raise GatewayRefused(f"status {answer.status_code}")
        try:
            return str(answer.json().get("id", ""))[:100]
        except (ValueError, AttributeError):
            return ""


def gateway() -> Gateway:
    return import_string(settings.SMS_GATEWAY)()
