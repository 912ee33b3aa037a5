"""What an evaluation plans to look at, and what was drawn at random for it, so that anyone can draw again."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.models import Row

from .engagement import Engagement


class FieldStep(Row):
    """One thing that the evaluators mean to do: a visit, papers to read, people to ask."""

    class Kind(models.TextChoices):
        VISIT = "visit", pgettext_lazy("fieldwork", "Visit to the place")
        DOCUMENT = "document", pgettext_lazy("fieldwork", "Documents to read")
        INTERVIEW = "interview", pgettext_lazy("fieldwork", "Interview")
        SURVEY = "survey", pgettext_lazy("fieldwork", "Questions to residents")

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    subject = models.CharField(_("what, and where or with whom"), max_length=200)
    planned_on = models.DateField(_("planned for"))
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.TextField(_("what was seen"), blank=True)

    class Meta:
        ordering = ["planned_on", "created_at"]


class Draw(Row):
    """Drawn at random from a pool: `chosen` are the first of the pool's ids ordered by SHA-256("seed:id")."""

    class Purpose(models.TextChoices):
        EVALUATOR = "evaluator", pgettext_lazy("draw", "The evaluator")
        RESIDENTS = "residents", pgettext_lazy("draw", "Residents to ask")

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="draws")
    purpose = models.CharField(_("what was drawn"), max_length=10, choices=Purpose)
    seed = models.CharField(_("seed"), max_length=64)
    pool = models.JSONField(default=list)
    excluded = models.JSONField(default=dict, blank=True)  # id → cause
    chosen = models.JSONField(default=list)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(pgettext_lazy("draw", "drawn"))

    class Meta:
        ordering = ["drawn_at"]
