"""The clause library: versions of the standing words that drafts are filled from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField

from .subjects import ContractKind, Subject


class TemplateQuerySet(models.QuerySet["Template"]):
    def in_use(self):
        return self.filter(state=Template.State.IN_USE)


class Template(Row):
    """One version of the words for one kind of contract. What is in use is never edited: a change is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("template", "Being written")
        IN_USE = "in_use", pgettext_lazy("template", "In use")
        RETIRED = "retired", pgettext_lazy("template", "Replaced")

    kind = models.CharField(_("kind"), max_length=20, choices=ContractKind)
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    in_use_from = models.DateTimeField(_("in use from"), null=True, blank=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="one_template_version"),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="in_use"), name="one_template_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:template", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"draft": "warn", "in_use": "good", "retired": "quiet"}[self.state]

    @transition(state, source=State.DRAFT, target=State.IN_USE)
    def put_in_use(self) -> None:
        """New drafts are filled from it."""

    @transition(state, source=State.IN_USE, target=State.RETIRED)
    def retire(self) -> None:
        """A newer version has taken its place."""


class TemplateClause(Row):
    """One article of a template. Names in braces are filled from tender, bid and contract (`wording.FIELDS`)."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="clauses")
    position = models.PositiveSmallIntegerField(_("article"))
    subject = models.CharField(pgettext_lazy("clause", "subject"), max_length=12, choices=Subject)
    heading = models.CharField(_("heading"), max_length=80)
    heading_en = models.CharField(_("heading in English"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    text_en = models.TextField(_("English reading copy"), blank=True)
    is_fixed = models.BooleanField(_("from tender and bid: not to be changed"), default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["template", "position"], name="one_template_clause_a_place")]

    def __str__(self) -> str:
        return self.heading

    @property
    def paragraphs(self) -> list[str]:
        return [line.strip() for line in self.text.splitlines() if line.strip()]
