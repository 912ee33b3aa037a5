"""What the lines of a fraud case say, in sentences that an officer can read out."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.money import format_yuan
from marketplace.pages.templatetags.pages import day, moment

# The first whose facts all stand in the line says it; `queries.suspicion` and the verbs write these facts.
SENTENCES = (
    (("visit", "came", "left"), gettext_lazy("Visit %(visit)s: from %(came)s to %(left)s.")),
    (("in_two_homes", "minutes"), gettext_lazy("One carer in two homes at once, for %(minutes)s minutes.")),
    (("by_two_carers", "minutes"), gettext_lazy("Two carers with one resident at once, for %(minutes)s minutes.")),
    (
        ("km", "minutes", "km_an_hour"),
        gettext_lazy("From one home to the next %(km)s km in %(minutes)s minutes: %(km_an_hour)s km an hour."),
    ),
    (
        ("device", "residents", "minutes"),
        gettext_lazy("On the device “%(device)s” %(residents)s residents paid within %(minutes)s minutes."),
    ),
    (
        ("last_days", "a_day", "a_day_before"),
        gettext_lazy("%(last_days)s payments in the last days, %(a_day)s a day; before that %(a_day_before)s a day."),
    ),
    (
        ("performed", "recorded"),
        gettext_lazy("Payment %(redemption)s for a service on %(performed)s; the death was recorded on %(recorded)s."),
    ),
    (
        ("performed", "from", "until"),
        gettext_lazy("Payment %(redemption)s for a service on %(performed)s; in hospital from %(from)s to %(until)s."),
    ),
    (
        ("performed", "from"),
        gettext_lazy("Payment %(redemption)s for a service on %(performed)s; in hospital since %(from)s."),
    ),
    (
        ("paid", "list"),
        gettext_lazy("Payment %(redemption)s: %(paid)s were paid, the listed price is %(list)s."),
    ),
    (
        ("performed", "call"),
        gettext_lazy("Payment %(redemption)s for a service on %(performed)s: on the telephone the resident denied it."),
    ),
    (("offline", "refused"), gettext_lazy("Taken offline as %(offline)s for %(paid)s, refused: %(refused)s")),
)
MOMENTS = ("came", "left", "performed", "recorded")
DAYS = ("from", "until")
MONEY = ("paid", "list")
KEYS = ("visit", "redemption")


def sentence(line: Mapping[str, Any]) -> str:
    """One line of evidence. A fact that no sentence knows stands as it is: nothing is kept from who decides."""
    facts = {name: value for name, value in line.items() if value not in ("", None)}
    if "same" in facts:
        facts |= {"in_two_homes": True} if facts["same"] == "carer" else {"by_two_carers": True}
    for names, words in SENTENCES:
        if all(name in facts for name in names):
            said = str(words) % {name: _spell(name, value) for name, value in facts.items()}
            return f"{said} {_source(facts)}".strip()
    return " · ".join(f"{name} {value}" for name, value in facts.items())


def _source(facts: Mapping[str, Any]) -> str:
    return _("Known from: %(source)s.") % {"source": facts["source"]} if "source" in facts else ""


def _spell(name: str, value: Any) -> str:
    if name in MOMENTS:
        return moment(datetime.datetime.fromisoformat(value))
    if name in DAYS:
        return day(datetime.date.fromisoformat(value))
    if name in MONEY:
        return f"¥{format_yuan(value)}"
    if name in KEYS:
        return f"…{value[-8:]}"
    return f"{value:g}" if isinstance(value, float) else str(value)
