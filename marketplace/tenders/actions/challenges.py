"""询问 and 质疑: suppliers ask and challenge, the buyer answers in its working days."""

from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User

from .. import challengenotices as notices
from .. import policies
from ..casefiles import keep_file
from ..challengerules import window_ends
from ..drawing import GONE
from ..models import Challenge, ChallengeMatter, Effect, Lot, Query, Step, Tender
from ..rulebook import day_of, limit, rule_for
from .effects import carry_out, refuse_effect
from .locking import locked_tender


@transaction.atomic
def ask_query(
    tender: Tender, supplier: Organisation, *, words: str, may_affect_result: bool = False, by: User
) -> Query:
    """A supplier asks the buyer about the procurement; the buyer answers within three working days (REG 52).

    Raises ValidationError `not_public`, `words_missing`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_answer_for, by, supplier)
    if not tender.is_public:
        raise ValidationError(_("This tender is not published."), code="not_public")
    if not words.strip():
        raise ValidationError({"words": ValidationError(_("Write your question."), code="words_missing")})
    now = clock.now()
    query = Query.objects.create(
        tender=tender,
        supplier=supplier,
        words=words.strip(),
        may_affect_result=may_affect_result,
        asked_by=by,
        asked_at=now,
        reply_due_at=limit(tender, "challenge.query_reply", day_of(now)),
    )
    record("query.asked", query, by=by, organisation=supplier, tender=tender.number)
    transaction.on_commit(partial(notices.tell_query_asked.enqueue, str(query.pk)))
    return query


@transaction.atomic
def answer_query(query: Query, *, reply: str, by: User) -> Query:
    """The buyer answers. Raises ValidationError `words_missing`, `answered_already`."""
    tender = locked_tender(query.tender_id)
    authorise(policies.may_manage, by, tender)
    query = Query.objects.select_for_update().get(pk=query.pk)
    if query.state != Query.State.ASKED:
        raise ValidationError(_("This query has been answered."), code="answered_already")
    if not reply.strip():
        raise ValidationError({"reply": ValidationError(_("Write the answer."), code="words_missing")})
    query.answer()
    query.reply, query.replied_by, query.replied_at = reply.strip(), by, clock.now()
    query.save(update_fields=["state", "reply", "replied_by", "replied_at"])
    record("query.answered", query, by=by, organisation=tender.bureau, tender=tender.number)
    transaction.on_commit(partial(notices.tell_query_answered.enqueue, str(query.pk)))
    return query


@transaction.atomic
def lodge_challenge(
    tender: Tender,
    supplier: Organisation,
    *,
    step: str,
    matters: Sequence[str],
    facts: str,
    basis: str,
    wanted: str,
    lot: Lot | None = None,
    files: Sequence[UploadedFile] = (),
    by: User,
) -> Challenge:
    """A written challenge, within seven working days of the step (GPL 52; REG 53; Order 94, Articles 10 to 12).

    Raises ValidationError `not_yet`, `too_late`, `not_a_bidder`, `once`, and on fields `missing`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_answer_for, by, supplier)
    if lot is not None:
        lot = tender.lots.get(pk=lot.pk)
    ends = _refuse_out_of_time(tender, step, lot)
    took_part = tender.envelopes.exclude(state__in=GONE).filter(supplier=supplier).exists()
    if step != Step.FILE and not took_part:
        raise ValidationError(
            _("Only suppliers that took part in this step may challenge it (Order 94, Article 11)."),
            code="not_a_bidder",
        )
    if (
        tender.challenges_once
        and Challenge.objects.filter(tender=tender, supplier=supplier, step=step)
        .exclude(state=Challenge.State.WITHDRAWN)
        .exists()
    ):
        raise ValidationError(
            _("The tender documents ask for one challenge a step, and you have lodged it (Order 94, Article 10)."),
            code="once",
        )
    words = [matter.strip() for matter in matters if matter.strip()]
    _refuse_gaps(words, facts=facts, basis=basis, wanted=wanted)
    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    challenge = Challenge.objects.create(
        number=f"{tender.number}-Z{next_number(tender.bureau, 'challenge', year):03d}",
        tender=tender,
        lot=lot,
        supplier=supplier,
        step=step,
        facts=facts.strip(),
        basis=basis.strip(),
        wanted=wanted.strip(),
        lodged_by=by,
        lodged_at=now,
        window_ends_at=ends,
        reply_due_at=limit(tender, "challenge.reply", day_of(now)),
    )
    for position, matter in enumerate(words, start=1):
        ChallengeMatter.objects.create(challenge=challenge, position=position, words=matter[:500])
    for upload in files:
        keep_file(upload, by=by, challenge=challenge)
    record("challenge.lodged", challenge, by=by, organisation=supplier, step=step, tender=tender.number)
    transaction.on_commit(partial(notices.tell_challenge_lodged.enqueue, str(challenge.pk)))
    return challenge


