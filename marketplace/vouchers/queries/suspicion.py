"""What does not fit: each finder yields suspicions with their evidence. Reading only; `actions.fraud` keeps them.

Evidence is plain values, ids and times: no name, no number of a card, no place of a home.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncDate

from marketplace.directory.distance import kilometres, place
from marketplace.pages import clock
from marketplace.residents.models import Resident
from marketplace.rules.queries import resolve
from marketplace.vouchers.models import FraudCase, HospitalStay, Redemption, Reversal, Visit
from marketplace.vouchers.models.programmes import first_of_month, last_of_month

Kind = FraudCase.Kind


@dataclass(frozen=True)
class Suspicion:
    """`key` is the same whenever it is found again."""

    kind: str
    key: str
    provider: Any
    bureau: Any
    happened_at: datetime.datetime
    evidence: list[dict[str, Any]]
    redemptions: list[str] = field(default_factory=list)
    visits: list[Any] = field(default_factory=list)
    amount: int = 0


def find_all(day: datetime.date) -> Iterator[Suspicion]:
    """Everything that a day shows, with the week before it for what was told late."""
    since = clock.at_hour(day - datetime.timedelta(days=7), 0)
    until = clock.at_hour(day + datetime.timedelta(days=1), 0)
    yield from overlapping_visits(since, until)
    yield from impossible_travel(since, until)
    yield from many_on_one_device(since, until)
    yield from after_death(day)
    yield from in_hospital(since, until)
    yield from above_the_list(since, until)
    if (last_of_month(first_of_month(day)) - day).days <= 1:
        yield from burst_at_months_end(first_of_month(day))


def _standing(rows):
    """Redemptions that were not taken back."""
    taken_back = Reversal.objects.filter(
        resident=OuterRef("resident_id"), month=OuterRef("month"), redemption_id=OuterRef("id")
    )
    return rows.filter(~Exists(taken_back)).select_related("programme")


def _paid_for(visits: list[Visit]) -> tuple[list[str], int, Any]:
    """The redemptions of visits that stand, their fen, and the bureau that pays; None when nothing was paid."""
    ids = [visit.redemption_id for visit in visits if visit.redemption_id]
    rows = list(_standing(Redemption.objects.filter(id__in=ids)))
    bureau = rows[0].programme.bureau_id if rows else None
    return [str(row.id) for row in rows], sum(row.amount for row in rows), bureau


def _visits(since: datetime.datetime, until: datetime.datetime) -> list[Visit]:
    return list(
        Visit.objects.filter(state=Visit.State.DONE, came_at__gte=since, came_at__lt=until).order_by(
            "carer", "came_at", "pk"
        )
    )


def _of_visits(kind: str, first: Visit, second: Visit, facts: dict[str, Any]) -> Iterator[Suspicion]:
    redemptions, amount, bureau = _paid_for([second])
    more, more_fen, other_bureau = _paid_for([first])
    if not (bureau or other_bureau):
        return  # nothing was paid by a voucher: no public money, no case
    yield Suspicion(
        kind=kind,
        key=f"{kind}/{first.pk}/{second.pk}",
        provider=second.provider_id,
        bureau=bureau or other_bureau,
        happened_at=second.came_at,
        evidence=[_line(first), _line(second), facts],
        redemptions=redemptions or more,
        visits=[first, second],
        amount=amount or more_fen,
    )


def _line(visit: Visit) -> dict[str, Any]:
    return {"visit": str(visit.pk), "came": visit.came_at.isoformat(), "left": visit.left_at.isoformat()}


def overlapping_visits(since: datetime.datetime, until: datetime.datetime) -> Iterator[Suspicion]:
    """One carer in two homes, or one resident visited by two carers of different services at the same time."""
    visits = _visits(since, until)
    for name in ("carer_id", "resident_id"):
        rows = sorted(visits, key=lambda one: (str(getattr(one, name)), one.came_at, str(one.pk)))
        for first, second in pairwise(rows):
            if getattr(first, name) != getattr(second, name) or second.came_at >= first.left_at:
                continue
            if name == "resident_id" and first.carer_id == second.carer_id:
                continue  # found above
            minutes = int((min(first.left_at, second.left_at) - second.came_at).total_seconds() // 60)
            who = "carer" if name == "carer_id" else "resident"
            yield from _of_visits(Kind.OVERLAP, first, second, {"same": who, "minutes": minutes})


def impossible_travel(since: datetime.datetime, until: datetime.datetime) -> Iterator[Suspicion]:
    """From one home to the next faster than the rule `voucher.fraud_speed` believes."""
    fastest = float(resolve("voucher.fraud_speed").number)
    visits = _visits(since, until)
    for first, second in pairwise(visits):
        left, came = place(first.left_lat, first.left_lng), place(second.came_lat, second.came_lng)
        if first.carer_id != second.carer_id or not left or not came or second.came_at < first.left_at:
            continue
        km = kilometres(left, came)
        hours = max((second.came_at - first.left_at).total_seconds(), 60) / 3600
        if km > 1 and km / hours > fastest:
            facts = {"km": round(km, 1), "minutes": round(hours * 60), "km_an_hour": round(km / hours)}
            yield from _of_visits(Kind.TRAVEL, first, second, facts)


def burst_at_months_end(month: datetime.date) -> Iterator[Suspicion]:
    """A provider's last days hold many times what the days before did (rule `voucher.fraud_burst`)."""
    rule = resolve("voucher.fraud_burst").data
    edge = last_of_month(month) - datetime.timedelta(days=rule["days"] - 1)
    rows = (
        _standing(Redemption.objects.filter(month=month))
        .annotate(day=TruncDate("performed_at", tzinfo=clock.SHANGHAI))
        .order_by()
        .values("provider", "programme__bureau")
        .annotate(
            late=Count("id", filter=Q(day__gte=edge)),
            early=Count("id", filter=Q(day__lt=edge)),
            fen=Sum("amount", filter=Q(day__gte=edge)),
        )
    )
    for row in rows:
        before = row["early"] / max((edge - month).days, 1)
        per_day = row["late"] / rule["days"]
        if row["late"] >= rule["least"] and per_day > rule["times"] * before:
            yield Suspicion(
                kind=Kind.BURST,
                key=f"{Kind.BURST}/{row['provider']}/{row['programme__bureau']}/{month:%Y-%m}",
                provider=row["provider"],
                bureau=row["programme__bureau"],
                happened_at=clock.at_hour(edge, 0),
                evidence=[{"last_days": row["late"], "a_day": round(per_day, 1), "a_day_before": round(before, 1)}],
                amount=row["fen"] or 0,
            )


