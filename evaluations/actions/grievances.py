"""A grievance from the first word to the answer. Lock order: grievance before hearing."""

import datetime
import secrets
from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import voicenotices, voicepolicies
from evaluations.models import Feedback, Grievance, GrievanceStep, Hearing
from evaluations.recognising import refuse_recognisable
from evaluations.voices.offices import bureaus_above, next_above
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import next_number, service_user
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, Region, User
from marketplace.residents.models import Resident
from marketplace.rules.calendar import due_date, due_moment
from marketplace.rules.models import Rule
from marketplace.rules.queries import resolve
from marketplace.vouchers.models import Redemption

State, Kind = Grievance.State, GrievanceStep.Kind
CODE_DIGITS = 8
MOST_LETTERS = 4000


def hash_of_code(number: str, code: str) -> str:
    return keyed_hash("grievance.code", f"{number}:{code}")


def holds_code(grievance: Grievance, code: str) -> bool:
    """Whoever has number and code is the one who complained, or was given both by them."""
    return secrets.compare_digest(grievance.code_hash, hash_of_code(grievance.number, code.strip()))


def locked(grievance: Grievance) -> Grievance:
    """The grievance as it is now, held until the transaction ends."""
    return (
        Grievance.objects.select_for_update(of=("self",))
        .select_related("handler__region", "region", "provider", "resident", "merged_into")
        .get(pk=grievance.pk)
    )


def until(key: str, place: Region) -> datetime.datetime:
    """When a rule's time from now is over: the end of its last day, or to the minute."""
    rule = resolve(key, region=place)
    if rule.unit == Rule.Unit.MINUTES:
        return clock.now() + datetime.timedelta(minutes=int(rule.number))
    return due_moment(clock.today(), rule)


def note_step(
    grievance: Grievance, kind: str, *, by: User | None, words: str = "", organisation: Organisation | None = None
) -> GrievanceStep:
    return GrievanceStep.objects.create(
        grievance=grievance,
        kind=kind,
        organisation=organisation or grievance.handler,
        words=words,
        by=by,
        at=clock.now(),
    )


def written(text: str, field: str) -> str:
    """Raises ValidationError on the field, code "empty"."""
    if not text.strip():
        raise ValidationError({field: ValidationError(_("Write it down."), code="empty")})
    return text.strip()[:MOST_LETTERS]


def set_times(grievance: Grievance) -> None:
    grievance.acknowledge_by = until(f"grievance.acknowledge_{grievance.urgency}", grievance.region)
    grievance.due_at = until(f"grievance.settle_{grievance.urgency}", grievance.region)


@transaction.atomic
def lodge_grievance(
    *,
    channel: str,
    category: str,
    words: str,
    place: Region,
    relation: str,
    by: User | None,
    wish: str = "",
    resident: Resident | None = None,
    complainant: str = "",
    phone: str = "",
    provider: Organisation | None = None,
    redemption: Redemption | None = None,
    hotline_number: str = "",
) -> tuple[Grievance, str]:
    """Take a grievance and say by which number and code it can be followed; the code is told this once.

    `by` is None on the public page, where neither an account nor a name is asked for. Raises ValidationError: `empty`
    (words), `category`, `no_bureau`.
    """
    if by is None:
        resident, redemption, channel = None, None, Grievance.Channel.WEB
    else:
        authorise(lambda user: voicepolicies.may_lodge(user, resident, place.code), by)
    if category not in Grievance.Category.values:
        raise ValidationError({"category": ValidationError(_("Say what it is about."), code="category")})
    words = written(words, "words")
    chain = bureaus_above(place)
    if not chain:
        raise ValidationError(
            {"place": ValidationError(_("No bureau here takes it yet. Ring 12345."), code="no_bureau")}
        )
    if redemption is not None:
        provider = redemption.provider
    handler, code = chain[0], f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    year = clock.today().year
    number = f"SQ{handler.region.prefix}-{year}-{next_number(handler, 'grievance', year):05d}"
    urgent = category == Grievance.Category.SAFETY
    is_unnamed = relation == Grievance.Relation.UNNAMED
    grievance = Grievance(
        number=number,
        code_hash=hash_of_code(number, code),
        channel=channel,
        hotline_number=hotline_number.strip()[:40],
        category=category,
        urgency=Grievance.Urgency.URGENT if urgent else Grievance.Urgency.ORDINARY,
        relation=relation,
        resident=None if is_unnamed else resident,
        complainant="" if is_unnamed else complainant.strip()[:60],
        phone="" if is_unnamed else phone.strip()[:20],
        region=place,
        provider=provider,
        redemption_id=redemption.id if redemption is not None and not is_unnamed else None,
        words=words,
        wish=wish.strip()[:MOST_LETTERS],
        lodged_by=None if by is None or is_unnamed else by,
        lodged_at=clock.now(),
        handler=handler,
    )
    set_times(grievance)
    grievance.save()
    note_step(grievance, Kind.LODGED, by=None if is_unnamed else by)
    actor = by if by is not None and not is_unnamed else service_user("resident")
    record("grievance.lodged", grievance, by=actor, organisation=handler, channel=channel, category=category)
    voicenotices.tell_lodged(grievance, code)
    transaction.on_commit(partial(voicenotices.tell_officials.enqueue, str(grievance.pk), "new"))
    return grievance, code


