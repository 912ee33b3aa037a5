"""Everything the ledger claims, re-summed."""

from collections.abc import Callable, Iterable

_checks: dict[str, Callable[[], Iterable[str]]] = {}


def register_check(name: str, fn: Callable[[], Iterable[str]]) -> None:
    """A subledger's own check: `fn` yields one sentence for each thing that does not agree with the ledger.

    Register it in the upper app's AppConfig.ready().
    """
    _checks[name] = fn


def registered_checks() -> dict[str, Callable[[], Iterable[str]]]:
    return dict(_checks)
