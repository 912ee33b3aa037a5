"""An answer, by whichever channel it comes: a person counts once, and so does a sheet.

Who has been counted and what was said are written apart (models/answers.py). No event is recorded of what a resident
sends: an answer has no author. What a desk writes down is recorded, without the resident and without the answer.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Region, User
from marketplace.residents.models import Resident
from marketplace.rules.queries import resolve

from .. import policies
from ..models import Answer, Consultation, Participation, Remark, Reply, Sheet
from ..replying import read_replies
from .locking import locked
from .sheets import find_sheet

SHORTEST_VISIT = datetime.timedelta(seconds=3)  # nobody reads and answers faster: a machine does


@transaction.atomic
def answer_openly(
    consultation: Consultation,
    replies: Mapping[str, Any],
    *,
    region: Region | None,
    origin: str,
    token: str,
    opened_at: datetime.datetime,
) -> Answer:
    """Take one answer of somebody who does not say who they are; the second sending of a page is the first again.

    The guard is light and says so in the results: a page is signed and timed, a device may send so many
    (rule consultation.same_device). Who wants to answer twice from two devices can.
    Raises ValidationError `not_yet`, `closed`, `sign_in_needed`, `too_fast`, `same_device`, `empty`, `reply`,
    `region`.
    """
    consultation = locked(consultation)
    if earlier := consultation.answers.filter(token=token).first():
        return earlier
    _refuse_time(consultation)
    if consultation.audience != Consultation.Audience.EVERYONE:
        raise ValidationError(
            _("This asks residents in the register. Sign in, use the number on your paper sheet, or ask the desk."),
            code="sign_in_needed",
        )
    if clock.now() - opened_at < SHORTEST_VISIT:
        raise ValidationError(_("That was very quick. Please press the button again."), code="too_fast")
    sender = keyed_hash(f"consultation.origin:{consultation.pk}", origin)
    if consultation.answers.filter(origin=sender).count() >= resolve("consultation.same_device").value:
        raise ValidationError(
            _("Many answers have come from this device already. Sign in, or use the number on a paper sheet."),
            code="same_device",
        )
    _refuse_region(consultation, region)
    return _write(consultation, Answer.Channel.OPEN, replies, region=region, token=token, origin=sender)


@transaction.atomic
def answer_signed_in(
    consultation: Consultation,
    replies: Mapping[str, Any],
    *,
    by: User,
    resident: Resident | None = None,
    region: Region | None = None,
    token: str | None = None,
) -> Answer:
    """Take the answer of a signed-in person, or of the resident for whom they may act. Counts once a person.

    Raises ValidationError `not_yet`, `closed`, `answered_already`, `not_registered`, `outside_places`, `empty`,
    `reply`, `region`; PermissionDenied for a resident whom `by` may not speak for.
    """
    consultation = locked(consultation)
    if token and (earlier := consultation.answers.filter(token=token).first()):
        return earlier
    _refuse_time(consultation)
    resident = _resident_of(resident, by)
    _count(consultation, resident, by)
    if resident is None:
        _refuse_region(consultation, region)
    place = resident.region if resident else region
    return _write(consultation, Answer.Channel.SIGNED_IN, replies, region=place, token=token)


@transaction.atomic
def answer_by_sheet(
    sheet: Sheet, replies: Mapping[str, Any], *, by: User | None = None, token: str | None = None
) -> Answer:
    """Take the answer of whoever holds a sheet and came by its QR code. Who is signed in is counted as well.

    Raises ValidationError `not_yet`, `closed`, `sheet_used`, `answered_already`, `empty`, `reply`.
    """
    consultation = locked(sheet.consultation)
    if token and (earlier := consultation.answers.filter(token=token).first()):
        return earlier
    _refuse_time(consultation)
    sheet = _unused(sheet)
    if by is not None:
        _count(consultation, _resident_of(None, by), by, needs_register=False)
    answer = _write(consultation, Answer.Channel.SHEET, replies, region=sheet.region, sheet=sheet, token=token)
    return answer


@transaction.atomic
def type_in_sheet(consultation: Consultation, number: str, replies: Mapping[str, Any], *, by: User) -> Answer:
    """A desk types in a sheet that came back on paper, by its number.

    Raises ValidationError on `number`: `sheet_number`, `unknown_sheet`, `other_sheet`, `sheet_used`; and `not_yet`,
    `closed`, `sheet_late`, `empty`, `reply`.
    """
    consultation = locked(consultation)
    sheet = find_sheet(number)
    if sheet.consultation_id != consultation.pk:
        raise ValidationError(
            {
                "number": ValidationError(
                    _("This sheet belongs to another consultation: %(title)s (%(number)s)."),
                    code="other_sheet",
                    params={"title": sheet.consultation.title, "number": sheet.consultation.number},
                )
            }
        )
    authorise(policies.may_type_in, by, sheet)
    _refuse_typing_time(consultation)
    answer = _write(
        consultation, Answer.Channel.SHEET, replies, region=sheet.region, sheet=_unused(sheet, field="number")
    )
    record("consultation.sheet_typed_in", consultation, by=by, organisation=consultation.bureau, sheet=sheet.serial)
    return answer


@transaction.atomic
def enter_at_desk(
    consultation: Consultation, resident: Resident, replies: Mapping[str, Any], *, consent: str, by: User
) -> Answer:
    """A community worker writes down what a resident says, who has agreed to it. Counts once a person.

    Raises ValidationError `not_yet`, `closed`, `consent_missing`, `answered_already`, `outside_places`, `empty`,
    `reply`.
    """
    consultation = locked(consultation)
    resident = Resident.objects.select_related("region").get(pk=resident.pk)
    authorise(policies.may_enter_for, by, consultation, resident)
    _refuse_time(consultation)
    if consent not in (Participation.Consent.VISIT, Participation.Consent.PHONE):
        raise ValidationError(
            {"consent": ValidationError(_("Ask the resident first, and say how they agreed."), code="consent_missing")}
        )
    _count(consultation, resident, None, consent=consent, entered_by=by)
    answer = _write(consultation, Answer.Channel.DESK, replies, region=resident.region)
    record("consultation.entered", consultation, by=by, organisation=consultation.bureau, consent=consent)
    return answer


def _refuse_time(consultation: Consultation) -> None:
    now = clock.now()
    if consultation.takes_answers_at(now):
        return
    if consultation.state == Consultation.State.OPEN and now < consultation.starts_at:
        raise ValidationError(
            _("This consultation has not begun. It opens on %(day)s."),
            code="not_yet",
            params={"day": f"{consultation.starts_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"},
        )
    raise ValidationError(_("This consultation is closed. Thank you."), code="closed")


def _refuse_typing_time(consultation: Consultation) -> None:
    """Sheets that reached the desk on time may be typed in for the days of the rule, until the figures are public."""
    now = clock.now()
    if consultation.state != Consultation.State.OPEN or now < consultation.closes_at:
        _refuse_time(consultation)
        return
    rule = resolve("consultation.sheet_days", region=consultation.bureau.region)
    if now >= consultation.closes_at + datetime.timedelta(days=int(rule.value)):
        raise ValidationError(
            _("Sheets are typed in within %(days)s days of the last day (%(source)s). This is too late."),
            code="sheet_late",
            params={"days": int(rule.value), "source": rule.citation},
        )


def _refuse_region(consultation: Consultation, region: Region | None) -> None:
    if region is None:
        return
    if not any(region.code.startswith(asked.prefix) for asked in consultation.regions.all()):
        raise ValidationError({"region": ValidationError(_("Choose one of the places that are asked."), code="region")})


def _resident_of(resident: Resident | None, by: User) -> Resident | None:
    """For whom a signed-in person answers: themselves when the register knows them, or who let them act."""
    if resident is None:
        return Resident.objects.select_related("region").filter(user=by).first()
    resident = Resident.objects.select_related("region").get(pk=resident.pk)
    authorise(policies.may_speak_for, by, resident)
    return resident


def _count(
    consultation: Consultation,
    resident: Resident | None,
    by: User | None,
    *,
    consent: str = "",
    entered_by: User | None = None,
    needs_register: bool = True,
) -> Participation:
    """Write down that this person has been counted: a resident by the register and by the own account."""
    if resident is None and needs_register and consultation.audience == Consultation.Audience.REGISTERED:
        raise ValidationError(
            _("This asks residents in the register, and your account is not tied to it. Ask the desk."),
            code="not_registered",
        )
    if resident is not None:
        _refuse_resident(consultation, resident)
    person = keyed_hash(f"consultation.person:{consultation.pk}", str(resident.pk)) if resident else None
    user_id = resident.user_id if resident else by.pk if by else None
    account = keyed_hash(f"consultation.account:{consultation.pk}", str(user_id)) if user_id else None
    counted = consultation.participations
    if (person and counted.filter(person=person).exists()) or (account and counted.filter(account=account).exists()):
        own = resident is None or (by is not None and resident.user_id == by.pk)
        raise ValidationError(
            _("You have answered already. Each person counts once; thank you.")
            if own
            else _("This resident has been counted already, here or by another channel. Each person counts once."),
            code="answered_already",
        )
    if not consent:
        spoken_for = resident is not None and by is not None and resident.user_id != by.pk
        consent = Participation.Consent.DELEGATE if spoken_for else Participation.Consent.SELF
    return Participation.objects.create(
        consultation=consultation,
        person=person,
        account=account,
        consent=consent,
        entered_by=entered_by,
        counted_on=clock.today(),
    )


def _refuse_resident(consultation: Consultation, resident: Resident) -> None:
    if resident.state not in (Resident.State.ACTIVE, Resident.State.SUSPENDED):
        raise ValidationError(_("The register says that this person lives here no more."), code="outside_places")
    if not any(resident.region_id.startswith(asked.prefix) for asked in consultation.regions.all()):
        raise ValidationError(
            _("This consultation asks the people of other places: %(places)s."),
            code="outside_places",
            params={"places": "、".join(map(str, consultation.regions.all()))},
        )


def _unused(sheet: Sheet, *, field: str = "") -> Sheet:
    """The sheet, held and marked as used."""
    sheet = Sheet.objects.select_for_update(of=("self",)).select_related("region").get(pk=sheet.pk)
    if sheet.used_at is not None:
        refusal = ValidationError(
            _("Sheet %(number)s has been counted already, on %(day)s. A sheet counts once."),
            code="sheet_used",
            params={"number": sheet.spelled, "day": f"{sheet.used_at.astimezone(clock.SHANGHAI):%Y-%m-%d}"},
        )
        raise ValidationError({field: refusal}) if field else refusal
    sheet.used_at = clock.now()
    sheet.save(update_fields=["used_at"])
    return sheet


def _write(consultation: Consultation, channel: str, replies: Mapping[str, Any], **fields: Any) -> Answer:
    taken = read_replies(consultation.questions.all(), replies)
    answer = Answer.objects.create(consultation=consultation, channel=channel, given_on=clock.today(), **fields)
    Reply.objects.bulk_create(
        Reply(answer=answer, question=question, value=value) for question, values, _words in taken for value in values
    )
    Remark.objects.bulk_create(
        Remark(answer=answer, question=question, text=words) for question, _values, words in taken if words
    )
    return answer
