"""Writing a consultation and opening it."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import open_for_comment
from marketplace.directory.models import StandardVersion
from marketplace.messages.actions import tell
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.rules.queries import resolve

from .. import policies
from ..indexing import index_consultation
from ..models import Consultation, Question
from .locking import locked

CHOSEN = (Question.Kind.ONE, Question.Kind.MANY)


class QuestionRow(NamedTuple):
    """A question as an officer writes it; the English may be missing."""

    kind: str
    text: str
    options: Sequence[str] = ()
    text_en: str = ""
    options_en: Sequence[str] = ()


@transaction.atomic
def draft_consultation(
    bureau: Organisation, questions: Sequence[QuestionRow], regions: Collection[Region], *, by: User, **fields: Any
) -> Consultation:
    """Write a consultation. `fields`: title, title_en, about, about_en, audience, standard, starts_at, closes_at.

    Raises ValidationError `questions`, `choices`, `choices_en`, `period`, `past`, `places`, `standard`,
    `standard_period`.
    """
    authorise(policies.may_consult, by, bureau)
    consultation = Consultation(bureau=bureau, drafted_by=by)
    _write(consultation, fields, questions, regions)
    record("consultation.drafted", consultation, by=by, organisation=bureau)
    return consultation


@transaction.atomic
def change_consultation(
    consultation: Consultation,
    questions: Sequence[QuestionRow],
    regions: Collection[Region],
    *,
    by: User,
    **fields: Any,
) -> Consultation:
    """Write a consultation anew that nobody has seen yet. Raises as `draft_consultation` does."""
    consultation = locked(consultation)
    authorise(policies.may_change, by, consultation)
    consultation.questions.all().delete()
    _write(consultation, fields, questions, regions)
    record("consultation.changed", consultation, by=by, organisation=consultation.bureau)
    return consultation


FIELDS = {"title", "title_en", "about", "about_en", "audience", "standard", "starts_at", "closes_at"}


def _write(
    consultation: Consultation,
    fields: dict[str, Any],
    questions: Sequence[QuestionRow],
    regions: Collection[Region],
) -> None:
    if unknown := fields.keys() - FIELDS:
        raise TypeError(f"a consultation has no {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(consultation, name, value)
    _refuse_period(consultation.starts_at, consultation.closes_at)
    _refuse_places(consultation.bureau, regions)
    _refuse_standard(consultation)
    _refuse_questions(questions)
    consultation.save()
    consultation.regions.set(regions)
    for position, row in enumerate(questions, start=1):
        Question.objects.create(
            consultation=consultation,
            position=position,
            kind=row.kind,
            text=row.text.strip(),
            text_en=row.text_en.strip(),
            options=_options(row) if row.kind in CHOSEN else [],
            options_en=[option.strip() for option in row.options_en if option.strip()] if row.kind in CHOSEN else [],
        )


def _refuse_period(starts_at: datetime.datetime, closes_at: datetime.datetime) -> None:
    if closes_at <= starts_at:
        raise ValidationError(
            {"closes_at": ValidationError(_("The last day comes before the first. Look at both."), code="period")}
        )
    if closes_at <= clock.now():
        raise ValidationError({"closes_at": ValidationError(_("This lies in the past."), code="past")})


def _refuse_places(bureau: Organisation, regions: Collection[Region]) -> None:
    if not regions:
        raise ValidationError({"regions": ValidationError(_("Say whose opinion you ask for."), code="places")})
    prefix = bureau.region.prefix
    if any(not region.code.startswith(prefix) for region in regions):
        raise ValidationError(
            {"regions": ValidationError(_("A bureau asks the people of its own places."), code="places")}
        )


def _refuse_standard(consultation: Consultation) -> None:
    version: StandardVersion | None = consultation.standard
    if version is None:
        return
    if version.standard.bureau_id != consultation.bureau_id or version.state != StandardVersion.State.DRAFT:
        raise ValidationError(
            {
                "standard": ValidationError(
                    _("Only a draft standard of your own can be put up for comment."), code="standard"
                )
            }
        )
    rule = resolve("consultation.standard_period", region=consultation.bureau.region)
    if consultation.closes_at - max(consultation.starts_at, clock.now()) < datetime.timedelta(days=int(rule.value)):
        raise ValidationError(
            {
                "closes_at": ValidationError(
                    _("A draft standard is open for comment for %(days)s days or more (%(source)s)."),
                    code="standard_period",
                    params={"days": int(rule.value), "source": rule.citation},
                )
            }
        )


def _refuse_questions(questions: Sequence[QuestionRow]) -> None:
    most = int(resolve("consultation.questions").value)
    if not 0 < len(questions) <= most:
        raise ValidationError(
            _("Ask one to %(most)s questions: short consultations are answered."),
            code="questions",
            params={"most": most},
        )
    for number, row in enumerate(questions, start=1):
        if not row.text.strip():
            raise ValidationError(_("Question %(number)s has no words."), code="questions", params={"number": number})
        if row.kind not in CHOSEN:
            continue
        options = _options(row)
        if len(options) < 2 or len(set(options)) < len(options):
            raise ValidationError(
                _("Question %(number)s, “%(question)s”: give two or more different things to choose from."),
                code="choices",
                params={"number": number, "question": row.text},
            )
        if row.options_en and len([one for one in row.options_en if one.strip()]) != len(options):
            raise ValidationError(
                _("Question %(number)s: as many choices in English as in Chinese, or none."),
                code="choices_en",
                params={"number": number},
            )


def _options(row: QuestionRow) -> list[str]:
    return [option.strip() for option in row.options if option.strip()]


@transaction.atomic
def publish_consultation(consultation: Consultation, *, by: User) -> Consultation:
    """Put it before the public; a draft standard goes out for comment with it. From now on its questions stay.

    Raises ValidationError `past`, `standard_period`, and what the directory refuses about the standard.
    """
    consultation = locked(consultation)
    authorise(policies.may_change, by, consultation)
    _refuse_period(consultation.starts_at, consultation.closes_at)
    _refuse_standard(consultation)
    consultation.number, consultation.published_at = _new_number(consultation.bureau), clock.now()
    consultation.publish()
    consultation.save(update_fields=["number", "published_at", "state"])
    if consultation.standard:
        open_for_comment(
            consultation.standard,
            until=consultation.closes_at,
            consultation_number=consultation.number,
            consultation_url=consultation.get_absolute_url(),
            by=by,
        )
    index_consultation(consultation)

    record("consultation.published", consultation, by=by, organisation=consultation.bureau, number=consultation.number)
    tell(
        _who_hands_out(consultation),
        template="consultations/published",
        context={"title": consultation.title, "closes_at": consultation.closes_at},
        url=consultation.get_desk_url(),
        about=consultation,
        key=f"consultation-{consultation.pk}",
    )
    return consultation


def _new_number(bureau: Organisation) -> str:
    """320585-2026-Z0003: the bureau's place, the year, the third one asked. Two bureaus of a place are told apart."""
    year = clock.today().year
    elders = Organisation.objects.bureaus().filter(region=bureau.region, pk__lt=bureau.pk)  # keys are in order of time
    place = ".".join(filter(None, [bureau.region.prefix, str(count + 1) if (count := elders.count()) else ""]))
    return f"{place}-{year}-Z{next_number(bureau, 'consultation', year):04d}"


def _who_hands_out(consultation: Consultation) -> Collection[User]:
    """The bureau's community workers: they carry the sheets and write down answers."""
    return User.objects.filter(
        memberships__organisation=consultation.bureau,
        memberships__role=Role.COMMUNITY_WORKER,
        memberships__ended_at=None,
    ).distinct()
