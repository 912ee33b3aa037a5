"""What waits on a desk, kind by kind: one more of its kind at every step."""

from . import elsewhere, procurement
from .kinds import KINDS, Desk, Kind

__all__ = ["KINDS", "Desk", "Kind", "elsewhere", "procurement"]