@transaction.atomic
def acknowledge_grievance(grievance: Grievance, *, urgency: str = "", by: User) -> Grievance:
    """It is in hand. The official may find it more urgent or more complex than its category said: the time for the
    answer is counted anew from now. Raises ValidationError(code="state")."""
    grievance = locked(grievance)
    authorise(voicepolicies.may_answer, by, grievance)
    if not can_proceed(grievance.acknowledge):
        raise ValidationError(_("Somebody has taken it in hand already."), code="state")
    grievance.acknowledge()
    grievance.acknowledged_at, grievance.assignee = clock.now(), by
    if urgency and urgency != grievance.urgency:
        grievance.urgency = urgency
        grievance.due_at = until(f"grievance.settle_{urgency}", grievance.region)
    grievance.save(update_fields=["state", "acknowledged_at", "assignee", "urgency", "due_at"])
    note_step(grievance, Kind.ACKNOWLEDGED, by=by)
    record("grievance.acknowledged", grievance, by=by, organisation=grievance.handler, urgency=grievance.urgency)
    _tell(grievance, "acknowledged")
    return grievance


@transaction.atomic
def assign_grievance(grievance: Grievance, *, official: User, by: User) -> Grievance:
    """Another official of the same bureau goes on with it. Raises ValidationError: "state", "official"."""
    grievance = locked(grievance)
    authorise(voicepolicies.may_answer, by, grievance)
    if grievance.state != State.ACKNOWLEDGED:
        raise ValidationError(_("Take it in hand first."), code="state")
    if not voicepolicies.may_answer(official, grievance):
        raise ValidationError(
            {
                "official": ValidationError(
                    _("This person can't deal with it: no official here, or of the provider."), code="official"
                )
            }
        )
    grievance.assignee = official
    grievance.save(update_fields=["assignee"])
    note_step(grievance, Kind.ASSIGNED, by=by)
    record("grievance.assigned", grievance, by=by, organisation=grievance.handler, official=str(official.pk))
    return grievance


@transaction.atomic
def answer_grievance(grievance: Grievance, *, outcome: str, answer: str, measures: str = "", by: User) -> Grievance:
    """What was found. A provider is blamed or cleared only after it was heard, or let its time pass.

    Raises ValidationError: "state", "outcome", "empty", "unheard", "recognisable" (what was put right is public; an
    answer that others read too names nobody).
    """
    grievance = locked(grievance)
    authorise(voicepolicies.may_answer, by, grievance)
    if not can_proceed(grievance.give_answer):
        raise ValidationError(_("Take it in hand first."), code="state")
    if outcome not in Grievance.Outcome.values:
        raise ValidationError({"outcome": ValidationError(_("Say what was found."), code="outcome")})
    answer = written(answer, "answer")
    refuse_recognisable(measures, grievance, "measures")
    if grievance.merged.exists():
        refuse_recognisable(answer, grievance, "answer")
    judged = outcome != Grievance.Outcome.ADVISED and grievance.provider_id is not None
    heard = grievance.hearings.exclude(state=Hearing.State.ASKED).exists()
    if judged and not heard:
        raise ValidationError(_("Hear the provider first: both sides are heard."), code="unheard")
    for hearing in grievance.hearings.waiting().select_for_update():
        hearing.lapse()
        hearing.save(update_fields=["state"])
    grievance.give_answer()
    grievance.outcome, grievance.answer, grievance.measures = outcome, answer, measures.strip()
    grievance.answered_at, grievance.content = clock.now(), ""
    grievance.is_late = grievance.is_late or grievance.answered_at > grievance.due_at
    grievance.save(update_fields=["state", "outcome", "answer", "measures", "answered_at", "content", "is_late"])
    note_step(grievance, Kind.ANSWERED, by=by, words=answer)
    record("grievance.answered", grievance, by=by, organisation=grievance.handler, outcome=outcome)
    _tell(grievance, "answered")
    return grievance


