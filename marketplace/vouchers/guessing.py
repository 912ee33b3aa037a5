"""Somebody who tries cards or PINs one after the other is stopped long before the numbers help.

A card locks after five wrong PINs, but a guesser has many cards: four tries on each of a hundred thousand would find
some. So wrong PINs and unknown numbers are counted for each person at a provider, over all cards.
"""

import time

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.parties.models import Organisation, User
from marketplace.rules.queries import resolve

MOST_MISSES = 60  # an hour: a busy counter mistypes a few, a list of guesses needs millions
WINDOW = 3600  # seconds

RULE_SECONDS = 60  # a changed rule holds everywhere after this long
_rule: tuple[float, int] | None = None


def tries_of_a_card() -> int:
    """How many wrong PINs in a row lock a card: the rule `voucher.pin_tries`, asked for once a minute."""
    global _rule
    if _rule is None or time.monotonic() - _rule[0] > RULE_SECONDS:
        _rule = time.monotonic(), int(resolve("voucher.pin_tries").value or 1)
    return _rule[1]


def _key(provider: Organisation, by: User) -> str:
    return f"vouchers.misses.{provider.pk.int:x}.{by.pk.int:x}"


def refuse_guesser(provider: Organisation, by: User) -> None:
    """Raises ValidationError(code="too_many_misses")."""
    if cache.get(_key(provider, by), 0) >= MOST_MISSES:
        raise ValidationError(
            _("Too many unknown cards or wrong PINs at this counter. Wait an hour, or call the operator."),
            code="too_many_misses",
        )


def count_miss(provider: Organisation, by: User) -> None:
    """A card that nobody has, or a wrong PIN."""
    key = _key(provider, by)
    if not cache.add(key, 1, WINDOW):
        try:
            cache.incr(key)
        except ValueError:  # it ran out in between
            cache.add(key, 1, WINDOW)
