"""The interface of a channel."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.payments.models import PaymentAttempt, PaymentBatch


class Unreachable(Exception):
    """Nothing is certain: the channel may or may not have acted. Ask again later, repeat nothing before."""


class Refused(Exception):
    """The channel has said no, for certain. Its words are the cause."""


class Word(StrEnum):
    TAKEN = "taken"  # it has the try; what became of it comes later, by the bank's answer
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """What the channel says of tries. `reference` is its own name for them."""

    attempts: list[PaymentAttempt]
    word: Word
    reference: str = ""
    cause: str = ""


class Carrier(ABC):
    """Carries committed tries to where money moves."""

    @abstractmethod
    def carry(self, batch: PaymentBatch, attempts: list[PaymentAttempt]) -> Iterator[Answer]:
        """Hand over these tries of the batch, yielding each answer as it comes so that it is recorded at once.

        A try whose `called_at` is set may have reached the channel before: it is asked about first. Raises Unreachable;
        what was not answered by then stays unfinished.
        """
