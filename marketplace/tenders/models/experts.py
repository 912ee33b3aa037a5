"""The library of experts: what they know, where, and to whom they are tied."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import Category
from marketplace.pages.models import Row
from marketplace.parties.models import Organisation, Region


class Expert(Row):
    """What the finance department's library knows of an expert. Who has no entry can be drawn for anything."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="expertise")
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("works in")
    )
    specialities = models.ManyToManyField(Category, blank=True, related_name="experts", verbose_name=_("specialities"))

    def __str__(self) -> str:
        return f"{self.user}"


class ExpertTie(Row):
    """A tie that keeps an expert off a panel for three years after it ended (REG 9; rule `tender.conflict_years`)."""

    class Kind(models.TextChoices):
        EMPLOYED = "employed", pgettext_lazy("tie", "Employed there")
        BOARD = "director_or_supervisor", pgettext_lazy("tie", "Director or supervisor")
        CONTROL = "controlling_holder", pgettext_lazy("tie", "Controlling holder")
        SPOUSE = "spouse", pgettext_lazy("tie", "Spouse works there or runs it")
        LINEAL = "lineal", pgettext_lazy("tie", "Parent or child")
        COLLATERAL = "collateral_three_generations", pgettext_lazy("tie", "Relative within three generations")
        IN_LAW = "close_in_law", pgettext_lazy("tie", "Close in-law")
        OTHER = "other", pgettext_lazy("tie", "Another tie that may bend a judgement")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="expert_ties")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    kind = models.CharField(_("tie"), max_length=32, choices=Kind)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)  # None: it lasts
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]


class ExpertChange(Row):
    """What a keeper of the library changed about an expert, with the reason: the history is never rewritten."""

    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="changes")
    # Names as they stood that day: a later rename of a kind or a place does not rewrite the past.
    region_before = models.CharField(max_length=60, blank=True)
    region_after = models.CharField(max_length=60, blank=True)
    specialities_before = models.JSONField(default=list)
    specialities_after = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=300)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]
