"""A programme's terms as an officer reads them: yuan, names and levels instead of what the columns hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from marketplace.directory.models import Category
from marketplace.pages.templatetags.pages import yuan
from marketplace.residents.models import Benefit
from marketplace.vouchers.models import Programme, ProgrammeChange

MONEY = ("monthly_amount", "most_carried", "daily_limit")
BY_KIND = ("rates", "service_limits")  # of service
NOTHING = "—"


def changed_terms(change: ProgrammeChange) -> list[dict[str, Any]]:
    """What a change makes different: label, before, after."""
    programme = change.programme
    before = {name: getattr(programme, name) for name in change.values}
    rows = [
        {"label": label_of(name), "before": in_words(name, before[name]), "after": in_words(name, value)}
        for name, value in change.values.items()
        if before[name] != value
    ]
    tiers = [tiers_in_words(found) for found in (programme.tiers.values(), change.tiers)]
    if tiers[0] != tiers[1]:
        rows.append({"label": _("Tiers"), "before": tiers[0], "after": tiers[1]})
    return rows


def label_of(name: str) -> str:
    return str(getattr(Programme._meta.get_field(name), "verbose_name", name))


def in_words(name: str, value: Any) -> str:
    """One term's value. Money is fen."""
    if value is None or value in ("", [], {}, False):
        return NOTHING
    if name in MONEY:
        return yuan(value)
    if name == "basis":
        return str(Programme.Basis(value).label)
    if name == "exclusions":
        return "、".join(str(Benefit.Kind(kind).label) for kind in value)
    if name in BY_KIND:
        names = Category.objects.in_bulk(list(value))
        return "、".join(f"{names.get(kind, kind)} {most}" for kind, most in value.items())
    return _("Yes") if value is True else str(value)


def tiers_in_words(tiers: Iterable[Mapping[str, Any]]) -> str:
    """Each tier's conditions and its amount, the first that fits first."""
    words = []
    for number, tier in enumerate(tiers, start=1):
        said = [_("Tier %(number)s") % {"number": number}]
        if tier.get("minimum_age") is not None:
            said.append(_("from the age of %(age)s") % {"age": tier["minimum_age"]})
        if tier.get("minimum_level") is not None:
            said.append(_("from level %(level)s") % {"level": tier["minimum_level"]})
        if tier.get("only_alone"):
            said.append(_("living alone"))
        words.append(" ".join([*said, yuan(tier["amount"])]))
    return "；".join(words) or NOTHING
