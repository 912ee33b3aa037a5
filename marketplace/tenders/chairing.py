"""Who presides over a panel: whom more than half of it elected, else the first expert in the order of the draw."""

from collections import Counter

from .models import Panel, Panellist


def chair_of(panel: Panel) -> Panellist | None:
    """The chair among those who sit; None on an empty panel. One statement."""
    sitting = list(panel.members.sitting().select_related("user").order_by("position"))
    experts = [seat for seat in sitting if seat.kind == Panellist.Kind.EXPERT]
    votes = Counter(seat.chair_vote_id for seat in sitting if seat.chair_vote_id)
    elected = next((seat for seat in experts if 2 * votes[seat.pk] > len(sitting)), None)
    return elected or (experts[0] if experts else None)


def moderator_of(panel: Panel, seat: Panellist) -> Panellist | None:
    """Who decides on this member's sheet: the chair, and on the chair's own the next expert."""
    chair = chair_of(panel)
    if chair is None or chair.pk != seat.pk:
        return chair
    others = panel.members.sitting().filter(kind=Panellist.Kind.EXPERT).exclude(pk=seat.pk)
    return others.select_related("user").order_by("position").first()
