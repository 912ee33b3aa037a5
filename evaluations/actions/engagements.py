"""An evaluation from its plan to its publication."""

import datetime
from collections import Counter
from collections.abc import Collection
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts.actions import note_evaluation
from contracts.models import Contract
from evaluations import documents, notices, policies, ties
from evaluations.models import Engagement, Framework, Scorecard
from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import rate_provider
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.rules.queries import resolve
from marketplace.search.actions import index

from .locking import locked
from .scorecards import second_sheet


@transaction.atomic
def plan_engagement(
    contract: Contract,
    framework: Framework,
    evaluator: Organisation,
    *,
    due_on: datetime.date,
    appointment: str = "",
    by: User,
) -> Engagement:
    """A bureau asks an independent organisation to evaluate a contract. The contract by which it has hired the
    evaluator is found; without one, `appointment` says on what grounds.

    Raises ValidationError: "not_signed" for a contract that nobody is bound by yet, "not_evaluator", "tied" when
    people, a contract or kinship tie the evaluator to a side of the contract, "not_hired", "already" while another
    evaluation of the contract is under way, "past" for a day that is gone.
    """
    contract = Contract.objects.select_for_update(of=("self",)).select_related("buyer", "supplier").get(pk=contract.pk)
    authorise(policies.may_plan, by, contract)
    today = clock.today()
    if not contract.is_public:
        raise ValidationError(_("Only a signed contract can be evaluated."), code="not_signed")
    if evaluator.kind != Organisation.Kind.EVALUATOR or evaluator.state != Organisation.State.ACTIVE:
        raise ValidationError(
            {"evaluator": ValidationError(_("Choose a third-party evaluator that is active."), code="not_evaluator")}
        )
    hired_by = ties.hiring_contract(contract.buyer, evaluator)
    _refuse_ties(evaluator, contract, hired_by)
    if hired_by is None and not appointment.strip():
        raise ValidationError(
            {
                "appointment": ValidationError(
                    _("Your bureau has no contract with this evaluator here: write how it was hired (%(source)s)."),
                    code="not_hired",
                    params={"source": resolve("evaluation.hired").citation},
                )
            }
        )
    if contract.engagements.exclude(state=Engagement.State.PUBLISHED).exists():
        raise ValidationError(_("An evaluation of this contract is already under way."), code="already")
    if due_on <= today:
        raise ValidationError({"due_on": ValidationError(_("Choose a day that is still to come."), code="past")})

    engagement = Engagement.objects.create(
        number=f"{contract.number}-E{next_number(contract.buyer, 'engagement', today.year):03d}",
        contract=contract,
        framework=framework,
        evaluator=evaluator,
        hired_by=hired_by,
        appointment=appointment.strip(),
        due_on=due_on,
        planned_by=by,
    )
    record("engagement.planned", engagement, by=by, organisation=contract.buyer, contract=contract.number)
    transaction.on_commit(partial(notices.tell_planned.enqueue, str(engagement.pk)))
    return engagement


@transaction.atomic
def start_scoring(engagement: Engagement, *, scorers: Collection[User], is_independent: bool, by: User) -> Engagement:
    """The evaluator declares its independence and names its scorers; each gets a sheet.

    Raises ValidationError: "state", "not_declared", "tied", "no_scorers", "second_sheet" for a person named
    twice, "not_ours" for a scorer who isn't an evaluator of this organisation.
    """
    engagement = locked(engagement)
    authorise(policies.may_start, by, engagement)
    if not can_proceed(engagement.start):
        raise ValidationError(_("Scoring has already begun."), code="state")
    if not is_independent:
        raise ValidationError(
            {
                "is_independent": ValidationError(
                    _("Without the declaration of independence nobody may score."), code="not_declared"
                )
            }
        )
    _refuse_ties(engagement.evaluator, engagement.contract, engagement.hired_by)
    if not scorers:
        raise ValidationError({"scorers": ValidationError(_("Name at least one scorer."), code="no_scorers")})
    if twice := [scorer for scorer, times in Counter(scorers).items() if times > 1]:
        raise ValidationError({"scorers": ValidationError(second_sheet(twice[0]), code="second_sheet")})
    if not all(has_role(scorer, engagement.evaluator, Role.EVALUATOR) for scorer in scorers):
        raise ValidationError(
            {"scorers": ValidationError(_("Every scorer must be an evaluator of your organisation."), code="not_ours")}
        )

    engagement.start()
    engagement.declared_by, engagement.declared_at = by, clock.now()
    engagement.save(update_fields=["state", "declared_by", "declared_at"])
    Scorecard.objects.bulk_create([Scorecard(engagement=engagement, scorer=scorer) for scorer in scorers])
    record("engagement.started", engagement, by=by, organisation=engagement.evaluator, scorers=len(scorers))
    transaction.on_commit(partial(notices.tell_scorers.enqueue, str(engagement.pk)))
    return engagement


