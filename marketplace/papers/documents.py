"""How a paper becomes HTML, and where on it a seal goes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from .models import Paper, Receipt
from .rendering import Rendered, render_pdf
from .sealing import SEAL_POINTS

A4 = (595, 842)


def qr_svg(text: str) -> str:
    """A QR code as inline SVG without size of its own."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=0, svgclass=None, lineclass=None
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308  drawn by segno from a code of ours


@contextmanager
def in_chinese() -> Iterator[None]:
    """What binds is Chinese, in whatever language somebody has it printed: its words are gathered inside."""
    with translation.override("zh-hans"):
        yield


def compose(paper: Paper, template: str, context: dict[str, Any]) -> str:
    """The page that a paper is printed from."""
    with translation.override(paper.language):
        html = render_to_string(
            template,
            context
            | {
                "paper": paper,
                "issuer": paper.organisation,
                "city_name": settings.CITY_NAME,
                "qr": qr_svg(paper.verify_url),
                "language": paper.language,
            },
        )
    return html


def render(paper: Paper, html: str) -> Rendered:
    """Print a paper from its page: the same page gives the same bytes."""
    return render_pdf(html, identifier=f"{paper.code} {paper.version}")


def render_again(paper: Paper) -> bytes:
    """The paper as it was printed, before any seal, made again from the page that was kept."""
    with paper.source.open("rb") as file:
        return render(paper, file.read().decode()).pdf


def receipt_file(receipt: Receipt) -> dict[str, Any]:
    """The receipt as it is handed over and checked offline: what was signed, and the signature."""
    return {
        "receipt": orjson.loads(receipt.body),
        "signature": {"algorithm": "Ed25519", "key_id": receipt.key_id, "value": receipt.signature},
    }


def render_receipt(receipt: Receipt, language: str = "zh-hans") -> bytes:
    """The receipt on paper. It is made anew each time: the signed JSON is the original."""
    with translation.override(language):
        html = render_to_string(
            "papers/receipt.html",
            {
                "paper": receipt,
                "receipt": receipt,
                "rows": _rows(orjson.loads(receipt.body)["statement"]),
                "file": orjson.dumps(receipt_file(receipt), option=orjson.OPT_INDENT_2).decode(),
                "issuer": None,
                "city_name": settings.CITY_NAME,
                "qr": qr_svg(receipt.verify_url),
                "language": language,
            },
        )
    return render_pdf(html, identifier=f"{receipt.code} {language}").pdf


# What the apps' receipts state; a name that is not here is shown as it is signed.
LABELS = {
    "tender": _("Tender number"),
    "title": _("Title"),
    "supplier": _("Supplier"),
    "uscc": _("Unified social credit code"),
    "sha256": _("Digest (SHA-256)"),
    "size": _("Size in bytes"),
    "submitted_at": _("Received"),
    "replaces": _("Replaces the receipt"),
    "contract": _("Contract number"),
    "buyer": _("Buyer's credit code"),
    "amount": _("Amount in fen"),
    "signed_at": _("Signed"),
    "paper": _("Verification code"),
}


def _rows(statement: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in statement.items():
        if isinstance(value, dict):
            rows += _rows(value, f"{prefix}{name} / ")
        else:
            label = LABELS.get(name, name)
            rows.append((f"{prefix}{label}", orjson.dumps(value).decode() if isinstance(value, list) else value))
    return rows


def seal_box(paper: Paper, place: str, number: int) -> tuple[int, tuple[int, int, int, int]]:
    """Page index and box (points, lower left to upper right) of a seal: over the element that the template names for
    it, else on the last page, from the right, one beside the other."""
    places = paper.seal_places
    chosen = next((p for p in places if p[0] == place), None)
    if chosen is None and not place and number <= len(places):
        chosen = places[number - 1]
    if chosen is not None:
        _name, page, x, y = chosen
        left, bottom = round(x), round(y - SEAL_POINTS)
    else:
        page, bottom = paper.pages - 1, 70
        left = A4[0] - 60 - SEAL_POINTS * ((number - 1) % 4 + 1)
    left = max(10, min(left, A4[0] - SEAL_POINTS - 10))
    bottom = max(10, min(bottom, A4[1] - SEAL_POINTS - 10))
    return page, (left, bottom, left + SEAL_POINTS, bottom + SEAL_POINTS)
