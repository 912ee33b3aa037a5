"""A rating round from its call to the draw of its scorers (民政部令第39号)."""

import datetime
import secrets
from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import queries, roundnotices, roundpolicies
from evaluations.assignment import TooFewScorers, assign, digest_of
from evaluations.eligibility import conditions
from evaluations.models import Framework, RatingApplication, RatingRound, RatingSheet
from evaluations.scoring import rounded
from evaluations.ties import causes_by_organisation
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Membership, Organisation, Role, User

State = RatingApplication.State
BODY = slice(8, 17)  # of a USCC: the organisation's own nine characters, which no other bureau has (GB 32100)


@transaction.atomic
def call_round(
    bureau: Organisation,
    framework: Framework,
    *,
    title: str,
    text: str,
    closes_on: datetime.date,
    scoring_due_on: datetime.date,
    evaluators: Collection[Organisation],
    scorers_each: int = 2,
    by: User,
) -> RatingRound:
    """Call for applications. The digest of the seed is public from now on.

    Raises ValidationError: "not_rating", "dates", "no_evaluators", "not_evaluator".
    """
    authorise(roundpolicies.may_call_round, by, bureau)
    today = clock.today()
    if framework.kind != Framework.Kind.RATING:
        raise ValidationError({"framework": ValidationError(_("Choose a framework for ratings."), code="not_rating")})
    if closes_on <= today:
        raise ValidationError({"closes_on": ValidationError(_("Choose a day that is still to come."), code="dates")})
    if scoring_due_on <= closes_on:
        raise ValidationError(
            {"scoring_due_on": ValidationError(_("Scoring ends after the applications close."), code="dates")}
        )
    if not evaluators:
        raise ValidationError({"evaluators": ValidationError(_("Name the evaluators."), code="no_evaluators")})
    if any(one.kind != Organisation.Kind.EVALUATOR or one.state != Organisation.State.ACTIVE for one in evaluators):
        raise ValidationError(
            {"evaluators": ValidationError(_("Choose a third-party evaluator that is active."), code="not_evaluator")}
        )
    seed = secrets.token_hex(16)
    made = RatingRound.objects.create(
        number=f"PJ{bureau.uscc[BODY]}-{today.year}-{next_number(bureau, 'rating_round', today.year):02d}",
        bureau=bureau,
        framework=framework,
        title=title,
        text=text,
        closes_on=closes_on,
        scoring_due_on=scoring_due_on,
        scorers_each=scorers_each,
        seed=seed,
        seed_digest=digest_of(seed),
        called_by=by,
        called_at=clock.now(),
    )
    made.evaluators.set(evaluators)
    record("rating_round.opened", made, by=by, organisation=bureau, number=made.number, digest=made.seed_digest)
    return made


@transaction.atomic
def start_application(round: RatingRound, organisation: Organisation, *, by: User) -> RatingApplication:
    """An organisation begins to apply; the one begun already is given back. Raises ValidationError: "closed"."""
    round = locked_round(round)
    authorise(roundpolicies.may_apply, by, organisation)
    existing = round.applications.filter(organisation=organisation).first()
    if existing:
        return existing
    _refuse_closed(round)
    application = RatingApplication.objects.create(
        round=round, organisation=organisation, number=f"{round.number}-{round.applications.count() + 1:03d}"
    )
    record("rating_application.begun", application, by=by, organisation=organisation, number=application.number)
    return application


@transaction.atomic
def save_application(
    application: RatingApplication, *, statement: str, marks: Mapping[Any, int | None], by: User
) -> RatingApplication:
    """Keep what is written so far. `marks` are the organisation's own, by leaf id.

    Raises ValidationError: "closed", "state", "unknown_leaf", or by field "points_<leaf>" with "out_of_range".
    """
    application = locked_application(application)
    authorise(roundpolicies.may_apply, by, application.organisation)
    _refuse_closed(application.round)
    if application.state != State.DRAFT:
        raise ValidationError(_("This application has been handed in."), code="state")
    leaves = {leaf.pk: leaf for leaf in queries.scored_leaves(application.round.framework)}
    if set(marks) - set(leaves):
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")
    refuse_marks(marks, leaves)
    given = {pk: mark for pk, mark in marks.items() if mark is not None}
    shares = [Fraction(mark, leaves[pk].top) * Fraction(leaves[pk].weight) for pk, mark in given.items()]
    share = sum(shares, Fraction(0))
    application.statement = statement.strip()
    application.self_marks = {str(pk): mark for pk, mark in given.items()}
    application.self_points = rounded(share * application.round.framework.out_of / 100)
    application.save(update_fields=["statement", "self_marks", "self_points"])
    record("rating_application.saved", application, by=by, organisation=application.organisation)
    return application


