"""The one-time code on paper, and the link in a text message: neither is stored, both hang on the key outside the
database. Whoever holds one may speak once for the occasion that it names.
"""

import base64
import re
import uuid

import segno
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.html import mark_safe
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from stdnum import luhn

from evaluations.models import Feedback
from marketplace.parties.encryption import keyed_hash
from marketplace.rules.queries import resolve

RECEIPT, STATEMENT = "receipt", "statement"
DIGITS = 12
HOUR = 3600
FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def paper_code(feedback: Feedback, printed_on: str) -> str:
    """Twelve digits, the last a check digit (Luhn): easy to read aloud. Another one for each kind of paper."""
    body = f"{int(keyed_hash(f'feedback.{printed_on}', str(feedback.pk)), 16) % 10 ** (DIGITS - 1):0{DIGITS - 1}d}"
    return body + luhn.calc_check_digit(body)


def hash_of_code(code: str) -> str:
    return keyed_hash("feedback.code", code)


def spaced(code: str) -> str:
    """1234 5678 9012, as printed."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def clean_code(text: str) -> str:
    """As typed (spaces, hyphens, full-width digits) to twelve digits. Raises ValidationError on `code`: `code`."""
    code = re.sub(r"[\s-]", "", text.translate(FULL_WIDTH))
    if len(code) != DIGITS or not code.isdecimal() or not luhn.is_valid(code):
        raise ValidationError(
            {"code": ValidationError(_("This is not a code from our paper. Check the 12 digits."), code="code")}
        )
    return code


def link_token(feedback: Feedback) -> str:
    """32 letters for a text message: the occasion, and a signature nobody can make without the key."""
    name = base64.urlsafe_b64encode(feedback.pk.bytes).decode().rstrip("=")
    return name + keyed_hash("feedback.link", str(feedback.pk))[:16]


def read_token(token: str) -> uuid.UUID | None:
    """Which occasion; None when the signature is not ours."""
    try:
        pk = uuid.UUID(bytes=base64.urlsafe_b64decode(token[:22] + "=="))
    except (ValueError, TypeError):
        return None
    return pk if token[22:] == keyed_hash("feedback.link", str(pk))[:16] else None


def address(path: str) -> str:
    return settings.BASE_URL.rstrip("/") + path


def square_code(text: str) -> SafeString:
    made = segno.make(text, error="m", micro=False)
    return mark_safe(made.svg_inline(scale=6, border=2, omitsize=True, svgclass="voice-qr", lineclass=None))  # noqa: S308 - our own SVG


def refuse_guesser(what: str, place: str) -> None:
    """Raises ValidationError(code="too_many_tries") when too many wrong codes came from this place within the hour.

    `what` is feedback or grievance, `place` an address or a person: whatever the page knows.
    """
    most = int(resolve("feedback.tries" if what == "feedback" else "grievance.code_tries").number)
    if cache.get(f"{what}.misses.{place}", 0) >= most:
        raise ValidationError(
            _("Too many codes that are not ours came from here. Wait an hour, or ring the community desk."),
            code="too_many_tries",
        )


def count_miss(what: str, place: str) -> None:
    key = f"{what}.misses.{place}"
    if not cache.add(key, 1, HOUR):
        try:
            cache.incr(key)
        except ValueError:  # it ran out in between
            cache.add(key, 1, HOUR)
