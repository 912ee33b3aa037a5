"""A rating round's results: published for objections, then given, with a sealed certificate for each level."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import queries, rounddocuments, roundnotices, roundpolicies
from evaluations.models import Certificate, RatingApplication, RatingObjection, RatingRound
from evaluations.ranking import standings
from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import grant_level, withdraw_level
from marketplace.pages import clock
from marketplace.papers.actions import sign_paper
from marketplace.parties.actions import next_number
from marketplace.parties.models import User
from marketplace.rules.calendar import add_months, due_date
from marketplace.rules.queries import resolve
from marketplace.search.actions import index

from .rounds import BODY, locked_application, locked_round, refuse_marks
from .roundscoring import keep_standings

MONTHS_A_YEAR = 12


@transaction.atomic
def publish_notice(round: RatingRound, *, by: User) -> RatingRound:
    """Anyone may read points and levels, and applicants object, for the days of the rule. Raises ValidationError:
    "state"."""
    round = locked_round(round)
    authorise(roundpolicies.may_run_round, by, round)
    if not can_proceed(round.notice):
        raise ValidationError(_("There is nothing to publish now."), code="state")
    today = clock.today()
    round.notice()
    round.noticed_at = clock.now()
    round.notice_until = due_date(today, resolve("rating.notice_period", on=today, region=round.bureau.region))
    round.save(update_fields=["state", "noticed_at", "notice_until"])
    index(round, kind="rating", title=round.title, text=round.text, url=round.public_path)
    record("rating_round.published", round, by=by, organisation=round.bureau, until=round.notice_until.isoformat())
    transaction.on_commit(partial(roundnotices.tell_noticed.enqueue, str(round.pk)))
    return round


@transaction.atomic
def lodge_objection(application: RatingApplication, *, text: str, by: User) -> RatingObjection:
    """The applicant asks once for another look. Raises ValidationError: "state", "too_late", "already", "empty"."""
    application = locked_application(application)
    authorise(roundpolicies.may_apply, by, application.organisation)
    round = application.round
    if round.state != RatingRound.State.NOTICED or application.state != RatingApplication.State.SCORED:
        raise ValidationError(_("There is nothing to object to now."), code="state")
    if clock.today() > round.notice_until:
        raise ValidationError(
            _("The time to object ended on %(day)s."), code="too_late", params={"day": round.notice_until.isoformat()}
        )
    if RatingObjection.objects.filter(application=application).exists():
        raise ValidationError(_("You have objected already."), code="already")
    if not text.strip():
        raise ValidationError({"text": ValidationError(_("Say why."), code="empty")})
    today = clock.today()
    objection = RatingObjection.objects.create(
        application=application,
        text=text.strip(),
        lodged_by=by,
        lodged_at=clock.now(),
        due_on=due_date(today, resolve("rating.objection_period", on=today, region=round.bureau.region)),
        points_before=application.points,
        level_before=application.level,
    )
    record("rating_objection.lodged", objection, by=by, organisation=application.organisation)
    transaction.on_commit(partial(roundnotices.tell_objection.enqueue, str(objection.pk), "lodged"))
    return objection


@transaction.atomic
def decide_objection(
    objection: RatingObjection, *, answer: str, marks: Mapping[Any, Decimal | None], by: User
) -> RatingObjection:
    """Answer it; `marks` are the points that count from now on, by leaf id, None where the scorers' stand.

    Every place in the round is made anew. Raises ValidationError: "state", "empty", "unknown_leaf", "out_of_range".
    """
    application = locked_application(RatingApplication.objects.get(objection=objection))
    objection = RatingObjection.objects.select_for_update().get(pk=objection.pk)
    authorise(roundpolicies.may_decide_objection, by, application)
    if not can_proceed(objection.decide):
        raise ValidationError(_("This objection has been decided."), code="state")
    if not answer.strip():
        raise ValidationError({"answer": ValidationError(_("Write it down."), code="empty")})
    leaves = {leaf.pk: leaf for leaf in queries.leaves(application.round.framework)}
    if set(marks) - set(leaves):
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")
    refuse_marks(marks, leaves)
    changed = {str(pk): str(points) for pk, points in marks.items() if points is not None}
    application.decided_marks = changed
    application.save(update_fields=["decided_marks"])
    objection.decide()
    objection.answer, objection.is_upheld = answer.strip(), bool(changed)
    objection.decided_by, objection.decided_at = by, clock.now()
    objection.save(update_fields=["state", "answer", "is_upheld", "decided_by", "decided_at"])
    if changed:
        keep_standings(application.round, standings(application.round))
        application = RatingApplication.objects.get(pk=application.pk)
    record(
        "rating_objection.decided", objection, by=by, upheld=bool(changed),
        points_before=str(objection.points_before), points=str(application.points), level=application.level,
    )  # fmt: skip
    transaction.on_commit(partial(roundnotices.tell_objection.enqueue, str(objection.pk), "decided"))
    return objection


@transaction.atomic
def conclude_round(round: RatingRound, *, by: User) -> RatingRound:
    """Give the levels, tell the directory. Certificates are sealed afterwards, one by one.

    Raises ValidationError: "state", "notice" while organisations may object, "objections" while one waits.
    """
    round = locked_round(round)
    authorise(roundpolicies.may_run_round, by, round)
    if not can_proceed(round.conclude):
        raise ValidationError(_("This round can't be concluded now."), code="state")
    if clock.today() <= round.notice_until:
        raise ValidationError(
            _("Organisations may object until %(day)s."), code="notice", params={"day": round.notice_until.isoformat()}
        )
    waiting = RatingObjection.objects.filter(application__round=round, state=RatingObjection.State.LODGED)
    if waiting.exists():
        raise ValidationError(_("First decide every objection."), code="objections")
    today = clock.today()
    years = int(resolve("rating.validity", on=today, region=round.bureau.region).value)
    until = add_months(today, years * MONTHS_A_YEAR)
    rated = list(round.applications.filter(state=RatingApplication.State.SCORED).select_related("organisation"))
    for application in rated:
        application.rate()
        if application.level:
            _grant(application, round, today, until, by)
    RatingApplication.objects.bulk_update(rated, ["state"])
    round.conclude()
    round.concluded_at = clock.now()
    round.save(update_fields=["state", "concluded_at"])
    record("rating_round.concluded", round, by=by, organisation=round.bureau, rated=len(rated))
    transaction.on_commit(partial(roundnotices.tell_concluded.enqueue, str(round.pk)))
    return round


def _grant(application: RatingApplication, round: RatingRound, today: Any, until: Any, by: User) -> None:
    number = next_number(round.bureau, "level_certificate", today.year)
    certificate = Certificate.objects.create(
        application=application,
        organisation=application.organisation,
        number=f"DJ{round.bureau.uscc[BODY]}-{today.year}-{number:04d}",
        level=application.level,
        awarded_on=today,
        valid_until=until,
    )
    grant_level(
        application.organisation,
        level=application.level,
        points=application.points,
        out_of=round.framework.out_of,
        title=round.title,
        source=round.bureau.name,
        awarded_on=today,
        valid_until=until,
        url=certificate.public_path,
        by=by,
    )


@transaction.atomic
def seal_certificate(certificate: Certificate, *, by: User) -> Certificate:
    """Print a certificate and set the bureau's seal on it, in the name of its signatory. Raises ValidationError:
    "sealed"."""
    certificate = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("application__round__bureau", "application__round__framework", "organisation")
        .get(pk=certificate.pk)
    )
    round = certificate.application.round
    authorise(roundpolicies.may_seal_certificates, by, round)
    if certificate.paper_id:
        raise ValidationError(_("This certificate has been sealed."), code="sealed")
    certificate.paper = rounddocuments.print_certificate(certificate, by=by)
    certificate.save(update_fields=["paper"])
    sign_paper(certificate.paper, signer=by, organisation=round.bureau, reason=f"{certificate.level}等级证书", by=by)
    record("certificate.sealed", certificate, by=by, organisation=round.bureau, number=certificate.number)
    return certificate


@transaction.atomic
def withdraw_certificate(certificate: Certificate, *, reason: str, by: User) -> Certificate:
    """The level is taken back before its years are over; the directory shows it. Raises ValidationError: "state",
    "empty"."""
    certificate = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("application__round__bureau", "organisation")
        .get(pk=certificate.pk)
    )
    authorise(roundpolicies.may_run_round, by, certificate.application.round)
    if certificate.withdrawn_on:
        raise ValidationError(_("This level has been withdrawn already."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write it down."), code="empty")})
    certificate.withdrawn_on, certificate.withdrawal = clock.today(), reason.strip()
    certificate.save(update_fields=["withdrawn_on", "withdrawal"])
    withdraw_level(certificate.organisation, url=certificate.public_path, on=certificate.withdrawn_on, by=by)
    record("certificate.withdrawn", certificate, by=by, number=certificate.number)
    transaction.on_commit(partial(roundnotices.tell_withdrawn.enqueue, str(certificate.pk)))
    return certificate
