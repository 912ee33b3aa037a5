"""The draws of a panel, as anyone may check them."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ..drawing import draw
from ..models import ExpertTie, Panel, Panellist, Tender

CAUSES: dict[str, object] = {
    "own_unit": _("Staff of the buyer (REG 39)"),
    "employed": _("Member of a bidder within three years (REG 9)"),
    "runs_tender": _("Drafted, handed in or approved this tender"),
}


def cause_text(cause: str) -> str:
    """Why an expert was kept out of the draw."""
    kinds: dict[str, object] = {str(value): label for value, label in ExpertTie.Kind.choices}
    return str(CAUSES.get(cause) or kinds.get(cause, cause))


@dataclass(frozen=True)
class DrawView:
    """One draw: what went in, and the order that came out. Names stand only beside those who were seated."""

    seed: str
    drawn_at: str
    pool: list[str]
    order: list[tuple[int, str, str, str]]  # place, id, name, what became of the seat
    excluded: list[tuple[str, str]]
    is_current: bool


def draws_of(tender: Tender) -> list[DrawView]:
    """The draw that counts and the dismissed ones before it; names once the result is out. Two statements."""
    panel = Panel.objects.filter(tender=tender).first()
    if panel is None:
        return []
    shows_names = tender.state in (Tender.State.AWARDED, Tender.State.FAILED)
    seats = {str(seat.user_id): seat for seat in panel.members.select_related("user")}

    def order(seed: str, pool: list[str]) -> list[tuple[int, str, str, str]]:
        return [
            (
                place,
                pk,
                seats[pk].user.name if shows_names and pk in seats else "",
                _became(seats[pk]) if pk in seats else "",
            )
            for place, pk in enumerate(draw(seed, pool), start=1)
        ]

    current = DrawView(
        panel.seed,
        panel.drawn_at.isoformat(),
        panel.pool,
        order(panel.seed, panel.pool),
        [(pk, cause_text(cause)) for pk, cause in panel.excluded],
        True,
    )
    earlier = [
        DrawView(one["seed"], one["drawn_at"], one["pool"], order(one["seed"], one["pool"]), [], False)
        for one in reversed(panel.earlier_draws)
    ]
    return [current, *earlier]


def _became(seat: Panellist) -> str:
    if seat.state in (Panellist.State.RECUSED, Panellist.State.DISMISSED):
        return str(seat.get_state_display())
    return str(_("On the panel"))
