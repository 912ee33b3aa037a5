"""What the public site reads from the marketplace: a few live numbers and the latest notices."""

from dataclasses import dataclass
from typing import Any

SMALLEST_SHOWN = 10  # published figures hide counts of people's acts under ten


@dataclass(frozen=True)
class Number:
    """One live number of the front page; `fen` or `count`, and the list that it is made of."""

    label: Any
    path: str
    fen: int | None = None
    count: int | None = None
    note: Any = ""

    @property
    def shown(self) -> str:
        return f"{self.count:,}"


def numbers() -> list[Number]:
    return []


def latest_tenders() -> list[Any]:
    return []