@transaction.atomic
def submit_application(application: RatingApplication, *, is_declared: bool, by: User) -> RatingApplication:
    """Hand it in. What the system's data say of each condition is kept with it.

    Raises ValidationError: "closed", "state", "not_declared", "incomplete", "no_statement", "not_eligible" naming the
    conditions that are not met.
    """
    application = locked_application(application)
    authorise(roundpolicies.may_apply, by, application.organisation)
    _refuse_closed(application.round)
    if not can_proceed(application.submit):
        raise ValidationError(_("This application has been handed in."), code="state")
    if not application.statement:
        raise ValidationError(
            {"statement": ValidationError(_("Say what your organisation is and does."), code="no_statement")}
        )
    missing = [
        leaf.code
        for leaf in queries.scored_leaves(application.round.framework)
        if str(leaf.pk) not in application.self_marks
    ]
    if missing:
        raise ValidationError(
            _("These have no mark yet: %(codes)s."), code="incomplete", params={"codes": "、".join(missing)}
        )
    if not is_declared:
        raise ValidationError(
            {"is_declared": ValidationError(_("Declare that what you say is true."), code="not_declared")}
        )
    found = conditions(application.organisation, on=application.round.closes_on)
    unmet = [one for one in found if not one.met]
    if unmet:
        raise ValidationError(
            [
                ValidationError(
                    _("%(condition)s: not met, %(detail)s (%(source)s)."),
                    code="not_eligible",
                    params={"condition": one.label, "detail": one.detail, "source": one.source},
                )
                for one in unmet
            ]
        )
    application.submit()
    application.is_declared, application.findings = True, [one.stored() for one in found]
    application.submitted_by, application.submitted_at = by, clock.now()
    application.save(update_fields=["state", "is_declared", "findings", "submitted_by", "submitted_at"])
    record(
        "rating_application.submitted", application, by=by, organisation=application.organisation,
        own_points=str(application.self_points),
    )  # fmt: skip
    return application


@transaction.atomic
def close_round(round: RatingRound, *, by: User) -> RatingRound:
    """After the last day: no more applications; what was not handed in falls out. Raises ValidationError: "state",
    "open" while organisations may still apply."""
    round = locked_round(round)
    authorise(roundpolicies.may_run_round, by, round)
    if not can_proceed(round.close):
        raise ValidationError(_("This round is closed already."), code="state")
    if clock.today() <= round.closes_on:
        raise ValidationError(
            _("Organisations may apply until %(day)s."), code="open", params={"day": round.closes_on.isoformat()}
        )
    round.close()
    round.save(update_fields=["state"])
    record("rating_round.closed", round, by=by, organisation=round.bureau, number=round.number)
    return round


@transaction.atomic
def admit_application(application: RatingApplication, *, by: User) -> RatingApplication:
    """The officer has checked it. Raises ValidationError: "state"."""
    application = locked_application(application)
    authorise(roundpolicies.may_run_round, by, application.round)
    if not can_proceed(application.admit) or application.round.state != RatingRound.State.CHECKING:
        raise ValidationError(_("This application can't be decided now."), code="state")
    _decide(application, by)
    application.admit()
    application.save(update_fields=["state", "decided_by", "decided_at"])
    record("rating_application.admitted", application, by=by, organisation=application.round.bureau)
    return application


