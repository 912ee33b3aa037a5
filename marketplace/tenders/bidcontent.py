"""What a bid says: its shape before it is sealed and after it is opened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from marketplace.pages.money import format_yuan
from marketplace.pages.uploadhandlers import SpooledPart, SpooledUpload

from .models import Tender

FORMAT = 2
MOST_FILES = 20
MOST_BYTES = 20 * 1024 * 1024  # a file
PLAN_LENGTH = 20_000
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass
class BidFile:
    """One file of a bid, open for reading from its start; `part` when it came in encrypted into a spool."""

    name: str
    content_type: str
    size: int
    stream: IO[bytes]
    part: SpooledPart | None = None

    @classmethod
    def uploaded(cls, upload: UploadedFile) -> "BidFile":
        part = upload.part if isinstance(upload, SpooledUpload) else None
        kind = upload.content_type or "application/octet-stream"
        return cls(upload.name or "", kind, upload.size or 0, cast(IO[bytes], upload), part)

    @property
    def described(self) -> dict[str, Any]:
        return {"name": self.name, "content_type": self.content_type, "size": self.size}


@dataclass
class BidContent:
    """The words and prices of a bid. `prices` maps a lot's id to fen; a lot left out is not bid for."""

    prices: dict[str, int] = field(default_factory=dict)
    plan: str = ""
    is_eligible: bool = False
    contact: str = ""
    promised: list[dict[str, str]] = field(default_factory=list)  # [{"name", "sha256"}]: their bodies follow later

    def name_lots(self, tender: Tender) -> None:
        """Prices by a lot's number within the tender, as programs may send them, become prices by its id."""
        by_position = {str(lot.position): str(lot.pk) for lot in tender.lots.all()}
        self.prices = {by_position.get(lot, lot): price for lot, price in self.prices.items()}

    def as_manifest(self, files: list[dict[str, Any]]) -> dict[str, Any]:
        """`files` as `sealing` describes them."""
        return {
            "format": FORMAT,
            "prices": self.prices,
            "plan": self.plan,
            "is_eligible": self.is_eligible,
            "contact": self.contact,
            "promised": self.promised,
            "files": files,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "BidContent":
        """From a manifest or a draft. Raises ValueError, TypeError or AttributeError on anything malformed."""
        prices = {str(lot): price for lot, price in plain.get("prices", {}).items()}
        if not all(isinstance(price, int) and not isinstance(price, bool) for price in prices.values()):
            raise TypeError("prices are whole numbers of fen")
        return cls(
            prices=prices,
            plan=str(plain.get("plan", "")),
            is_eligible=plain.get("is_eligible") is True,
            contact=str(plain.get("contact", "")),
            promised=[
                {"name": str(one["name"])[:200], "sha256": str(one["sha256"]).lower()}
                for one in plain.get("promised", [])
            ],
        )


def refuse_content(tender: Tender, content: BidContent, *, file_count: int) -> None:
    """A bid that could only be thrown out at opening is refused while it can still be mended."""
    errors: dict[str, ValidationError] = {}
    lots = {str(lot.pk): lot for lot in tender.lots.all()}
    if not content.is_eligible:
        errors["is_eligible"] = ValidationError(
            _("Confirm that you meet every qualification (Government Procurement Law, Article 22)."), code="eligibility"
        )
    if not content.prices:
        errors["prices"] = ValidationError(_("Give a price for at least one lot."), code="price_missing")
    for lot_id, price in content.prices.items():
        lot = lots.get(lot_id)
        if lot is None:
            errors["prices"] = ValidationError(_("This tender has no such lot."), code="unknown_lot")
        elif price <= 0:
            errors["prices"] = ValidationError(_("A price must be more than zero."), code="negative")
        elif price > lot.ceiling:
            errors["prices"] = ValidationError(
                _(
                    "The price for “%(lot)s” is above its ceiling of %(ceiling)s yuan: such a bid is invalid "
                    "(Order 87, Article 63)."
                ),
                code="above_ceiling",
                params={"lot": lot.title, "ceiling": format_yuan(lot.ceiling)},
            )
    file_count += len(content.promised)
    if not content.plan.strip() and not file_count:
        errors["plan"] = ValidationError(_("Describe your service plan, or upload it as a file."), code="plan_missing")
    if len(content.plan) > PLAN_LENGTH:
        errors["plan"] = ValidationError(_("The service plan is too long: upload it as a file."), code="plan_long")
    if file_count > MOST_FILES:
        errors["files"] = ValidationError(
            _("At most %(most)s files."), code="too_many_files", params={"most": MOST_FILES}
        )
    if any(not FINGERPRINT.fullmatch(one["sha256"]) for one in content.promised):
        errors["promised"] = ValidationError(
            _("A fingerprint is the SHA-256 of the file: 64 digits and letters a to f."), code="fingerprint"
        )
    if errors:
        raise ValidationError(errors)
