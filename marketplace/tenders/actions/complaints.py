"""投诉: the finance department checks, serves, suspends, investigates and decides in its working days (Order 94)."""

import datetime
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import add_working_days, due_date, working_days_between

from .. import challengenotices as notices
from .. import policies
from ..casefiles import keep_file
from ..events import when_due
from ..events.challenges import SUSPENSION_ENDS
from ..models import BidBan, Challenge, ChallengeMatter, Complaint, ComplaintPause, Effect
from ..rulebook import day_of, limit, rule_for
from .challenges import locked_challenge
from .effects import carry_out, refuse_effect


@transaction.atomic
def file_complaint(
    challenge: Challenge,
    *,
    matters: Sequence[ChallengeMatter],
    words: str,
    reviewer: Organisation,
    files: Sequence[UploadedFile] = (),
    by: User,
) -> Complaint:
    """Within fifteen working days after the reply, or after it was due; only on what was challenged (REG 55).

    Raises ValidationError `not_yet`, `too_late`, `withdrawn`, `filed_already`, `not_challenged`, `words_missing`.
    """
    challenge = locked_challenge(challenge)
    authorise(policies.may_answer_for, by, challenge.supplier)
    if reviewer.kind != Organisation.Kind.FINANCE:
        raise ValidationError(
            {
                "reviewer": ValidationError(
                    _("Complaints go to a finance department (GPL, Article 55)."), code="reviewer"
                )
            }
        )
    if challenge.state == Challenge.State.WITHDRAWN:
        raise ValidationError(
            _("You took this challenge back: only what was challenged can be complained of."), code="withdrawn"
        )
    _refuse_out_of_time(challenge)
    if Complaint.objects.filter(challenge=challenge).exists():
        raise ValidationError(_("A complaint on this challenge has been filed."), code="filed_already")
    own = {matter.pk for matter in challenge.matters.all()}
    if not matters or any(matter.pk not in own for matter in matters):
        raise ValidationError(
            {
                "matters": ValidationError(
                    _(
                        "Choose among the matters of your challenge: nothing else can be complained of "
                        "(Regulation for Implementing the Government Procurement Law, Article 55)."
                    ),
                    code="not_challenged",
                )
            }
        )
    if not words.strip():
        raise ValidationError(
            {"words": ValidationError(_("Say why the reply does not satisfy."), code="words_missing")}
        )
    now = clock.now()
    complaint = Complaint.objects.create(
        challenge=challenge,
        reviewer=reviewer,
        words=words.strip(),
        filed_by=by,
        filed_at=now,
        check_due_at=limit(challenge.tender, "challenge.complaint_check", day_of(now)),
    )
    complaint.matters.set(matters)
    for upload in files:
        keep_file(upload, by=by, complaint=complaint)
    record("complaint.filed", complaint, by=by, organisation=challenge.supplier, number=challenge.number)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "filed"))
    return complaint


def complaint_ends(challenge: Challenge) -> datetime.datetime:
    """The last moment to complain: counted from the end of the time of reply (GPL 55)."""
    return limit(challenge.tender, "challenge.complaint_window", day_of(challenge.reply_due_at))


def _refuse_out_of_time(challenge: Challenge) -> None:
    now = clock.now()
    if challenge.state == Challenge.State.LODGED and now <= challenge.reply_due_at:
        raise ValidationError(
            _("The buyer still has time to reply (Government Procurement Law, Article 53)."), code="not_yet"
        )
    ends = complaint_ends(challenge)
    if now > ends:
        rule = rule_for(challenge.tender, "challenge.complaint_window")
        raise ValidationError(
            _("Complaints were due on %(due)s: %(value)s %(unit)s after the time of reply (%(source)s)."),
            code="too_late",
            params={
                "due": written_day(day_of(ends)),
                "value": rule.number,
                "unit": rule.get_unit_display(),
                "source": rule.citation,
            },
        )


