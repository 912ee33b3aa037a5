"""Who presides over a panel: whom more than half of it elected, else the first expert in the order of the draw."""

from collections import Counter
from collections.abc import Sequence

from .models import Panel, Panellist


def sitting_on(panel: Panel) -> list[Panellist]:
    """Its members but those who stepped down or were dismissed, in the order of the draw. One statement."""
    return list(panel.members.sitting().select_related("user").order_by("position"))


def chair_of(sitting: Sequence[Panellist]) -> Panellist | None:
    """The chair among those who sit, in the order of the draw; None on an empty panel."""
    experts = [seat for seat in sitting if seat.kind == Panellist.Kind.EXPERT]
    votes = Counter(seat.chair_vote_id for seat in sitting if seat.chair_vote_id)
    elected = next((seat for seat in experts if 2 * votes[seat.pk] > len(sitting)), None)
    return elected or (experts[0] if experts else None)


def moderator_of(sitting: Sequence[Panellist], seat: Panellist) -> Panellist | None:
    """Who decides on this member's sheet: the chair, and on the chair's own the next expert."""
    chair = chair_of(sitting)
    if chair is None or chair.pk != seat.pk:
        return chair
    others = (one for one in sitting if one.kind == Panellist.Kind.EXPERT and one.pk != seat.pk)
    return next(others, None)
