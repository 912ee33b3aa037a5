"""What the screens of evaluations read."""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.rules.queries import resolve
from marketplace.search.queries import matching_ids

from . import policies
from .agreement import alpha
from .models import (
    Appeal,
    AppealLeaf,
    Engagement,
    Evidence,
    Framework,
    Indicator,
    Mark,
    Measurement,
    Moderation,
    Rectification,
    Scorecard,
    SheetEntry,
)
from .scoring import Line, result_lines, rounded
from .voices.hotline import upheld_complaints as upheld_complaints

SIDES = ("contract__buyer", "contract__supplier", "evaluator", "framework")


def leaves(framework: Framework) -> QuerySet[Indicator]:
    return framework.indicators.filter(top__isnull=False)


def computed_leaves(framework: Framework) -> QuerySet[Indicator]:
    """Those that the system's data answer."""
    return leaves(framework).exclude(measure="")


def scored_leaves(framework: Framework) -> QuerySet[Indicator]:
    """The leaves on a scorer's sheet: those that the system doesn't compute itself."""
    return leaves(framework).filter(measure="")


def points_by_leaf(engagement: Engagement) -> dict[Any, list[int | Fraction]]:
    """Every mark of the sheets handed in as it counts, by leaf, in the order of the sheets; of a computed leaf the
    points that were counted. Two statements."""
    found: dict[Any, list[int | Fraction]] = defaultdict(list)
    for leaf, counted_points in engagement.measurements.values_list("indicator", "points"):
        found[leaf].append(Fraction(counted_points))
    counted = Coalesce("moderation__points", "points")
    for leaf, points in _marks_in(engagement).annotate(counted=counted).values_list("indicator", "counted"):
        found[leaf].append(points)
    return found


def _marks_in(engagement: Engagement) -> QuerySet[Mark]:
    return Mark.objects.filter(scorecard__engagement=engagement, scorecard__state=Scorecard.State.SUBMITTED).order_by(
        "scorecard__created_at", "scorecard_id"
    )


def decided_leaves(engagement: Engagement) -> dict[Any, Decimal]:
    """What counts instead of the scorers' mean, by leaf. One statement."""
    upheld = AppealLeaf.objects.filter(appeal__engagement=engagement, upheld=True)
    return dict(upheld.values_list("indicator", "points"))


def results(engagement: Engagement) -> tuple[list[Line], Decimal]:
    """The tree of indicators with what counts on each. Five statements."""
    indicators = list(engagement.framework.indicators.all())
    lines, total = result_lines(indicators, points_by_leaf(engagement), decided_leaves(engagement))
    measured = {found.indicator_id: found for found in engagement.measurements.select_related("indicator")}
    return with_measurements(lines, total, measured)


def with_measurements(
    lines: list[Line], total: Decimal, measured: dict[Any, Measurement]
) -> tuple[list[Line], Decimal]:
    """The lines of computed leaves show what was counted instead of marks."""
    return [
        replace(line, marks=(), measured=measured[line.indicator.pk]) if line.indicator.pk in measured else line
        for line in lines
    ], total


@dataclass(frozen=True)
class Outlier:
    """A mark far from the other scorers' on the same leaf. `others` is the others' mean on the leaf's scale."""

    mark: Mark
    others: Decimal
    moderation: Moderation | None


def outliers(engagement: Engagement) -> list[Outlier]:
    """Marks whose distance from the others' mean is more than the rule's share of the scale. Two statements."""
    spread = Fraction(resolve("evaluation.outlier_spread").value) / 100
    by_leaf: dict[Any, list[Mark]] = defaultdict(list)
    for mark in _marks_in(engagement).select_related("indicator", "moderation", "scorecard__scorer"):
        by_leaf[mark.indicator_id].append(mark)
    found = []
    for marks in by_leaf.values():
        for mark in marks if len(marks) > 1 else ():
            others = Fraction(sum(other.points for other in marks) - mark.points, len(marks) - 1)
            if abs(mark.points - others) / mark.indicator.top > spread:
                found.append(Outlier(mark, rounded(others), getattr(mark, "moderation", None)))
    return sorted(found, key=lambda outlier: outlier.mark.indicator.position)