def _locked(complaint: Complaint) -> Complaint:
    challenge = locked_challenge(Challenge.objects.get(pk=complaint.challenge_id))
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("reviewer").get(pk=complaint.pk)
    complaint.challenge = challenge
    return complaint


def _need(complaint: Complaint, *states: str) -> None:
    if complaint.state not in states:
        raise ValidationError(_("This can't be done with the complaint now."), code="wrong_state")


def _reason(reason: str, name: str = "reason") -> str:
    if not reason.strip():
        raise ValidationError({name: ValidationError(_("Say why."), code="reason_missing")})
    return reason.strip()


@transaction.atomic
def ask_correction(complaint: Complaint, *, reason: str, by: User) -> Complaint:
    """Something is missing: the complainant mends it, and that time is not counted (Order 94, Article 20)."""
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    _need(complaint, Complaint.State.FILED)
    complaint.refusal = _reason(reason)
    complaint.ask_correction()
    complaint.save(update_fields=["state", "refusal"])
    ComplaintPause.objects.create(complaint=complaint, kind=ComplaintPause.Kind.CORRECTION, began_at=clock.now())
    record("complaint.correction_asked", complaint, by=by, organisation=complaint.reviewer)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "correcting"))
    return complaint


@transaction.atomic
def correct_complaint(complaint: Complaint, *, words: str, files: Sequence[UploadedFile] = (), by: User) -> Complaint:
    """Handed in again: the time of checking begins anew."""
    complaint = _locked(complaint)
    authorise(policies.may_answer_for, by, complaint.challenge.supplier)
    _need(complaint, Complaint.State.CORRECTING)
    if not words.strip():
        raise ValidationError(
            {"words": ValidationError(_("Say why the reply does not satisfy."), code="words_missing")}
        )
    now = clock.now()
    for pause in complaint.pauses.select_for_update().filter(ended_at=None):
        pause.ended_at = now
        pause.save(update_fields=["ended_at"])
    complaint.correct()
    complaint.words, complaint.refusal = words.strip(), ""
    complaint.check_due_at = limit(complaint.challenge.tender, "challenge.complaint_check", day_of(now))
    complaint.save(update_fields=["state", "words", "refusal", "check_due_at"])
    for upload in files:
        keep_file(upload, by=by, complaint=complaint)
    record("complaint.corrected", complaint, by=by, organisation=complaint.challenge.supplier)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "filed"))
    return complaint


@transaction.atomic
def refuse_complaint(complaint: Complaint, *, reason: str, by: User) -> Complaint:
    """Not accepted, with the reason, told within three working days (Order 94, Article 21)."""
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    _need(complaint, Complaint.State.FILED, Complaint.State.CORRECTING)
    complaint.refusal = _reason(reason)
    complaint.refuse()
    complaint.decided_by, complaint.decided_at = by, clock.now()
    complaint.save(update_fields=["state", "refusal", "decided_by", "decided_at"])
    record("complaint.refused", complaint, by=by, organisation=complaint.reviewer)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "refused"))
    return complaint


@transaction.atomic
def accept_complaint(complaint: Complaint, *, suspend_days: int = 0, by: User) -> Complaint:
    """Accepted and served on the buyer and the suppliers concerned; the thirty working days run from its filing.

    `suspend_days` suspends the procurement, at most by the rule (GPL 57). Raises ValidationError `wrong_state`,
    `suspension_too_long`.
    """
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    _need(complaint, Complaint.State.FILED)
    tender, now = complaint.challenge.tender, clock.now()
    rule = rule_for(tender, "challenge.suspension_max")
    if suspend_days > (rule.value or 0):
        raise ValidationError(
            {
                "suspend_days": ValidationError(
                    _("A suspension lasts %(most)s days at most (%(source)s)."),
                    code="suspension_too_long",
                    params={"most": rule.number, "source": rule.citation},
                )
            }
        )
    complaint.accept()
    complaint.accepted_at = complaint.served_at = now
    complaint.serve_due_at = limit(tender, "challenge.complaint_service", day_of(complaint.filed_at))
    complaint.answer_due_at = limit(tender, "challenge.respondent_answer", day_of(now))
    complaint.decision_due_at = decision_due(complaint)
    if suspend_days:
        complaint.suspended_at = now
        complaint.suspended_until = clock.at_hour(day_of(now) + datetime.timedelta(days=suspend_days), 23, 59)
    complaint.save()
    record("complaint.accepted", complaint, by=by, organisation=complaint.reviewer, suspend_days=suspend_days)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "accepted"))
    return complaint


