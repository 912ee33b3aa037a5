"""The register of residents: people, who acts for them, what they need, files on their way in, and who looked."""

from .assessments import Assessment, CareNeed, CarePlan
from .delegations import Delegation
from .identity import (
    born_on,
    check_character,
    hash_of_id,
    hash_of_phone,
    mask_id,
    mask_name,
    validate_id_number,
)
from .imports import ImportPart, ImportRow, RegisterImport
from .residents import Benefit, Resident, ResidentQuerySet
from .traces import RecordView, ResidentChange, ViewAlert

__all__ = [
    "Assessment",
    "Benefit",
    "CareNeed",
    "CarePlan",
    "Delegation",
    "ImportPart",
    "ImportRow",
    "RecordView",
    "RegisterImport",
    "Resident",
    "ResidentChange",
    "ResidentQuerySet",
    "ViewAlert",
    "born_on",
    "check_character",
    "hash_of_id",
    "hash_of_phone",
    "mask_id",
    "mask_name",
    "validate_id_number",
]
