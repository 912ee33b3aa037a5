"""A rule tried on the register: how many residents and how much money, before anything is given."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Substr

from marketplace.parties.models import Region
from marketplace.residents.models import Resident
from marketplace.vouchers.entitlement import Terms, entitled, grant_before

TOWN = 9  # digits of a place's code that name the town


@dataclass(frozen=True)
class Sums:
    """Residents, and fen a month."""

    residents: int = 0
    amount: int = 0


@dataclass(frozen=True)
class Trial:
    """What terms give in a month: in all, by town, by amount. Rows are (words, residents, fen)."""

    month: datetime.date
    all: Sums
    by_town: list[tuple[str, int, int]] = field(default_factory=list)
    by_amount: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Comparison:
    """What a change would do in its month: who gains and who loses, and the money of both sides."""

    before: Sums
    after: Sums
    new: Sums
    lost: Sums
    more: int
    less: int
    same: int

    @property
    def difference(self) -> int:
        """Fen a month more (or, below nought, less)."""
        return self.after.amount - self.before.amount


def _sums(rows: QuerySet[Resident]) -> Sums:
    found = rows.aggregate(residents=Count("pk"), amount=Sum("grant"))
    return Sums(found["residents"], found["amount"] or 0)


def try_terms(terms: Terms, month: datetime.date) -> Trial:
    """Four statements, whatever the size of the register."""
    rows = entitled(terms, month)
    by_town = (
        rows.annotate(town=Substr("region__code", 1, TOWN))
        .values("town")
        .annotate(residents=Count("pk"), amount=Sum("grant"))
        .order_by("town")
    )
    towns = list(by_town)
    names = {
        region.code[:TOWN]: str(region)
        for region in Region.objects.filter(code__in=[f"{row['town']}000" for row in towns])
    }
    amounts = rows.values("grant").annotate(residents=Count("pk")).order_by("-grant")
    return Trial(
        month=month,
        all=_sums(rows),
        by_town=[(names.get(row["town"], row["town"]), row["residents"], row["amount"]) for row in towns],
        by_amount=[(row["grant"], row["residents"], row["grant"] * row["residents"]) for row in amounts],
    )


def compare(before: Terms, after: Terms, month: datetime.date) -> Comparison:
    """Before and after a change in one month, on today's register."""
    old, new = entitled(before, month), entitled(after, month)
    kept = grant_before(new, before, month)
    more, less = kept.filter(grant__gt=F("earlier")).count(), kept.filter(grant__lt=F("earlier")).count()
    return Comparison(
        before=_sums(old),
        after=_sums(new),
        new=_sums(new.exclude(pk__in=old.values("pk"))),
        lost=_sums(old.exclude(pk__in=new.values("pk"))),
        more=more,
        less=less,
        same=kept.count() - more - less,
    )


def comparison_rows(found: Comparison) -> list[dict[str, Any]]:
    """The before/after table: label codes for the template, residents and fen."""
    return [
        {"code": "before", "residents": found.before.residents, "amount": found.before.amount},
        {"code": "after", "residents": found.after.residents, "amount": found.after.amount},
        {"code": "new", "residents": found.new.residents, "amount": found.new.amount},
        {"code": "lost", "residents": found.lost.residents, "amount": -found.lost.amount},
    ]