def decision_due(complaint: Complaint) -> datetime.datetime:
    """Thirty working days from acceptance, plus the working days that experts took (GPL 56; REG 58)."""
    tender = complaint.challenge.tender
    start = day_of(complaint.accepted_at or complaint.filed_at)
    day = due_date(start, rule_for(tender, "challenge.decision", on=start))
    ended = complaint.pauses.exclude(ended_at=None).filter(kind=ComplaintPause.Kind.EXPERT)
    paused = sum(working_days_between(day_of(pause.began_at), day_of(pause.ended_at)) for pause in ended)
    return clock.at_hour(add_working_days(day, paused), 23, 59)


@transaction.atomic
def answer_complaint(complaint: Complaint, *, answer: str, by: User) -> Complaint:
    """The buyer's written answer to the finance department, with its files, within five working days (94:22)."""
    complaint = _locked(complaint)
    authorise(policies.may_manage, by, complaint.challenge.tender)
    _need(complaint, Complaint.State.ACCEPTED)
    if not answer.strip():
        raise ValidationError({"answer": ValidationError(_("Write the answer."), code="words_missing")})
    complaint.answer, complaint.answered_at = answer.strip(), clock.now()
    complaint.save(update_fields=["answer", "answered_at"])
    record("complaint.answered", complaint, by=by, organisation=complaint.challenge.tender.bureau)
    return complaint


@transaction.atomic
def pause_complaint(complaint: Complaint, *, by: User) -> Complaint:
    """Experts examine something: the thirty working days stand still until `resume_complaint` (REG 58)."""
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    _need(complaint, Complaint.State.ACCEPTED)
    if complaint.pauses.filter(ended_at=None).exists():
        raise ValidationError(_("The clock stands still already."), code="paused")
    ComplaintPause.objects.create(complaint=complaint, kind=ComplaintPause.Kind.EXPERT, began_at=clock.now())
    record("complaint.paused", complaint, by=by, organisation=complaint.reviewer)
    return complaint


@transaction.atomic
def resume_complaint(complaint: Complaint, *, by: User) -> Complaint:
    """The experts are done: the decision is due later by the working days they took."""
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    pause = complaint.pauses.select_for_update().filter(ended_at=None).first()
    if pause is None:
        raise ValidationError(_("The clock does not stand still."), code="not_paused")
    pause.ended_at = clock.now()
    pause.save(update_fields=["ended_at"])
    complaint.decision_due_at = decision_due(complaint)
    complaint.save(update_fields=["decision_due_at"])
    record("complaint.resumed", complaint, by=by, organisation=complaint.reviewer)
    return complaint


@when_due(SUSPENSION_ENDS)
@transaction.atomic
def end_suspension(complaint: Complaint, *, by: User) -> Complaint:
    """The days of the suspension are over."""
    complaint = _locked(complaint)
    authorise(policies.may_run_the_clock, by, complaint)
    if complaint.suspended_until and complaint.suspended_until <= clock.now() and not complaint.suspension_lifted_at:
        complaint.suspension_lifted_at = clock.now()
        complaint.save(update_fields=["suspension_lifted_at"])
        record("complaint.suspension_ended", complaint, by=by, organisation=complaint.reviewer)
        transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "suspension_ended"))
    return complaint


