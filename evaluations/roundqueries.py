"""What the screens of rating rounds read."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.search.queries import matching_ids

from . import queries
from .models import Certificate, RatingApplication, RatingMark, RatingObjection, RatingRound, RatingSheet
from .scoring import Line, result_lines

State = RatingApplication.State


def rounds(*, text: str = "") -> QuerySet[RatingRound]:
    """Every round is public from its call. Newest first, with how many organisations are in it."""
    found = (
        RatingRound.objects.select_related("bureau", "framework")
        .annotate(applicants=Count("applications", filter=~Q(applications__state=State.DRAFT)))
        .order_by("-called_at")
    )
    return found.filter(pk__in=matching_ids(text, "rating")) if text.strip() else found


def results(round: RatingRound) -> QuerySet[RatingApplication]:
    """The published standings."""
    return (
        round.applications.standing()
        .filter(points__isnull=False)
        .select_related("organisation", "certificate")
        .order_by("rank", "number")
    )


def worklist(round: RatingRound) -> QuerySet[RatingApplication]:
    """The bureau's table: every application handed in, with how many of its sheets are in."""
    return (
        round.applications.exclude(state=State.DRAFT)
        .select_related("organisation", "objection", "certificate")
        .annotate(
            sheet_count=Count("sheets"),
            sheets_in=Count("sheets", filter=Q(sheets__state=RatingSheet.State.SUBMITTED)),
        )
        .order_by("number")
    )


def level_counts(round: RatingRound) -> list[tuple[str, int]]:
    """(level, how many), highest first; what reached none last, as an empty level."""
    found = dict(results(round).order_by().values_list("level").annotate(number=Count("pk")))
    levels = [band["level"] for band in round.framework.bands]
    return [(level, found.get(level, 0)) for level in [*levels, ""]]


def application_lines(application: RatingApplication) -> tuple[list[Line], Decimal]:
    """The tree of one application with the marks of every sheet, and the total of 100. Four statements."""
    indicators = list(application.round.framework.indicators.all())
    points: dict[Any, list[int | Fraction]] = {}
    for leaf, given in (
        RatingMark.objects.filter(sheet__application=application, sheet__state=RatingSheet.State.SUBMITTED)
        .order_by("sheet__created_at", "sheet_id")
        .values_list("indicator", "points")
    ):
        points.setdefault(leaf, []).append(given)
    measured = {one.indicator_id: one for one in application.measurements.select_related("indicator")}
    points |= {pk: [Fraction(one.points)] for pk, one in measured.items()}
    by_text = {str(indicator.pk): indicator.pk for indicator in indicators}
    decided = {by_text[pk]: Decimal(given) for pk, given in application.decided_marks.items()}
    return queries.with_measurements(*result_lines(indicators, points, decided), measured)


@dataclass(frozen=True)
class PointLine:
    """One line in the points of the place: the leaf's share times the full points."""

    line: Line
    points: Decimal
    full: Decimal


def in_points(lines: list[Line], out_of: int) -> list[PointLine]:
    def turned(number: Decimal) -> Decimal:
        return number * out_of / 100

    return [PointLine(line, turned(line.score), turned(line.indicator.weight)) for line in lines]


def sheets_of(user: User) -> QuerySet[RatingSheet]:
    """One's own sheets of rounds under way, the open ones first."""
    return (
        RatingSheet.objects.filter(scorer=user)
        .select_related("application__round", "application__organisation__region")
        .order_by("state", "-application__round__called_at", "application__number")
    )


def my_application(round: RatingRound, organisation: Organisation | None) -> RatingApplication | None:
    return round.applications.filter(organisation=organisation).first() if organisation else None


def certificates_to_seal(round: RatingRound) -> QuerySet[Certificate]:
    return Certificate.objects.filter(application__round=round, paper=None, withdrawn_on=None)


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Sheets to fill in, applications to finish and to check, objections to decide, certificates to seal."""
    if organisation is None or not user.is_authenticated:
        return []
    items = []
    left = RatingSheet.objects.filter(
        scorer=user, state=RatingSheet.State.OPEN, application__round__evaluators=organisation
    )
    for round in RatingRound.objects.filter(applications__sheets__in=left).annotate(left=Count("pk")):
        words = _("Fill in %(count)s sheets: %(title)s") % {"count": round.left, "title": round.title}
        items.append(WaitingItem(words, reverse("evaluations:rating_sheets"), due=round.scoring_due_on))
    if has_role(user, organisation, Role.OWNER, Role.MANAGER):
        drafts = RatingApplication.objects.filter(
            organisation=organisation,
            state=State.DRAFT,
            round__state=RatingRound.State.OPEN,
            round__closes_on__gte=clock.today(),
        )
        for draft in drafts.select_related("round"):
            words = _("Finish your application: %(title)s") % {"title": draft.round.title}
            items.append(WaitingItem(words, draft.get_absolute_url(), due=draft.round.closes_on))
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        items += _for_bureau(organisation)
    return items


def _for_bureau(bureau: Organisation) -> list[WaitingItem]:
    State = RatingRound.State
    items = []
    for round in RatingRound.objects.filter(bureau=bureau).exclude(state__in=[State.CONCLUDED]):
        desk, title = reverse("evaluations:round_desk", args=[round.number]), {"title": round.title}
        if round.state == State.OPEN and clock.today() > round.closes_on:
            items.append(WaitingItem(_("Close the applications: %(title)s") % title, desk))
        elif round.state == State.CHECKING:
            items.append(WaitingItem(_("Check the applications: %(title)s") % title, desk))
        elif round.state == State.RANKED:
            items.append(WaitingItem(_("Publish the levels: %(title)s") % title, desk))
        elif round.state == State.NOTICED and clock.today() > round.notice_until:
            items.append(WaitingItem(_("Give the levels: %(title)s") % title, desk))
    objections = RatingObjection.objects.filter(
        application__round__bureau=bureau, state=RatingObjection.State.LODGED
    ).select_related("application__organisation")
    for objection in objections:
        words = _("Decide the objection of %(name)s") % {"name": objection.application.organisation}
        items.append(WaitingItem(words, objection.application.get_absolute_url(), due=objection.due_on))
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    """Rounds, for those who call, apply or score."""
    if organisation is None or not has_role(
        user, organisation, Role.OFFICER, Role.APPROVER, Role.OWNER, Role.EVALUATOR
    ):
        return []
    if organisation.kind not in (
        Organisation.Kind.BUREAU, Organisation.Kind.EVALUATOR, Organisation.Kind.SOCIAL_ORGANISATION
    ):  # fmt: skip
        return []
    words = _("Rounds, applications, sheets and certificates.")
    return [DeskLink(_("Ratings 1A to 5A"), reverse("evaluations:rounds"), words, group=DeskGroup.QUALITY)]
