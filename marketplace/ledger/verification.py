"""What subledgers add to `verify_ledger`. Imports no models, so that every AppConfig may import it."""

from collections.abc import Callable, Iterable

from django.utils.module_loading import import_string

Check = Callable[[], Iterable[str]]
_checks: dict[str, Check | str] = {}


def register_check(name: str, fn: Check | str) -> None:
    """A subledger's own check: `fn` yields one sentence for each thing that does not agree with the ledger.

    Called in the upper app's AppConfig.ready(), with the function or, as models are not loaded when apps.py is
    imported, its dotted path ("marketplace.payments.verification.faults").
    """
    _checks[name] = fn


def registered_checks() -> dict[str, Check]:
    """The checks by name, in order."""
    return {name: import_string(fn) if isinstance(fn, str) else fn for name, fn in sorted(_checks.items())}