@transaction.atomic
def withdraw_complaint(complaint: Complaint, *, by: User) -> Complaint:
    """The complainant takes it back: the procedure ends (Order 94, Article 30)."""
    complaint = _locked(complaint)
    authorise(policies.may_answer_for, by, complaint.challenge.supplier)
    _need(complaint, Complaint.State.FILED, Complaint.State.CORRECTING, Complaint.State.ACCEPTED)
    complaint.withdraw()
    _end(complaint)
    complaint.decided_at = clock.now()
    complaint.save()
    record("complaint.withdrawn", complaint, by=by, organisation=complaint.challenge.supplier)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "withdrawn"))
    return complaint


def _end(complaint: Complaint) -> None:
    now = clock.now()
    complaint.pauses.filter(ended_at=None).update(ended_at=now)
    if complaint.suspended_at and not complaint.suspension_lifted_at:
        complaint.suspension_lifted_at = now


@transaction.atomic
def decide_complaint(
    complaint: Complaint,
    *,
    is_upheld: bool,
    decision: str,
    effect: str = "",
    is_false: bool = False,
    ban_years: int = 0,
    by: User,
) -> Complaint:
    """The finance department's decision, published; upheld, its effect is carried out (Order 94, Articles 29 to 32).

    A complaint that is made up or rests on forged material puts the complainant on the list of bad conduct, barred for
    `ban_years` years, one to three (REG 73). Raises ValidationError `wrong_state`, `paused`, `words_missing`,
    `effect_missing`, `effect_impossible`, `ban_years`, `false_upheld`.
    """
    complaint = _locked(complaint)
    authorise(policies.may_review_complaint, by, complaint)
    _need(complaint, Complaint.State.ACCEPTED)
    if not decision.strip():
        raise ValidationError({"decision": ValidationError(_("Write the decision."), code="words_missing")})
    if complaint.pauses.filter(ended_at=None).exists():
        raise ValidationError(_("Experts are still at work: let the clock run again first."), code="paused")
    if is_upheld and is_false:
        raise ValidationError(
            {"is_false": ValidationError(_("A complaint that is upheld is not false."), code="false_upheld")}
        )
    if is_upheld:
        refuse_effect(complaint.challenge, effect)
        complaint.uphold()
    else:
        effect = ""
        complaint.reject()
    now = clock.now()
    _end(complaint)
    complaint.decision, complaint.effect, complaint.is_false = decision.strip(), effect, is_false
    complaint.decided_by, complaint.decided_at = by, now
    complaint.save()
    record("complaint.decided", complaint, by=by, organisation=complaint.reviewer, upheld=is_upheld, effect=effect)
    if is_false:
        _ban(complaint, ban_years, by)
    if effect and effect != Effect.NONE:
        carry_out(effect, complaint.challenge, reason=decision.strip(), by=by)
    transaction.on_commit(partial(notices.tell_complaint.enqueue, str(complaint.pk), "decided"))
    return complaint


def _ban(complaint: Complaint, years: int, by: User) -> BidBan:
    tender, today = complaint.challenge.tender, clock.today()
    least, most = rule_for(tender, "challenge.ban_min"), rule_for(tender, "challenge.ban_max")
    if not int(least.value or 0) <= years <= int(most.value or 0):
        raise ValidationError(
            {
                "ban_years": ValidationError(
                    _("The ban lasts %(least)s to %(most)s years (%(source)s)."),
                    code="ban_years",
                    params={"least": int(least.value or 0), "most": int(most.value or 0), "source": least.citation},
                )
            }
        )
    ban = BidBan.objects.create(
        organisation=complaint.challenge.supplier,
        complaint=complaint,
        begins_on=today,
        ends_on=today.replace(year=today.year + years) - datetime.timedelta(days=1)
        if (today.month, today.day) != (2, 29)
        else datetime.date(today.year + years, 2, 28),
        reason=complaint.decision,
    )
    record("organisation.banned", ban, by=by, organisation=complaint.challenge.supplier, until=ban.ends_on.isoformat())
    return ban