def many_on_one_device(since: datetime.datetime, until: datetime.datetime) -> Iterator[Suspicion]:
    """Collected cards: many residents on one device within minutes (rule `voucher.fraud_device`)."""
    rule = resolve("voucher.fraud_device").data
    window = datetime.timedelta(minutes=rule["minutes"])
    rows = list(
        _standing(Redemption.objects.filter(redeemed_at__gte=since, redeemed_at__lt=until).exclude(device=""))
        .annotate(bureau=F("programme__bureau"))
        .order_by("provider", "device", "redeemed_at")
    )
    start = 0
    for place_, row in enumerate(rows):
        first = rows[start]
        while (first.provider_id, first.device) != (row.provider_id, row.device) or (
            row.redeemed_at - first.redeemed_at > window
        ):
            start += 1
            first = rows[start]
        inside = rows[start : place_ + 1]
        if len({one.resident_id for one in inside}) < rule["residents"]:
            continue
        hour = first.redeemed_at.replace(minute=0, second=0, microsecond=0)
        yield Suspicion(
            kind=Kind.DEVICE,
            key=f"{Kind.DEVICE}/{row.provider_id}/{row.device[-12:]}/{hour:%Y%m%d%H}",
            provider=row.provider_id,
            bureau=row.bureau,
            happened_at=first.redeemed_at,
            evidence=[
                {
                    "device": row.device,
                    "residents": len({one.resident_id for one in inside}),
                    "minutes": round((row.redeemed_at - first.redeemed_at).total_seconds() / 60, 1),
                }
            ],
            redemptions=[str(one.id) for one in inside],
            amount=sum(one.amount for one in inside),
        )


def _of_redemption(kind: str, row: Redemption, facts: dict[str, Any]) -> Suspicion:
    return Suspicion(
        kind=kind,
        key=f"{kind}/{row.id}",
        provider=row.provider_id,
        bureau=row.programme.bureau_id,
        happened_at=row.performed_at,
        evidence=[{"redemption": str(row.id), "performed": row.performed_at.isoformat(), **facts}],
        redemptions=[str(row.id)],
        amount=row.amount,
    )


def after_death(day: datetime.date) -> Iterator[Suspicion]:
    """Used after the register recorded the death."""
    months = [first_of_month(day), first_of_month(first_of_month(day) - datetime.timedelta(days=1))]
    rows = _standing(
        Redemption.objects.filter(
            month__in=months,
            resident__state=Resident.State.DECEASED,
            performed_at__gt=F("resident__state_at"),
        )
    )
    for row in rows.select_related("programme", "resident"):
        yield _of_redemption(Kind.DECEASED, row, {"recorded": row.resident.state_at.isoformat()})


def in_hospital(since: datetime.datetime, until: datetime.datetime) -> Iterator[Suspicion]:
    """Care at home while the resident lay in hospital; the days of coming and leaving don't count."""
    stays = HospitalStay.objects.filter(Q(ends_on=None) | Q(ends_on__gte=since.date() - datetime.timedelta(days=31)))
    for stay in stays:
        start = clock.at_hour(stay.starts_on + datetime.timedelta(days=1), 0)
        end = clock.at_hour(stay.ends_on, 0) if stay.ends_on else until
        rows = _standing(
            Redemption.objects.filter(
                resident=stay.resident_id,
                month__gte=first_of_month(stay.starts_on),
                performed_at__gte=start,
                performed_at__lt=end,
            )
        )
        for row in rows:
            yield _of_redemption(
                Kind.HOSPITAL,
                row,
                {"from": str(stay.starts_on), "until": str(stay.ends_on or ""), "source": stay.source},
            )


def above_the_list(since: datetime.datetime, until: datetime.datetime) -> Iterator[Suspicion]:
    """Paid above a price that stood unchanged on the list since before."""
    rows = _standing(
        Redemption.objects.filter(redeemed_at__gte=since, redeemed_at__lt=until)
        .filter(service__changed_at__lte=F("redeemed_at"))
        .filter(amount__gt=F("service__price") * F("units") - F("own_part"))
    ).select_related("service")
    for row in rows.select_related("service", "programme"):
        yield _of_redemption(
            Kind.ABOVE_LIST, row, {"paid": row.amount + row.own_part, "list": row.service.price * row.units}
        )