def _refuse_out_of_time(tender: Tender, step: str, lot: Lot | None):
    ends = window_ends(tender, step, lot)
    if ends is None:
        raise ValidationError(
            {"step": ValidationError(_("This step is not over yet: there is nothing to challenge."), code="not_yet")}
        )
    if clock.now() > ends:
        rule = rule_for(tender, "challenge.window")
        raise ValidationError(
            {
                "step": ValidationError(
                    _("Challenges of this step were due on %(due)s: %(value)s %(unit)s (%(source)s)."),
                    code="too_late",
                    params={
                        "due": ends.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d"),
                        "value": rule.number,
                        "unit": rule.get_unit_display(),
                        "source": rule.citation,
                    },
                )
            }
        )
    return ends


def _refuse_gaps(matters: list[str], **texts: str) -> None:
    errors = {
        name: ValidationError(_("A challenge needs this part (Order 94, Article 12)."), code="missing")
        for name, text in texts.items()
        if not text.strip()
    }
    if not matters:
        errors["matters"] = ValidationError(
            _("Name at least one matter, one a line (Order 94, Article 12)."), code="missing"
        )
    if errors:
        raise ValidationError(errors)


def locked_challenge(challenge: Challenge) -> Challenge:
    """Under the locks of its tender and its own."""
    tender = locked_tender(challenge.tender_id)
    challenge = Challenge.objects.select_for_update(of=("self",)).select_related("lot", "supplier").get(pk=challenge.pk)
    challenge.tender = tender
    return challenge


@transaction.atomic
def withdraw_challenge(challenge: Challenge, *, by: User) -> Challenge:
    """The supplier takes it back before the reply. Raises ValidationError `not_waiting`."""
    challenge = locked_challenge(challenge)
    authorise(policies.may_answer_for, by, challenge.supplier)
    _refuse_decided(challenge)
    challenge.withdraw()
    challenge.ended_at = clock.now()
    challenge.save(update_fields=["state", "ended_at"])
    record("challenge.withdrawn", challenge, by=by, organisation=challenge.supplier)
    transaction.on_commit(partial(notices.tell_challenge_ended.enqueue, str(challenge.pk)))
    return challenge


def _refuse_decided(challenge: Challenge) -> None:
    if challenge.state != Challenge.State.LODGED:
        raise ValidationError(_("This challenge has been decided or withdrawn."), code="not_waiting")


@transaction.atomic
def judge_effect(challenge: Challenge, *, affects_result: bool, reason: str, by: User) -> Challenge:
    """The buyer finds that a challenge can't affect the result, with reasons: signing goes on (REG 54). Or that it may.

    Raises ValidationError `not_waiting`, `reason_missing`.
    """
    challenge = locked_challenge(challenge)
    authorise(policies.may_decide_challenge, by, challenge)
    _refuse_decided(challenge)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    challenge.affects_result, challenge.affects_reason = affects_result, reason.strip()
    challenge.save(update_fields=["affects_result", "affects_reason"])
    record("challenge.effect_judged", challenge, by=by, organisation=challenge.tender.bureau, affects=affects_result)
    return challenge


@transaction.atomic
def answer_challenge(challenge: Challenge, *, is_upheld: bool, reply: str, effect: str = "", by: User) -> Challenge:
    """The buyer's reply, within seven working days, to the challenger and the suppliers concerned (GPL 53).

    Upheld, `effect` says what follows and it is done in the same transaction (Order 94, Article 16).
    Raises ValidationError `not_waiting`, `words_missing`, `effect_missing`, `effect_impossible`.
    """
    challenge = locked_challenge(challenge)
    authorise(policies.may_decide_challenge, by, challenge)
    _refuse_decided(challenge)
    if not reply.strip():
        raise ValidationError({"reply": ValidationError(_("Write the reply."), code="words_missing")})
    if is_upheld:
        refuse_effect(challenge, effect)
        challenge.uphold()
    else:
        effect = ""
        challenge.reject()
    now = clock.now()
    challenge.reply, challenge.effect, challenge.replied_by = reply.strip(), effect, by
    challenge.replied_at = challenge.ended_at = now
    challenge.save(update_fields=["state", "reply", "effect", "replied_by", "replied_at", "ended_at"])
    challenge.affected.set(_concerned(challenge))
    record(
        "challenge.answered",
        challenge,
        by=by,
        organisation=challenge.tender.bureau,
        upheld=is_upheld,
        effect=effect,
    )
    if effect and effect != Effect.NONE:
        carry_out(effect, challenge, reason=reply.strip(), by=by)
    transaction.on_commit(partial(notices.tell_challenge_ended.enqueue, str(challenge.pk)))
    return challenge


def _concerned(challenge: Challenge) -> list[Organisation]:
    """Everyone who bid, but the challenger."""
    bidders = challenge.tender.envelopes.exclude(state__in=GONE).exclude(supplier=challenge.supplier_id)
    return [envelope.supplier for envelope in bidders.select_related("supplier")]
