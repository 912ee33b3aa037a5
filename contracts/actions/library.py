"""The clause library: a new version is written, put in use, and the one before retires."""

import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import policies, wording
from contracts.models import Template, TemplateClause
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

SHIPPED = Path(__file__).parent.parent / "data" / "templates.json"


@transaction.atomic
def load_shipped_templates() -> int:
    """Add the first version of each kind that has none, and put it in use; how many. Idempotent."""
    added = 0
    for spec in json.loads(SHIPPED.read_text(encoding="utf-8")):
        if Template.objects.filter(kind=spec["kind"]).exists():
            continue
        template = Template(kind=spec["kind"], version=spec["version"], title=spec["title"], in_use_from=clock.now())
        template.put_in_use()
        template.save(force_insert=True)
        TemplateClause.objects.bulk_create(
            [
                TemplateClause(template=template, position=position, **clause)
                for position, clause in enumerate(spec["clauses"], start=1)
            ]
        )
        added += 1
    return added


def _locked_draft(template: Template, by: User) -> Template:
    template = Template.objects.select_for_update().get(pk=template.pk)
    authorise(policies.may_keep_library, by)
    if template.state != Template.State.DRAFT:
        raise ValidationError(_("What is or was in use is never changed: write a new version."), code="template_in_use")
    return template


@transaction.atomic
def write_template_version(source: Template, *, note: str, by: User) -> Template:
    """Begin a new version as a copy. Raises ValidationError: "being_written" while another one is."""
    authorise(policies.may_keep_library, by)
    family = list(Template.objects.select_for_update().filter(kind=source.kind).order_by("version"))
    if any(template.state == Template.State.DRAFT for template in family):
        raise ValidationError(_("A new version is being written already."), code="being_written")

    template = Template.objects.create(
        kind=source.kind, version=family[-1].version + 1, title=source.title, note=note.strip(), written_by=by
    )
    copied = ("position", "subject", "heading", "heading_en", "text", "text_en", "is_fixed")
    TemplateClause.objects.bulk_create(
        [TemplateClause(template=template, **row) for row in source.clauses.values(*copied).order_by("position")]
    )
    record("template.begun", template, by=by, kind=template.kind, version=template.version)
    return template


@transaction.atomic
def change_template_clause(
    clause: TemplateClause, *, heading: str, text: str, heading_en: str = "", text_en: str = "", by: User
) -> TemplateClause:
    """Rewrite an article of the version that is being written.

    Raises ValidationError: "template_in_use", "unknown_field" on the text that names one.
    """
    template = _locked_draft(clause.template, by)
    clause = template.clauses.select_for_update().get(pk=clause.pk)
    for name, words in (("text", text), ("text_en", text_en)):
        if unknown := wording.unknown_fields(words):
            raise ValidationError(
                {
                    name: ValidationError(
                        _("No contract can fill these fields: %(names)s."),
                        code="unknown_field",
                        params={"names": ", ".join(unknown)},
                    )
                }
            )
    clause.heading, clause.heading_en = heading.strip(), heading_en.strip()
    clause.text, clause.text_en = text.strip(), text_en.strip()
    clause.save(update_fields=["heading", "heading_en", "text", "text_en"])
    record("template.changed", template, by=by, article=clause.position)
    return clause


@transaction.atomic
def put_template_in_use(template: Template, *, by: User) -> Template:
    """New drafts are filled from this version; drafts that stand keep theirs.

    Raises ValidationError: "template_in_use", "empty" for an article without words.
    """
    template = _locked_draft(template, by)
    if not can_proceed(template.put_in_use) or template.clauses.filter(text="").exists():
        raise ValidationError(_("Every article needs its words."), code="empty")
    for earlier in Template.objects.select_for_update().filter(kind=template.kind, state=Template.State.IN_USE):
        earlier.retire()
        earlier.save(update_fields=["state"])
    template.put_in_use()
    template.in_use_from = clock.now()
    template.save(update_fields=["state", "in_use_from"])
    record("template.put_in_use", template, by=by, kind=template.kind, version=template.version)
    return template