def _tell(grievance: Grievance, event: str) -> None:
    transaction.on_commit(partial(voicenotices.tell_complainant.enqueue, str(grievance.pk), event))


def authorise_side(grievance: Grievance, by: User | None, code: str) -> User:
    """The resident's side: an account that may speak in it, or whoever holds the code. Raises PermissionDenied."""
    if by is not None and by.is_authenticated and voicepolicies.belongs_to(by, grievance.provider):
        raise PermissionDenied
    if code and holds_code(grievance, code):
        return service_user("resident")
    if by is None or not by.is_authenticated:
        raise PermissionDenied
    authorise(voicepolicies.may_speak_in, by, grievance)
    return by


@transaction.atomic
def say_content(grievance: Grievance, *, face: str, words: str = "", by: User | None, code: str = "") -> Grievance:
    """With the outcome. Who is not content goes to the next level; at the top it is closed, and the way to a review of
    petitions is told (信访工作条例第三十五条). Raises ValidationError: "state", "face"."""
    grievance = locked(grievance)
    actor = authorise_side(grievance, by, code)
    if grievance.state != State.ANSWERED:
        raise ValidationError(_("There is no answer to be content with yet."), code="state")
    if face not in Feedback.Face.values:
        raise ValidationError({"face": ValidationError(_("Touch one of the three faces."), code="face")})
    above = next_above(grievance.handler, grievance.region)
    if face == Feedback.Face.NOT_SATISFIED and above is not None:
        pass_up(grievance, above, Kind.DISCONTENT, by=actor, words=words.strip()[:MOST_LETTERS])
        return grievance
    grievance.close()
    grievance.content, grievance.closed_at = face, clock.now()
    grievance.save(update_fields=["state", "content", "closed_at"])
    note_step(grievance, Kind.CONTENT, by=actor, words=words.strip()[:MOST_LETTERS])
    record("grievance.closed", grievance, by=actor, organisation=grievance.handler, content=face)
    _tell(grievance, "closed")
    return grievance


def pass_up(grievance: Grievance, above: Organisation, kind: str, *, by: User, words: str = "") -> None:
    """Under the caller's lock: the next level deals with it, with times of its own."""
    below = grievance.handler
    note_step(grievance, kind, by=by, words=words, organisation=below)
    grievance.pass_up()
    grievance.handler, grievance.assignee, grievance.acknowledged_at = above, None, None
    grievance.level += 1
    grievance.is_late = grievance.is_late or kind == Kind.LATE
    grievance.content = Feedback.Face.NOT_SATISFIED if kind == Kind.DISCONTENT else grievance.content
    set_times(grievance)
    grievance.save(
        update_fields=[
            "state", "handler", "assignee", "acknowledged_at", "level", "is_late", "content",
            "acknowledge_by", "due_at",
        ]
    )  # fmt: skip
    record("grievance.passed_up", grievance, by=by, organisation=above, why=kind, below=str(below.pk))
    _tell(grievance, "passed_up")
    transaction.on_commit(partial(voicenotices.tell_officials.enqueue, str(grievance.pk), "passed_up"))


