"""The other side is heard, and what happens to grievances by the clock."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import voicenotices, voicepolicies
from evaluations.models import Grievance, GrievanceStep, Hearing
from evaluations.recognising import refuse_recognisable
from evaluations.voices.offices import next_above
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

from .grievances import locked, note_step, pass_up, until, written

State, Kind = Grievance.State, GrievanceStep.Kind
BATCH = 500


@transaction.atomic
def ask_provider(grievance: Grievance, *, question: str, by: User) -> Hearing:
    """Ask the provider for its side in words of the official's own, from which nobody can be recognised.

    Raises ValidationError: "state", "no_provider", "empty", "recognisable", "asked" (a question waits already).
    """
    grievance = locked(grievance)
    authorise(voicepolicies.may_answer, by, grievance)
    if grievance.state != State.ACKNOWLEDGED:
        raise ValidationError(_("Take it in hand first."), code="state")
    if grievance.provider is None:
        raise ValidationError(_("This case is about no provider."), code="no_provider")
    question = written(question, "question")
    refuse_recognisable(question, grievance, "question")
    if grievance.hearings.waiting().exists():
        raise ValidationError(_("The provider has a question already. Wait for its answer."), code="asked")
    hearing = Hearing.objects.create(
        grievance=grievance,
        provider=grievance.provider,
        bureau=grievance.handler,
        category=grievance.category,
        month=grievance.lodged_at.astimezone(clock.SHANGHAI).date().replace(day=1),
        question=question,
        due_at=until(f"grievance.hearing_{grievance.urgency}", grievance.region),
        asked_by=by,
    )
    note_step(grievance, Kind.ASKED, by=by)
    record("hearing.asked", hearing, by=by, organisation=grievance.handler)
    transaction.on_commit(partial(voicenotices.tell_provider.enqueue, str(hearing.pk)))
    return hearing


@transaction.atomic
def state_side(hearing: Hearing, *, statement: str, by: User) -> Hearing:
    """The provider says how it was. Late is better than never: until the case is answered it is taken.

    Raises ValidationError: "state", "empty".
    """
    grievance = locked(Grievance(pk=hearing.grievance_id))
    hearing = Hearing.objects.select_for_update(of=("self",)).select_related("provider", "bureau").get(pk=hearing.pk)
    authorise(voicepolicies.may_state, by, hearing)
    if not can_proceed(hearing.state_it) or grievance.state not in (State.LODGED, State.ACKNOWLEDGED):
        raise ValidationError(_("This question has been answered or the case is closed."), code="state")
    hearing.statement, hearing.stated_at, hearing.stated_by = written(statement, "statement"), clock.now(), by
    hearing.state_it()
    hearing.save(update_fields=["state", "statement", "stated_at", "stated_by"])
    note_step(grievance, Kind.STATED, by=None, organisation=hearing.provider)
    record("hearing.stated", hearing, by=by, organisation=hearing.provider)
    transaction.on_commit(partial(voicenotices.tell_officials.enqueue, str(grievance.pk), "stated"))
    return hearing


def run_due_grievances() -> int:
    """By the clock: what is late goes to the next level, what nobody objects to is closed, silent providers have been
    heard. Safe to run twice, late or after a crash: each case in a transaction of its own. How many moved."""
    now = clock.now()
    late = Grievance.objects.filter(state=State.LODGED, acknowledge_by__lt=now) | Grievance.objects.filter(
        state=State.ACKNOWLEDGED, due_at__lt=now
    )
    moved = sum(_pass_up_if_late(pk) for pk in late.values_list("pk", flat=True)[:BATCH])
    silent = Hearing.objects.waiting().filter(due_at__lt=now).values_list("pk", flat=True)[:BATCH]
    moved += sum(_lapse(pk) for pk in silent)
    answered = Grievance.objects.filter(state=State.ANSWERED).values_list("pk", flat=True)
    return moved + sum(_close_if_silent(pk) for pk in answered.order_by("answered_at")[:BATCH])


@transaction.atomic
def _pass_up_if_late(pk: object) -> int:
    grievance, now = locked(Grievance(pk=pk)), clock.now()
    is_late = (grievance.state == State.LODGED and grievance.acknowledge_by < now) or (
        grievance.state == State.ACKNOWLEDGED and grievance.due_at < now
    )
    if not is_late:
        return 0
    above, by = next_above(grievance.handler, grievance.region), service_user("grievances.clock")
    if above is not None:
        pass_up(grievance, above, Kind.LATE, by=by)
        return 1
    if grievance.is_late:
        return 0
    grievance.is_late = True
    grievance.save(update_fields=["is_late"])
    record("grievance.late", grievance, by=by, organisation=grievance.handler)
    transaction.on_commit(partial(voicenotices.tell_officials.enqueue, str(grievance.pk), "late"))
    return 1


@transaction.atomic
def _lapse(pk: object) -> int:
    hearing = Hearing.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=pk)
    if not can_proceed(hearing.lapse) or hearing.due_at >= clock.now():
        return 0
    hearing.lapse()
    hearing.save(update_fields=["state"])
    record("hearing.lapsed", hearing, by=service_user("grievances.clock"), organisation=hearing.bureau)
    return 1


@transaction.atomic
def _close_if_silent(pk: object) -> int:
    grievance = locked(Grievance(pk=pk))
    if grievance.state != State.ANSWERED or grievance.answered_at is None:
        return 0
    rule = resolve("grievance.content_window", region=grievance.region)
    if clock.today() <= due_date(grievance.answered_at.astimezone(clock.SHANGHAI).date(), rule):
        return 0
    grievance.close()
    grievance.closed_at = clock.now()
    grievance.save(update_fields=["state", "closed_at"])
    note_step(grievance, Kind.SILENT, by=None)
    record(
        "grievance.closed", grievance, by=service_user("grievances.clock"), organisation=grievance.handler, content=""
    )
    return 1
