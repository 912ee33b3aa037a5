"""Who offers which care, where, at what price, how good it was found; and the standards it is held to."""

from .offers import (
    GRADE_TONES,
    Accreditation,
    Category,
    LevelRating,
    ProviderRating,
    PublicContract,
    Service,
    ServicePoint,
)
from .standards import Standard, StandardVersion
from .voices import ProviderVoices

__all__ = [
    "GRADE_TONES",
    "Accreditation",
    "Category",
    "LevelRating",
    "ProviderRating",
    "ProviderVoices",
    "PublicContract",
    "Service",
    "ServicePoint",
    "Standard",
    "StandardVersion",
]