@transaction.atomic
def refuse_application(application: RatingApplication, *, reason: str, by: User) -> RatingApplication:
    """The officer has found what the data did not know. Raises ValidationError: "state", "empty"."""
    application = locked_application(application)
    authorise(roundpolicies.may_run_round, by, application.round)
    if not can_proceed(application.refuse) or application.round.state != RatingRound.State.CHECKING:
        raise ValidationError(_("This application can't be decided now."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write it down."), code="empty")})
    _decide(application, by)
    application.refuse()
    application.reason = reason.strip()
    application.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    record("rating_application.refused", application, by=by, organisation=application.round.bureau)
    transaction.on_commit(partial(roundnotices.tell_application.enqueue, str(application.pk), "refused"))
    return application


@transaction.atomic
def draw_scorers(round: RatingRound, *, by: User) -> RatingRound:
    """Give every admitted application its scorers, at random and without a tie; the seed becomes public.

    Every application is checked by now. Raises ValidationError: "state", "unchecked", "nobody", "too_few_scorers".
    """
    round = locked_round(round)
    authorise(roundpolicies.may_run_round, by, round)
    if not can_proceed(round.begin_scoring):
        raise ValidationError(_("The scorers can't be drawn now."), code="state")
    if round.applications.filter(state=State.SUBMITTED).exists():
        raise ValidationError(_("First check every application."), code="unchecked")
    admitted = {
        one.number: one for one in round.applications.filter(state=State.ADMITTED).select_related("organisation")
    }
    if not admitted:
        raise ValidationError(_("No application has been admitted."), code="nobody")
    scorers, employers = _pool(round)
    causes = causes_by_organisation(scorers, employers, [one.organisation for one in admitted.values()])
    excluded = {number: causes[one.organisation_id] for number, one in admitted.items()}
    by_id = {str(scorer.pk): scorer for scorer in scorers}
    try:
        drawn = assign(round.seed, list(admitted), sorted(by_id), excluded, each=round.scorers_each)
    except TooFewScorers as few:
        raise ValidationError(
            _("For %(number)s only %(left)s scorers without a tie are left: name another evaluator."),
            code="too_few_scorers",
            params={"number": few.number, "left": few.left},
        ) from None
    for number, application in admitted.items():
        application.excluded = excluded[number]
    RatingApplication.objects.bulk_update(admitted.values(), ["excluded"])
    RatingSheet.objects.bulk_create(
        [
            RatingSheet(application=admitted[number], scorer=by_id[scorer])
            for number, chosen in drawn.items()
            for scorer in chosen
        ]
    )
    round.begin_scoring()
    round.pool, round.drawn_at = sorted(by_id), clock.now()
    round.save(update_fields=["state", "pool", "drawn_at"])
    record(
        "rating_round.drawn", round, by=by, organisation=round.bureau,
        seed=round.seed, pool=len(by_id), applications=len(admitted),
    )  # fmt: skip
    transaction.on_commit(partial(roundnotices.tell_scorers.enqueue, str(round.pk)))
    return round


def _pool(round: RatingRound) -> tuple[list[User], dict[Any, Organisation]]:
    """Every scorer of the round's evaluators, with the evaluator that employs each."""
    held = (
        Membership.objects.filter(organisation__in=round.evaluators.all(), role=Role.EVALUATOR, ended_at=None)
        .filter(user__is_active=True)
        .select_related("user", "organisation")
        .order_by("user_id", "created_at")
    )
    employers = {one.user_id: one.organisation for one in held}
    return list({one.user_id: one.user for one in held}.values()), employers


def _decide(application: RatingApplication, by: User) -> None:
    application.decided_by, application.decided_at = by, clock.now()


def _refuse_closed(round: RatingRound) -> None:
    if not round.takes_applications:
        raise ValidationError(
            _("Applications closed on %(day)s."), code="closed", params={"day": round.closes_on.isoformat()}
        )


def refuse_marks(marks: Mapping[Any, int | Decimal | None], leaves: Mapping[Any, Any]) -> None:
    wrong = {
        f"points_{pk}": ValidationError(
            _("Give 0 to %(top)s points."), code="out_of_range", params={"top": leaves[pk].top}
        )
        for pk, given in marks.items()
        if given is not None and not 0 <= given <= leaves[pk].top
    }
    if wrong:
        raise ValidationError(wrong)


def locked_round(round: RatingRound) -> RatingRound:
    """The round as it is now, held until the transaction ends."""
    return (
        RatingRound.objects.select_for_update(of=("self",))
        .select_related("bureau__region", "framework")
        .get(pk=round.pk)
    )


def locked_application(application: RatingApplication) -> RatingApplication:
    """Its round first, then the application."""
    round = locked_round(RatingRound(pk=application.round_id))
    found = (
        RatingApplication.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=application.pk)
    )
    found.round = round
    return found
