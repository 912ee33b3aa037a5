"""Standards of service: drafted, put up for comment, adopted with a date, replaced by the next version."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory import policies
from marketplace.directory.indexing import index_standard
from marketplace.directory.models import Category, Standard, StandardVersion
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

LONGEST_TEXT = 40_000  # characters


def _locked(version: StandardVersion) -> StandardVersion:
    """The version, its standard held first."""
    Standard.objects.select_for_update().get(pk=version.standard_id)
    rows = StandardVersion.objects.select_for_update(of=("self",)).select_related("standard__bureau")
    return rows.get(pk=version.pk)


def _tidy(text: str) -> str:
    """One clause a line, nothing empty between. Raises ValidationError `text_missing`."""
    lines = [line.strip() for line in text.replace("\0", "").splitlines() if line.strip()]
    if not lines:
        raise ValidationError({"text": ValidationError(_("Write the clauses, one a line."), code="text_missing")})
    return "\n".join(lines)[:LONGEST_TEXT]


@transaction.atomic
def draft_standard(
    bureau: Organisation,
    *,
    code: str,
    name: str,
    text: str,
    by: User,
    name_en: str = "",
    text_en: str = "",
    category: Category | None = None,
) -> StandardVersion:
    """The first version of a new standard, as a draft. Raises ValidationError `code_taken`, `text_missing`."""
    authorise(policies.may_keep_standards, by, bureau)
    if Standard.objects.filter(code=code).exists():
        raise ValidationError(
            {
                "code": ValidationError(
                    _("There is a standard with this code. Write its next version."), code="code_taken"
                )
            }
        )
    standard = Standard.objects.create(
        code=code, bureau=bureau, category=category, name=name.strip(), name_en=name_en.strip()
    )
    version = StandardVersion.objects.create(
        standard=standard, version=1, text=_tidy(text), text_en=_tidy(text_en) if text_en.strip() else "", drafted_by=by
    )
    record("standard.drafted", version, by=by, organisation=bureau, code=code, version=1)
    return version


@transaction.atomic
def draft_next_version(standard: Standard, *, text: str, by: User, text_en: str = "") -> StandardVersion:
    """The next version of a standard; the one in force stays so until this is adopted.

    Raises ValidationError `in_the_making`, `unchanged`, `text_missing`.
    """
    standard = Standard.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=standard.pk)
    authorise(policies.may_keep_standards, by, standard.bureau)
    State = StandardVersion.State
    if standard.versions.filter(state__in=[State.DRAFT, State.COMMENT]).exists():
        raise ValidationError(_("A version is in the making already: finish it or give it up."), code="in_the_making")
    words = _tidy(text)
    newest = standard.versions.order_by("-version").first()
    if newest and newest.state == State.ADOPTED and newest.text == words:
        raise ValidationError(
            {"text": ValidationError(_("Nothing differs from the version in force."), code="unchanged")}
        )
    version = StandardVersion.objects.create(
        standard=standard,
        version=newest.version + 1 if newest else 1,
        text=words,
        text_en=_tidy(text_en) if text_en.strip() else "",
        drafted_by=by,
    )
    record(
        "standard.drafted", version, by=by, organisation=standard.bureau, code=standard.code, version=version.version
    )
    return version


@transaction.atomic
def change_standard_draft(version: StandardVersion, *, by: User, **words: Any) -> StandardVersion:
    """Write a draft anew. `words`: text, text_en. Raises ValidationError `published`, `text_missing`."""
    version = _locked(version)
    authorise(policies.may_keep_standards, by, version.standard.bureau)
    if version.state != StandardVersion.State.DRAFT:
        raise ValidationError(_("It has been published: its words stay. Write the next version."), code="published")
    version.text = _tidy(words.get("text", version.text))
    if "text_en" in words:
        version.text_en = _tidy(words["text_en"]) if words["text_en"].strip() else ""
    version.save(update_fields=["text", "text_en"])
    record("standard.changed", version, by=by, organisation=version.standard.bureau)
    return version


@transaction.atomic
def open_for_comment(
    version: StandardVersion,
    *,
    until: datetime.datetime,
    consultation_number: str,
    consultation_url: str,
    by: User,
) -> StandardVersion:
    """Publish a draft for comment: told by the consultation that asks about it. Raises ValidationError `published`,
    `past`."""
    version = _locked(version)
    authorise(policies.may_keep_standards, by, version.standard.bureau)
    if version.state != StandardVersion.State.DRAFT:
        raise ValidationError(_("It has been published: its words stay. Write the next version."), code="published")
    now = clock.now()
    if until <= now:
        raise ValidationError(_("The last day for comments lies in the past."), code="past")
    version.open_for_comment()
    version.commented_at, version.comments_until = now, until
    version.consultation_number, version.consultation_url = consultation_number, consultation_url
    version.save(update_fields=["state", "commented_at", "comments_until", "consultation_number", "consultation_url"])
    index_standard(version.standard)
    record("standard.opened", version, by=by, organisation=version.standard.bureau, consultation=consultation_number)
    return version


@transaction.atomic
def adopt_standard(
    version: StandardVersion, *, in_force_from: datetime.date, heard: int, response: str, by: User
) -> StandardVersion:
    """Let a version hold from a day on; the one in force until then is replaced.

    `heard`: how many answered; `response`: what was done with the comments.
    Raises ValidationError `not_commented`, `comments_open`, `response_missing`, `in_force_past`.
    """
    version = _locked(version)
    authorise(policies.may_keep_standards, by, version.standard.bureau)
    now, today = clock.now(), clock.today()
    if version.state != StandardVersion.State.COMMENT or version.comments_until is None:
        raise ValidationError(_("Only a version that was up for comment can be adopted."), code="not_commented")
    if now < version.comments_until:
        raise ValidationError(_("Comments may still come in."), code="comments_open")
    if not response.strip():
        raise ValidationError(_("Say what was done with the comments."), code="response_missing")
    if in_force_from < today:
        raise ValidationError(
            {
                "in_force_from": ValidationError(
                    _("A standard never binds backwards: today or later."), code="in_force_past"
                )
            }
        )
    for before in version.standard.versions.adopted().select_for_update():
        before.supersede()
        before.superseded_on = in_force_from
        before.save(update_fields=["state", "superseded_on"])
        record("standard.superseded", before, by=by, organisation=version.standard.bureau, version=before.version)
    version.adopt()
    version.adopted_at, version.adopted_by, version.in_force_from = now, by, in_force_from
    version.heard, version.response = heard, response.strip()
    version.save(update_fields=["state", "adopted_at", "adopted_by", "in_force_from", "heard", "response"])
    index_standard(version.standard)
    record(
        "standard.adopted", version, by=by, organisation=version.standard.bureau,
        version=version.version, in_force_from=in_force_from.isoformat(), heard=heard,
    )  # fmt: skip
    return version


@transaction.atomic
def drop_standard_version(version: StandardVersion, *, reason: str, by: User) -> StandardVersion:
    """Give a draft up, also after comments. Raises ValidationError `adopted`."""
    version = _locked(version)
    authorise(policies.may_keep_standards, by, version.standard.bureau)
    if version.state not in (StandardVersion.State.DRAFT, StandardVersion.State.COMMENT):
        raise ValidationError(_("It is or was in force: only a newer version replaces it."), code="adopted")
    version.drop()
    version.response = reason.strip()
    version.save(update_fields=["state", "response"])
    record("standard.dropped", version, by=by, organisation=version.standard.bureau)
    return version
