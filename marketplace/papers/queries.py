"""What the verification page says of a paper or a receipt, and of a visitor's copy of it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.pages.encryptedfiles import Unreadable
from marketplace.parties.models import Organisation, User

from . import authority, receipts, sealing
from .models import Paper, Receipt, Signature


@dataclass(frozen=True)
class CheckedSeal:
    """One signature: what our books say of it and whether the PDF still bears it out. No person is named."""

    organisation: Organisation
    signature: Signature
    holds: bool


@dataclass(frozen=True)
class PaperCheck:
    """Is this paper genuine, as far as we can tell from what we keep?"""

    paper: Paper
    file_is_ours: bool  # the stored file has the digest that was recorded
    seals: list[CheckedSeal] = field(default_factory=list)
    newer: Paper | None = None

    @property
    def is_genuine(self) -> bool:
        return self.file_is_ours and all(seal.holds for seal in self.seals)


def check_paper(paper: Paper) -> PaperCheck:
    """Read the stored file, compare its digest, validate every signature in it."""
    try:
        with paper.file.open("rb") as file:
            pdf = file.read()
    except (OSError, Unreadable):
        return PaperCheck(paper, file_is_ours=False, seals=_seals(paper, {}))
    file_is_ours = hashlib.sha256(pdf).hexdigest() == paper.sha256
    try:
        found = {check.field: check for check in sealing.check_seals(pdf)}
    except ValueError:
        found = {}
    newest = Paper.objects.filter(
        about_type=paper.about_type_id,
        about_id=paper.about_id,
        kind=paper.kind,
        language=paper.language,
        version__gt=paper.version,
    ).order_by("-version")
    return PaperCheck(paper, file_is_ours, _seals(paper, found), newest.first())


def _seals(paper: Paper, found: dict[str, sealing.SealCheck]) -> list[CheckedSeal]:
    seals = []
    for signature in paper.signatures.select_related("organisation"):
        check = found.get(signature.field)
        holds = check is not None and check.holds and check.certificate_serial == signature.certificate_serial
        seals.append(CheckedSeal(signature.organisation, signature, holds))
    return seals


@dataclass(frozen=True)
class CopyCheck:
    """What we say of a visitor's copy: `tone` as of a badge."""

    tone: str
    text: str


def compare_copy(paper: Paper, content: bytes) -> CopyCheck:
    """Is this file the one?"""
    digest = hashlib.sha256(content).hexdigest()
    if digest == paper.sha256:
        return CopyCheck("good", _("Your file is this document, unchanged."))
    signature = paper.signatures.filter(sha256=digest).first()
    if signature is not None:
        return CopyCheck(
            "warn",
            _("Your file is this document, unchanged, but from before the last seal was set. Ask for the newest."),
        )
    if digest == paper.printed_sha256:
        return CopyCheck("warn", _("Your file is this document as it was printed, before anyone sealed it."))
    return CopyCheck("bad", _("Your file is not this document: it was altered, or it is another one."))


def compare_receipt(receipt: Receipt, content: bytes) -> CopyCheck:
    """Is this JSON file the receipt, with a signature that holds?"""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return CopyCheck("bad", _("Your file is not a receipt: it can't be read as JSON."))
    if not receipts.holds(document):
        return CopyCheck("bad", _("Your file is not this receipt: it was altered, or it is another one."))
    if hashlib.sha256(receipts.canonical(document["receipt"])).hexdigest() != receipt.sha256:
        return CopyCheck("bad", _("Your file is another receipt of ours, not this one."))
    return CopyCheck("good", _("Your file is this receipt, unchanged, and its signature holds."))


def find_copy(content: bytes) -> Paper | Receipt | None:
    """The paper or receipt that a visitor's file is, or says it is."""
    digest = hashlib.sha256(content).hexdigest()
    sealed = Signature.objects.filter(sha256=digest).values("paper")
    paper = Paper.objects.filter(Q(sha256=digest) | Q(printed_sha256=digest) | Q(pk__in=sealed)).first()
    if paper is not None:
        return paper
    try:
        document: Any = orjson.loads(content)
        return Receipt.objects.filter(code=str(document["receipt"]["code"])).first()
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None


def receipt_holds(receipt: Receipt) -> bool:
    """The receipt as we keep it bears our signature."""
    key = authority.receipt_verify_keys().get(receipt.key_id)
    return (
        key is not None
        and hashlib.sha256(receipt.body.encode()).hexdigest() == receipt.sha256
        and receipts.body_holds(receipt.body.encode(), receipt.signature, key)
    )


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Papers wait in the app whose documents they are."""
    return []


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if not Paper.objects.visible_to(user).exists() and not Receipt.objects.visible_to(user).exists():
        return []
    return [
        DeskLink(
            _("Papers and receipts"),
            reverse("papers:papers"),
            _("What was printed and sealed, to fetch again"),
            group=DeskGroup.MONEY,
        )
    ]
