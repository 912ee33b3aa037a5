"""Who may take part, and what earns points."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from marketplace.audit.actions import record
from marketplace.parties.models import User

from .. import checks
from ..checks import QualificationRow, ScoredRow
from ..models import Criterion, Tender
from .drafting import locked_draft


@transaction.atomic
def set_qualifications(tender: Tender, rows: Sequence[tuple], *, by: User) -> None:
    """Replace the conditions of taking part: QualificationRow each (name, how it is checked, reason).

    Raises ValidationError `discriminates` when a condition on rating, place, size or age has no reason, and
    `qualification_scored` when it earns points already.
    """
    tender = locked_draft(tender, by)
    wanted = [QualificationRow(*row) for row in rows]
    for row in wanted:
        checks.refuse_bias(tender, row.name, row.guidance, reason=row.bias_reason)
    scored = tender.criteria.scored().values_list("name", flat=True)
    checks.refuse_scored_qualification([row.name for row in wanted], scored)
    tender.criteria.qualification().delete()
    for position, row in enumerate(wanted, start=1):
        Criterion.objects.create(
            tender=tender,
            part=Criterion.Part.QUALIFICATION,
            position=position,
            name=row.name,
            guidance=row.guidance,
            weight=Decimal(0),
            bias_reason=row.bias_reason,
        )
    record("tender.qualifications_set", tender, by=by, organisation=tender.bureau, count=len(wanted))


@transaction.atomic
def set_scored_criteria(tender: Tender, rows: Sequence[tuple], *, by: User) -> None:
    """Replace what earns points: a tree of part, group and leaf. A ScoredRow is a leaf; its group sums its leaves.

    Raises ValidationError `weights` when the points don't sum to 100, `price_weight` outside the method's range,
    `price_alone` where only the price decides, `levels`, `qualification_scored`, `discriminates`.
    """
    tender = locked_draft(tender, by)
    wanted = [ScoredRow(*row) for row in rows]
    checks.refuse_weights(tender, [(row.part, row.weight) for row in wanted])
    checks.refuse_lowest_price(tender, wanted)
    qualifications = tender.criteria.qualification().values_list("name", flat=True)
    checks.refuse_scored_qualification(qualifications, [row.name for row in wanted])
    for row in wanted:
        checks.refuse_levels(row)
        checks.refuse_bias(
            tender, row.name, row.guidance, *(level.text for level in row.levels), reason=row.bias_reason
        )
    write_scored_criteria(tender, wanted)
    record("tender.criteria_set", tender, by=by, organisation=tender.bureau, count=len(wanted))


def write_scored_criteria(tender: Tender, rows: Sequence[ScoredRow]) -> None:
    """Write the tree: groups in the order of their first leaf. The caller has checked the rows."""
    tender.criteria.exclude(part=Criterion.Part.QUALIFICATION).delete()
    groups: dict[tuple[str, str], Criterion] = {}
    position = 0
    for row in rows:
        key = (row.part, row.group.strip())
        if key[1] and key not in groups:
            position += 1
            groups[key] = Criterion.objects.create(
                tender=tender,
                part=row.part,
                position=position,
                name=key[1],
                weight=sum((other.weight for other in rows if (other.part, other.group.strip()) == key), Decimal(0)),
                is_group=True,
            )
        position += 1
        Criterion.objects.create(
            tender=tender,
            part=row.part,
            position=position,
            name=row.name,
            guidance=row.guidance,
            weight=row.weight,
            parent=groups.get(key),
            levels=[level.as_json() for level in row.levels],
            bias_reason=row.bias_reason,
            standard=row.standard,
        )


def rows_of(tender: Tender) -> list[ScoredRow]:
    """The tree as rows again: for the form, and for a draft that repeats it."""
    return [
        ScoredRow(
            c.part,
            c.name,
            c.guidance,
            c.weight,
            c.parent.name if c.parent else "",
            tuple(
                checks.Level(level["name"], Decimal(level["least"]), Decimal(level["most"]), level.get("text", ""))
                for level in c.levels
            ),
            c.bias_reason,
            c.standard,
        )
        for c in tender.criteria.scored().select_related("parent", "standard__standard")
    ]
