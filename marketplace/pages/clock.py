"""One clock: the database's, so that no web server's clock ever decides a deadline."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

SHANGHAI = ZoneInfo("Asia/Shanghai")
READ_AGAIN = 30.0  # seconds after which `reckoned` asks the database again: a steady clock drifts a millisecond in them
_reading: tuple[float, datetime.datetime] | None = None
_pretended: ContextVar[datetime.datetime | None] = ContextVar("pretended", default=None)
_held: ContextVar[list[datetime.datetime] | None] = ContextVar("held", default=None)


def now() -> datetime.datetime:
    """The database's time, aware, in UTC; or the moment that `pretend` has set."""
    if (pretended := _pretended.get()) is not None:
        return pretended
    return database_time()


def reckoned(*, read_again: bool = False) -> datetime.datetime:
    """The database's time without asking it: its last answer and what this machine's steady clock counted since.

    For the one path that can't afford the question. Whoever uses it lets the database check the answer.
    """
    global _reading
    if connection.vendor != "postgresql":
        return database_time()
    if read_again or _reading is None or time.monotonic() - _reading[0] > READ_AGAIN:
        answer = database_time()
        _reading = time.monotonic(), answer  # in this order: rather a little late than in the future
    return _reading[1] + datetime.timedelta(seconds=time.monotonic() - _reading[0])


def pretended() -> datetime.datetime | None:
    """The moment that `pretend` has set, if any."""
    return _pretended.get()


def database_time() -> datetime.datetime:
    """The database's time whatever is pretended: what the audit trail and its seals keep."""
    held = _held.get()
    if held is None:
        return _asked()
    if not held:
        held.append(_asked())
    return held[0]


@contextmanager
def held() -> Iterator[None]:
    """One verb, one moment: the database's first answer holds for everything within, and is not asked for again.

    Begin it after the locks are taken, not before: who waited for a lock is judged by when it was given.
    """
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def hold(moment: datetime.datetime) -> None:
    """Within `held`: the database's answer came along with a statement that had to be sent anyway."""
    held = _held.get()
    if held is not None and not held:
        held.append(moment)


def _asked() -> datetime.datetime:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT statement_timestamp()")
            return cursor.fetchone()[0].astimezone(datetime.UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=datetime.UTC)


def today() -> datetime.date:
    """The date in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).date()


def at_hour(day: datetime.date, hour: int, minute: int = 0) -> datetime.datetime:
    """An aware moment of a day in Asia/Shanghai."""
    return datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


@contextmanager
def pretend(moment: datetime.datetime) -> Iterator[None]:
    """Let verbs act as if it were another moment: how the demo city gets its past and tests meet a deadline.

    Audit entries keep the true time. Raises ImproperlyConfigured in production.
    """
    if settings.PRODUCTION:
        raise ImproperlyConfigured("The clock can't be moved in production.")
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)