def sheet_totals(engagement: Engagement) -> list[tuple[str, Decimal, Decimal]]:
    """(a scorer without a name, what the sheet gives, what it could give) of every sheet handed in: the leaves that
    people mark, before any moderation. One statement."""
    totals: dict[Any, list[Fraction]] = {}
    rows = _marks_in(engagement).values_list("scorecard_id", "points", "indicator__top", "indicator__weight")
    for sheet, points, top, weight in rows:
        found = totals.setdefault(sheet, [Fraction(0), Fraction(0)])
        found[0] += Fraction(points, top) * Fraction(weight)
        found[1] += Fraction(weight)
    return [
        (_("Scorer %(number)s") % {"number": number}, rounded(given), rounded(full))
        for number, (given, full) in enumerate(totals.values(), start=1)
    ]


def agreement_of(engagement: Engagement) -> float | None:
    """Krippendorff's alpha over the scorers' own marks, before any moderation. One statement."""
    rows = _marks_in(engagement).values_list("scorecard_id", "indicator_id", "points", "indicator__top")
    return alpha((str(scorer), str(leaf), points / top) for scorer, leaf, points, top in rows)


@dataclass(frozen=True)
class Row:
    """One line of the paper sheet."""

    indicator: Indicator
    depth: int


def sheet_rows(scorecard: Scorecard) -> list[Row]:
    """The whole tree, as the sheet is drawn. One statement."""
    lines, _total = result_lines(list(scorecard.engagement.framework.indicators.all()), {})
    return [Row(line.indicator, line.depth) for line in lines]


def heads_of(scorecard: Scorecard) -> dict[str, list[SheetEntry]]:
    """What stands in each field of a sheet that is being filled in: one entry, or several of devices that did not know
    of each other, oldest first. One statement."""
    heads: dict[str, list[SheetEntry]] = defaultdict(list)
    for entry in scorecard.entries.filter(superseded_by=None):
        heads[entry.name].append(entry)
    return heads


def evidence_by_leaf(scorecard: Scorecard) -> dict[Any, list[Evidence]]:
    """The files laid to each leaf. One statement."""
    found: dict[Any, list[Evidence]] = defaultdict(list)
    for evidence in scorecard.evidence.all():
        found[evidence.indicator_id].append(evidence)
    return found


def published(*, text: str = "", grade: str = "", provider: Organisation | None = None) -> QuerySet[Engagement]:
    """Published evaluations, newest first."""
    found = Engagement.objects.published().select_related(*SIDES).order_by("-published_at")
    if grade:
        found = found.filter(grade=grade)
    if provider:
        found = found.filter(contract__supplier=provider)
    if text.strip():
        found = found.filter(pk__in=matching_ids(text, "evaluation"))
    return found


def desk_of(user: User, organisation: Organisation | None) -> QuerySet[Engagement]:
    """The engagements that the person's organisation takes part in, with how many sheets are in."""
    return (
        Engagement.objects.filter(
            Q(contract__buyer=organisation) | Q(evaluator=organisation) | Q(contract__supplier=organisation)
        )
        .select_related(*SIDES, "appeal")
        .annotate(
            sheets=Count("scorecards"),
            sheets_in=Count("scorecards", filter=Q(scorecards__state=Scorecard.State.SUBMITTED)),
        )
        .order_by("-created_at")
    )


