"""The rows of the public register and of an organisation's desk: what a page and a file show, and no more.

A list asks three statements: who buys (for the filter), the count, the page. Its rows are plain dicts, since drawing
models takes longer than reading them; and what of a query is always the same is built once, since building one takes
longer than its answer.
"""

import datetime
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, Case, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from marketplace.parties.models import Organisation
from marketplace.search.queries import matching_ids

from .models import Acceptance, Contract

State = Contract.State

ON_THE_PAGE = (
    *("number", "kind", "title", "amount", "accepted", "state", "signed_at"),
    *("buyer__name", "supplier__name"),
)
IN_THE_FILE = (
    *ON_THE_PAGE,
    *("starts_on", "ends_on", "supplier__uscc", "budget_line__name", "budget_line__fund__name"),
)


@cache
def _signed() -> QuerySet[Contract]:
    """Never read itself: a list filters it, which copies it."""
    return with_accepted(Contract.objects.public()).order_by("-signed_at", "-pk")


def register(
    *,
    text: str = "",
    kind: str = "",
    state: str = "",
    buyer: Any = "",
    region: str = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> QuerySet[Contract]:
    """The public register with what is accepted, newest first. One statement a page, one to count."""
    chosen: dict[str, Any] = {
        "kind": kind,
        "state": state,
        "buyer": buyer,
        "buyer__region__code__startswith": region,
        "signed_at__date__gte": since,
        "signed_at__date__lte": until,
    }
    found = _signed().filter(**{name: value for name, value in chosen.items() if value})
    if text.strip():
        found = found.filter(Q(pk__in=matching_ids(text, "contract")) | Q(number__iexact=text.strip()))
    return found


def desk_of(organisation: Organisation) -> QuerySet[Contract]:
    """The organisation's contracts, whichever side it is, those that wait for somebody first."""
    waits = Case(When(state__in=(State.DRAFT, State.SENT, State.HALF_SIGNED), then=0), default=1)
    return with_accepted(Contract.objects.of(organisation)).order_by(waits, "-created_at")


def narrowed(
    contracts: QuerySet[Contract], *, q: str = "", kind: str = "", state: str = "", other: str = "", year: str = ""
) -> QuerySet[Contract]:
    """Of an organisation's desk: by words or number, kind, state, the other side, and a year in which it runs."""
    chosen = {"kind": kind, "state": state}
    found = contracts.filter(**{name: value for name, value in chosen.items() if value})
    if words := q.strip():
        found = found.filter(Q(title__icontains=words) | Q(number__icontains=words) | Q(title_en__icontains=words))
    if other:
        found = found.filter(Q(supplier=other) | Q(buyer=other))
    if year:
        found = found.filter(starts_on__year__lte=int(year), ends_on__year__gte=int(year))
    return found


def others_of(organisation: Organisation) -> list[tuple[str, str]]:
    """Whom it has contracts with: primary key and name. One statement."""
    sides = Contract.objects.of(organisation).values("buyer", "supplier")
    others = Organisation.objects.filter(Q(pk__in=sides.values("buyer")) | Q(pk__in=sides.values("supplier")))
    return [
        (str(pk), name) for pk, name in others.exclude(pk=organisation.pk).order_by("name").values_list("pk", "name")
    ]


def years_of(organisation: Organisation) -> list[int]:
    """From the first in which one of its contracts runs to the last, the newest first. One statement."""
    days = Contract.objects.of(organisation).aggregate(first=Min("starts_on"), last=Max("ends_on"))
    return list(range(days["last"].year, days["first"].year - 1, -1)) if days["first"] else []


def with_accepted(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Adds `accepted`, fen."""
    sums = (
        Acceptance.objects.filter(report__deliverable__contract=OuterRef("pk"), is_accepted=True)
        .order_by()
        .values("report__deliverable__contract")
        .annotate(total=Sum("accepted_amount"))
        .values("total")
    )
    return contracts.annotate(accepted=Coalesce(Subquery(sums, output_field=BigIntegerField()), 0))


@cache
def _buyers() -> QuerySet[Organisation, Any]:
    of_the_filter = ("pk", "name", "region_id", "region__name", "region__level")
    return Organisation.objects.bureaus().values_list(*of_the_filter, named=True)


def buyers() -> list[Any]:
    """Who buys, and where: named rows. One statement."""
    return list(_buyers().all())


def shown(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a page with their addresses and with their states in words."""
    return [
        row
        | {
            "url": reverse("contracts:contract", args=[row["number"]]),
            "is_service": row["kind"] == Contract.Kind.SERVICE,
            "state_name": State(row["state"]).label,
            "tone": Contract.TONES[row["state"]],
        }
        for row in rows
    ]
