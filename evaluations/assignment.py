"""Who scores whom in a round: from a seed, a pool and the conflicts to the same answer for anyone.

The applications are taken in the order of their numbers. For each, the scorers without a conflict are ordered by how
many they have so far, then by SHA-256 of "seed:application number:scorer id" in hex; the first ones score it.
"""

import hashlib
from collections.abc import Mapping, Sequence


class TooFewScorers(Exception):
    """So many scorers are in conflict that too few are left for the application."""

    def __init__(self, number: str, left: int) -> None:
        super().__init__(number)
        self.number, self.left = number, left


def digest_of(seed: str) -> str:
    """What is published with the call, before the seed itself."""
    return hashlib.sha256(seed.encode()).hexdigest()


def assign(
    seed: str, numbers: Sequence[str], pool: Sequence[str], excluded: Mapping[str, Mapping[str, str]], *, each: int
) -> dict[str, list[str]]:
    """Scorer ids by application number. `excluded` is scorer id → cause by application number. Raises TooFewScorers."""
    load = dict.fromkeys(pool, 0)
    chosen: dict[str, list[str]] = {}
    for number in sorted(numbers):
        free = [scorer for scorer in pool if scorer not in excluded.get(number, {})]
        if len(free) < each:
            raise TooFewScorers(number, len(free))
        free.sort(key=lambda scorer: (load[scorer], _lot(seed, number, scorer)))
        chosen[number] = free[:each]
        for scorer in chosen[number]:
            load[scorer] += 1
    return chosen


def _lot(seed: str, number: str, scorer: str) -> str:
    return hashlib.sha256(f"{seed}:{number}:{scorer}".encode()).hexdigest()
