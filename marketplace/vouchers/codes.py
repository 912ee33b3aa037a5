"""The rotating code on a telephone: as good as the PIN, for a minute, once.

Nothing is stored from which it could be computed: code and PIN hang on the key outside the database. It has eight
digits and a PIN six, so that a counter never has to ask which of them was typed.
"""

import datetime
import uuid
from typing import NamedTuple

from marketplace.parties.encryption import keyed_hash
from marketplace.rules.queries import resolve

from .models import Card
from .models.cards import hash_of_pin

CODE_DIGITS = 8


def period() -> int:
    """Seconds for which a code is shown (rule `voucher.code_minutes`)."""
    return int(resolve("voucher.code_minutes").number) * 60


def _code(card: Card, step: int) -> str:
    return f"{int(keyed_hash('voucher.code', f'{card.number}:{step}'), 16) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def code_now(card: Card, moment: datetime.datetime) -> tuple[str, int]:
    """The code, and for how many seconds it will be shown."""
    seconds, now = period(), int(moment.timestamp())
    return _code(card, now // seconds), seconds - now % seconds


def matching_step(card: Card, typed: str, moment: datetime.datetime) -> int | None:
    """The interval whose code this is: this one or the one before, and none that has paid already."""
    this = int(moment.timestamp()) // period()
    return next((step for step in (this, this - 1) if step > card.code_step and _code(card, step) == typed), None)


class Consent(NamedTuple):
    """What the resident typed, as the engine compares it. With a `card` it was a code, claimed by it alone."""

    pin_hash: str
    card: uuid.UUID | None = None
    step: int = 0
    before: int = 0


def claim_consent(card_number: str, typed: str, moment: datetime.datetime) -> Consent:
    """A PIN needs no query. A code is claimed by a guarded UPDATE of its own before anything is spent: the same one
    can't pay at two counters, and whoever comes second with it has tried a wrong one."""
    wrong = Consent(hash_of_pin(card_number, typed))
    if len(typed) != CODE_DIGITS:
        return wrong
    card = Card.objects.filter(number=card_number).first()
    step = matching_step(card, typed, moment) if card else None
    if card is None or step is None:
        return wrong
    if not Card.objects.filter(pk=card.pk, code_step=card.code_step).update(code_step=step):
        return wrong
    return Consent(card.pin_hash, card.pk, step, card.code_step)


def hand_back(consent: Consent) -> None:
    """Nothing was paid: the resident need not wait for the next code."""
    if consent.card is not None:
        Card.objects.filter(pk=consent.card, code_step=consent.step).update(code_step=consent.before)