def contracts_to_evaluate(user: User) -> QuerySet[Contract]:
    """Signed contracts and agreements of the person's bureaus that no evaluation is under way for."""
    mine = user.memberships.filter(ended_at=None, role=Role.OFFICER).values("organisation")
    return (
        Contract.objects.public()
        .filter(buyer__in=mine)
        .exclude(engagements__in=Engagement.objects.exclude(state=Engagement.State.PUBLISHED))
        .select_related("supplier")
    )


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Sheets to fill in, evaluations to start, conclude, reply to and publish."""
    if organisation is None or not user.is_authenticated:
        return []
    items = [
        WaitingItem(
            _("Fill in your scorecard: %(title)s") % {"title": sheet.engagement.contract.title},
            sheet.get_absolute_url(),
            due=sheet.engagement.due_on,
        )
        for sheet in Scorecard.objects.filter(
            scorer=user, state=Scorecard.State.OPEN, engagement__evaluator=organisation
        ).select_related("engagement__contract")
    ]
    speaks = has_role(user, organisation, Role.OWNER, Role.MANAGER)
    publishes = has_role(user, organisation, Role.OFFICER, Role.APPROVER)
    State = Engagement.State
    for engagement in desk_of(user, organisation).exclude(state=State.PUBLISHED):
        title, url = {"title": engagement.contract.title}, reverse("evaluations:work", args=[engagement.pk])
        if engagement.evaluator_id == organisation.pk and speaks:
            if engagement.state == State.PLANNED:
                items.append(WaitingItem(_("Name the scorers: %(title)s") % title, url, due=engagement.due_on))
            elif engagement.state == State.MODERATING:
                items.append(WaitingItem(_("Look at the outliers: %(title)s") % title, url, due=engagement.due_on))
            elif engagement.is_locked and not engagement.findings:
                items.append(WaitingItem(_("Write the findings: %(title)s") % title, url, due=engagement.due_on))
        elif engagement.contract.supplier_id == organisation.pk and speaks:
            if engagement.state == State.SCORED and engagement.findings:
                items.append(WaitingItem(_("Reply to the evaluation: %(title)s") % title, url, due=engagement.reply_by))
        elif engagement.contract.buyer_id == organisation.pk and publishes:
            if engagement.state == State.REPLIED:
                items.append(WaitingItem(_("Publish the evaluation: %(title)s") % title, url))
            elif engagement.state == State.APPEALED and engagement.appeal.state == Appeal.State.LODGED:
                items.append(WaitingItem(_("Name a second evaluator: %(title)s") % title, url))
    items += _rectifications_of(user, organisation)
    if policies.may_decide_appeals(user, organisation):
        given = Appeal.objects.filter(reviewer=organisation, state=Appeal.State.ASSIGNED)
        for appeal in given.select_related("engagement__contract"):
            words = _("Decide the appeal: %(title)s") % {"title": appeal.engagement.contract.title}
            items.append(WaitingItem(words, appeal.get_absolute_url(), due=appeal.due_on))
    return items


def _rectifications_of(user: User, organisation: Organisation) -> list[WaitingItem]:
    """What is to be planned, done or checked by this organisation."""
    State = Rectification.State
    ours = Rectification.objects.unfinished().select_related("engagement__contract")
    items = []
    if has_role(user, organisation, Role.OWNER, Role.MANAGER):
        for found in ours.filter(engagement__contract__supplier=organisation).exclude(state=State.REPORTED):
            words = _("Put right: %(title)s") % {"title": found.engagement.contract.title}
            items.append(WaitingItem(words, found.get_absolute_url(), due=found.due_on, tone="warn"))
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        for found in ours.filter(engagement__contract__buyer=organisation, state=State.REPORTED):
            words = _("Check what was put right: %(title)s") % {"title": found.engagement.contract.title}
            items.append(WaitingItem(words, found.get_absolute_url(), due=found.due_on))
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None or not user.is_authenticated:
        return []
    if not has_role(user, organisation, Role.OFFICER, Role.APPROVER, Role.OWNER, Role.MANAGER, Role.EVALUATOR):
        return []
    if organisation.kind not in (
        Organisation.Kind.BUREAU, Organisation.Kind.EVALUATOR,
        Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE,
    ):  # fmt: skip
        return []
    needs = [
        DeskLink(
            _("Needs and supply"),
            reverse("evaluations:needs_desk"),
            _("Community by community, what is missing"),
            group=DeskGroup.QUALITY,
        )
    ]
    return [
        DeskLink(
            _("Evaluations"),
            reverse("evaluations:desk"),
            _("Independent findings on the contracts, and the replies."),
            group=DeskGroup.QUALITY,
        ),
        *(needs if organisation.kind == Organisation.Kind.BUREAU else []),
    ]
