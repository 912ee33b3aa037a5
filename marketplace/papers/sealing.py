"""The signature inside the PDF (PAdES B-B) and the red seal on its page, set and checked with pyHanko."""

import datetime
import hashlib
import io
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import ValueErrorWithMessage
from pyhanko.sign.signers.pdf_cms import Signer, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from . import authority, tokens
from .rendering import render_pdf

SEAL_POINTS = 119  # 42 mm, the size of an institution's seal (国发〔1999〕25号)


class _DatedSigner(PdfSigner):
    """Signs with the moment of the database's clock, not the web server's."""

    moment: datetime.datetime

    def init_signing_session(self, *args, **kwargs):
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.moment
        return session


def _spread(place: int, count: int, sweep: float) -> float:
    """The angle of one of `count` letters along an arc of `sweep` degrees around its middle."""
    return round(sweep * (place / (count - 1) - 0.5), 3) if count > 1 else 0.0


@lru_cache(maxsize=256)
def draw_seal(name: str, number: str) -> bytes:
    """The round red seal of an organisation as a one-page PDF: name around, star in the middle, USCC below.

    Drawn as a page of its own because a stamp of pyHanko's needs a single-face OTF, and Noto CJK is a collection.
    """
    count = max(1, len(name))
    size = round(min(15.5, 215 / count), 2)
    sweep = min(262, 20 * (count - 1)) if count <= 14 else 262
    letters = [
        {"letter": letter, "angle": _spread(place, count, sweep), "size": size, "top": round(9.5 + size * 0.86, 2)}
        for place, letter in enumerate(name)
    ]
    digits = [{"letter": digit, "angle": _spread(place, len(number), -84)} for place, digit in enumerate(number)]
    star = []
    for corner in range(10):
        radius = 15.5 if corner % 2 == 0 else 5.92
        turn = math.radians(-90 + 36 * corner)
        star.append(f"{60 + radius * math.cos(turn):.2f},{60 + radius * math.sin(turn):.2f}")
    html = render_to_string("papers/seal.html", {"letters": letters, "digits": digits, "star": " ".join(star)})
    return render_pdf(html, identifier=f"seal {name} {number}", tagged=False).pdf


@contextmanager
def _signer(seal: authority.Seal, passphrase: str) -> Iterator[Signer]:
    """Signs with the key in the file, or with the one that never leaves the token."""
    if seal.label:
        with tokens.signer_of(seal.label) as signer:
            yield signer
        return
    yield SimpleSigner.load_pkcs12_data(seal.pkcs12, other_certs=[], passphrase=passphrase.encode())


def seal_pdf(
    pdf: bytes,
    seal: authority.Seal,
    passphrase: str,
    *,
    field: str,
    page: int,
    box: tuple[int, int, int, int],
    organisation_name: str,
    organisation_number: str,
    signer_name: str,
    reason: str,
    moment: datetime.datetime,
) -> bytes:
    """Add one signature with its visible seal as an incremental update; earlier signatures stay valid."""
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        name=f"{organisation_name} {signer_name}",
    )
    with _signer(seal, passphrase) as signer, tempfile.NamedTemporaryFile(suffix=".pdf") as drawing:
        drawing.write(draw_seal(organisation_name, organisation_number))
        drawing.flush()
        style = StaticStampStyle.from_pdf_file(
            drawing.name,
            border_width=0,
            background_layout=SimpleBoxLayoutRule(
                x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0)
            ),
        )
        machine = _DatedSigner(
            metadata,
            signer,
            timestamper=HTTPTimeStamper(settings.SEAL_TIMESTAMP_URL) if settings.SEAL_TIMESTAMP_URL else None,
            stamp_style=style,
            new_field_spec=SigFieldSpec(sig_field_name=field, on_page=page, box=box),
        )
        machine.moment = moment
        return machine.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue()


@dataclass(frozen=True)
class SealCheck:
    """What the PDF itself says of one signature."""

    field: str
    organisation_name: str
    reason: str
    signed_at: datetime.datetime | None
    certificate_serial: str
    intact: bool  # the bytes it covers are unchanged
    trusted: bool  # by one of our roots
    untouched: bool  # nothing but further signatures was added since
    stamped_at: datetime.datetime | None = None  # by a time-stamp authority, when one was asked

    @property
    def holds(self) -> bool:
        return self.intact and self.trusted and self.untouched


def check_seals(pdf: bytes) -> list[SealCheck]:
    """Check every signature in a PDF, in the order they were set.

    Kept for an hour by the file's digest: the answer can only change with the roots or a certificate's last day.
    Raises ValueError when the file can't be read as a PDF.
    """
    roots = authority.trusted_roots()
    key = hashlib.sha256(pdf + b"".join(roots)).hexdigest()
    checks = cache.get(f"papers.seals.{key}")
    if checks is None:
        checks = _check(pdf, roots)
        cache.set(f"papers.seals.{key}", checks, timeout=3600)
    return checks


def _check(pdf: bytes, roots: list[bytes]) -> list[SealCheck]:
    try:
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    except PdfError as fault:
        raise ValueError(str(fault)) from fault
    checks = []
    for signature in found:
        context = ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(root) for root in roots], allow_fetching=False
        )
        certificate = signature.signer_cert
        try:
            status = validate_pdf_signature(signature, context)
            intact, trusted = status.intact and status.valid, status.trusted
            untouched = bool(status.docmdp_ok) and (
                status.modification_level is not None and status.modification_level <= ModificationLevel.FORM_FILLING
            )
            signed_at = status.signer_reported_dt
            stamped_at = status.timestamp_validity.timestamp if status.timestamp_validity else None
        except (SignatureValidationError, ValueErrorWithMessage, PdfError):
            intact = trusted = untouched = False
            signed_at = stamped_at = None
        checks.append(
            SealCheck(
                field=signature.field_name,
                organisation_name=certificate.subject.native.get("common_name", ""),
                reason=str(signature.sig_object.get("/Reason", "")),
                signed_at=signed_at,
                certificate_serial=f"{certificate.serial_number:X}",
                intact=intact,
                trusted=trusted,
                untouched=untouched,
                stamped_at=stamped_at,
            )
        )
    return checks