@transaction.atomic
def withdraw_grievance(grievance: Grievance, *, reason: str = "", by: User | None, code: str = "") -> Grievance:
    """The resident wants no more of it. Raises ValidationError(code="state")."""
    grievance = locked(grievance)
    actor = authorise_side(grievance, by, code)
    if not can_proceed(grievance.withdraw):
        raise ValidationError(_("This case is closed already."), code="state")
    grievance.withdraw()
    grievance.closed_at = clock.now()
    grievance.save(update_fields=["state", "closed_at"])
    for hearing in grievance.hearings.waiting().select_for_update():
        hearing.lapse()
        hearing.save(update_fields=["state"])
    note_step(grievance, Kind.WITHDRAWN, by=actor, words=reason.strip()[:MOST_LETTERS])
    record("grievance.withdrawn", grievance, by=actor, organisation=grievance.handler)
    return grievance


@transaction.atomic
def reopen_grievance(grievance: Grievance, *, reason: str, by: User | None, code: str = "") -> Grievance:
    """It was not put right after all: once, within the rule's time. Raises ValidationError: "state", "once", "over",
    "empty"."""
    grievance = locked(grievance)
    actor = authorise_side(grievance, by, code)
    if not can_proceed(grievance.reopen):
        raise ValidationError(_("This case is not closed."), code="state")
    if grievance.reopened_at is not None:
        raise ValidationError(_("It was opened again once already. Tell us anew what is wrong."), code="once")
    rule = resolve("grievance.reopen_window", region=grievance.region)
    other = grievance.merged_into
    if other is not None and other.state not in (State.ANSWERED, State.CLOSED):
        raise ValidationError(
            _("It is being dealt with together with another case. Wait for the answer."), code="state"
        )
    ended_at = grievance.closed_at or (other.answered_at if other else None) or clock.now()
    closed_on = ended_at.astimezone(clock.SHANGHAI).date()
    if clock.today() > due_date(closed_on, rule):
        raise ValidationError(
            _("The %(days)s days for opening it again are over. Tell us anew what is wrong."),
            code="over",
            params={"days": rule.number},
        )
    reason = written(reason, "reason")
    grievance.reopen()
    grievance.reopened_at, grievance.closed_at, grievance.acknowledged_at = clock.now(), None, None
    grievance.merged_into = None
    set_times(grievance)
    grievance.save(
        update_fields=[
            "state",
            "reopened_at",
            "closed_at",
            "acknowledged_at",
            "acknowledge_by",
            "due_at",
            "merged_into",
        ]
    )
    note_step(grievance, Kind.REOPENED, by=actor, words=reason)
    record("grievance.reopened", grievance, by=actor, organisation=grievance.handler)
    transaction.on_commit(partial(voicenotices.tell_officials.enqueue, str(grievance.pk), "reopened"))
    return grievance


@transaction.atomic
def merge_grievance(grievance: Grievance, into: Grievance, *, by: User) -> Grievance:
    """The same thing, told twice: the other's answer is this one's. Neither learns who the other is.

    Raises ValidationError: "state", "other" (not the same bureau, place's county or provider; itself; merged).
    """
    first, second = sorted([grievance.pk, into.pk])
    found = {pk: locked(Grievance(pk=pk)) for pk in dict.fromkeys((first, second))}
    grievance, into = found[grievance.pk], found[into.pk]
    authorise(voicepolicies.may_answer, by, grievance)
    if not can_proceed(grievance.merge) or into.state not in (State.LODGED, State.ACKNOWLEDGED):
        raise ValidationError(_("Only cases that nobody has answered can be put together."), code="state")
    alike = into.pk != grievance.pk and (into.handler_id, into.provider_id) == (
        grievance.handler_id,
        grievance.provider_id,
    )
    if not alike:
        raise ValidationError(
            {"into": ValidationError(_("Both must lie with your bureau and be about the same provider."), code="other")}
        )
    for follower in grievance.merged.select_for_update():
        follower.merged_into = into
        follower.save(update_fields=["merged_into"])
    grievance.merge()
    grievance.merged_into = into
    grievance.save(update_fields=["state", "merged_into"])
    note_step(grievance, Kind.MERGED, by=by)
    record("grievance.merged", grievance, by=by, organisation=grievance.handler, into=into.number)
    _tell(grievance, "merged")
    return grievance
