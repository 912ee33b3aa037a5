"""What a registering bureau has noted about an organisation: yearly inspections, penalties, investigations."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.models import Row
from marketplace.parties.models import Organisation


class ConductEntry(Row):
    """One fact with its document. Rows only grow; an error is put right by withdrawing it."""

    class Kind(models.TextChoices):
        PASSED = "passed", pgettext_lazy("inspection", "Yearly inspection passed")
        BASIC = "basic", pgettext_lazy("inspection", "Yearly inspection: basic pass")
        FAILED = "failed", pgettext_lazy("inspection", "Yearly inspection failed")
        MISSED = "missed", pgettext_lazy("inspection", "Yearly inspection missed")
        PENALTY = "penalty", pgettext_lazy("conduct", "Administrative penalty")
        INVESTIGATION = "investigation", pgettext_lazy("conduct", "Under investigation")

    INSPECTIONS = (Kind.PASSED, Kind.BASIC, Kind.FAILED, Kind.MISSED)

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="conduct", verbose_name=_("organisation")
    )
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year that it is about"))
    began_on = models.DateField(_("dated"))
    # A penalty: carried out on; an investigation: closed on. None while it lasts.
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    document = models.CharField(_("document"), max_length=120)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawal = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)

    class Meta:
        ordering = ["-year", "-began_on"]
        constraints = [
            models.CheckConstraint(
                name="conduct_dates_in_order", condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on"))
            ),
            models.UniqueConstraint(
                fields=["organisation", "year"],
                condition=Q(kind__in=["passed", "basic", "failed", "missed"], withdrawn_at=None),
                name="one_inspection_a_year",
            ),
        ]
