"""The bank file put into the folder from which the bank's own program takes files (银企直连前置机).

The file is named after its message id, by which a bank takes a message once. The program leaves it there, or moves it
to `taken/`: either way we find it again and write nothing twice.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from marketplace.payments.bankfiles import pain001
from marketplace.payments.models import PaymentAttempt, PaymentBatch

from .base import Answer, Carrier, Unreachable, Word


class BankOutbox(Carrier):
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def carry(self, batch: PaymentBatch, attempts: list[PaymentAttempt]) -> Iterator[Answer]:
        name = f"{batch.message_id}.xml"
        try:
            if not self._has(name):
                self._put(name, pain001(batch))
        except OSError as fault:
            raise Unreachable(str(fault)) from fault
        yield Answer(attempts, Word.TAKEN, reference=name)

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists() or (self.folder / "taken" / name).exists()

    def _put(self, name: str, content: bytes) -> None:
        """Whole or not at all: the bank's program never sees half a file, and a killed process leaves only a draft."""
        draft = self.folder / f".{name}.{os.getpid()}"
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / name)