@transaction.atomic
def conclude(engagement: Engagement, *, findings: str, recommendations: str, by: User) -> Engagement:
    """The evaluator writes what it found. Open from the lock to the publication; publishing waits for it.

    Raises ValidationError: "state", "no_findings".
    """
    engagement = locked(engagement)
    authorise(policies.may_conclude, by, engagement)
    if not can_proceed(engagement.publish):
        raise ValidationError(_("Findings are written once every sheet is in, and before publication."), code="state")
    if not findings.strip():
        raise ValidationError({"findings": ValidationError(_("Write what was found."), code="no_findings")})

    engagement.findings, engagement.recommendations = findings.strip(), recommendations.strip()
    engagement.save(update_fields=["findings", "recommendations"])
    record("engagement.concluded", engagement, by=by, organisation=engagement.evaluator)
    transaction.on_commit(partial(notices.tell_concluded.enqueue, str(engagement.pk)))
    return engagement


@transaction.atomic
def reply_to_engagement(engagement: Engagement, *, text: str, by: User) -> Engagement:
    """The provider answers once, until the day that the rule gives.

    Raises ValidationError: "state", "not_concluded" while there is nothing to answer, "too_late", "empty".
    """
    engagement = locked(engagement)
    authorise(policies.may_reply, by, engagement)
    if engagement.state != Engagement.State.SCORED:
        raise ValidationError(_("There is nothing to reply to now."), code="state")
    if not engagement.findings:
        raise ValidationError(_("The evaluator has not written its findings yet."), code="not_concluded")
    if clock.today() > engagement.reply_by:
        raise ValidationError(
            _("The time to reply ended on %(day)s."), code="too_late", params={"day": engagement.reply_by.isoformat()}
        )
    if not text.strip():
        raise ValidationError({"text": ValidationError(_("Write your reply."), code="empty")})

    engagement.take_reply()
    engagement.reply, engagement.replied_by, engagement.replied_at = text.strip(), by, clock.now()
    engagement.save(update_fields=["state", "reply", "replied_by", "replied_at"])
    record("engagement.replied", engagement, by=by, organisation=engagement.contract.supplier)
    transaction.on_commit(partial(notices.tell_replied.enqueue, str(engagement.pk)))
    return engagement


@transaction.atomic
def publish_engagement(engagement: Engagement, *, by: User) -> Engagement:
    """Publish score, findings and reply; print the report; the grade goes to the directory.

    Raises ValidationError: "state", "not_concluded", "reply_time" while the provider may still reply.
    """
    engagement = locked(engagement)
    authorise(policies.may_publish, by, engagement)
    if not can_proceed(engagement.publish):
        raise ValidationError(_("This evaluation can't be published now."), code="state")
    if not engagement.findings:
        raise ValidationError(_("The evaluator has not written its findings yet."), code="not_concluded")
    if engagement.state == Engagement.State.SCORED and clock.today() <= engagement.reply_by:
        raise ValidationError(
            _("The provider may reply until %(day)s."),
            code="reply_time",
            params={"day": engagement.reply_by.isoformat()},
        )

    engagement.publish()
    engagement.published_at = clock.now()
    engagement.save(update_fields=["state", "published_at"])
    engagement.report = documents.print_report(engagement, by=by)
    engagement.save(update_fields=["report"])
    rate_provider(
        engagement.contract.supplier,
        grade=engagement.grade,
        score=engagement.score,
        evaluated_on=clock.today(),
        source=engagement.evaluator.name,
        title=engagement.contract.title,
        url=engagement.public_path,
        by=by,
    )
    note_evaluation(
        engagement.contract,
        reference=engagement.number,
        grade=engagement.grade,
        score=engagement.score,
        url=engagement.public_path,
        by=by,
    )
    index(
        engagement,
        kind="evaluation",
        title=engagement.contract.title,
        text=f"{engagement.contract.supplier.name} {engagement.evaluator.name} {engagement.findings}",
        url=engagement.public_path,
    )
    record(
        "engagement.published", engagement, by=by, organisation=engagement.contract.buyer,
        score=str(engagement.score), grade=engagement.grade,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_published.enqueue, str(engagement.pk)))
    return engagement


def _refuse_ties(evaluator: Organisation, contract: Contract, hired_by: Contract | None) -> None:
    found = ties.ties_of(evaluator, contract, hired_by=hired_by)
    if found:
        raise ValidationError(
            {
                "evaluator": ValidationError(
                    "%(ties)s %(advice)s",
                    code="tied",
                    params={
                        "ties": " ".join(ties.words(kind, side) for kind, side in found),
                        "advice": _("Choose another evaluator (%(source)s).")
                        % {"source": resolve("evaluation.independence").citation},
                    },
                )
            }
        )
