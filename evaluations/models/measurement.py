"""What the system's own data say about a leaf, kept as it was when the sheets were locked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluations.measures import REGISTRY, Measure
from marketplace.pages.models import Row

from .engagement import Engagement
from .framework import Indicator
from .rounds import RatingApplication


class Measurement(Row):
    """The value of a computed leaf and the points that it gives. No value: the data had nothing to say, and the leaf
    has its highest mark, so that it never counts against the organisation."""

    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.CASCADE, related_name="measurements")
    application = models.ForeignKey(RatingApplication, null=True, on_delete=models.CASCADE, related_name="measurements")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="measurements")
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=4, null=True)
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=4)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    # What it was counted from: [{"label", "value", "url"}], no personal data.
    evidence = models.JSONField(_("counted from"), default=list, blank=True)
    measured_at = models.DateTimeField(_("counted"))

    class Meta:
        ordering = ["indicator__position"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "indicator"], name="one_measurement_a_leaf"),
            models.UniqueConstraint(fields=["application", "indicator"], name="one_rating_measurement_a_leaf"),
            models.CheckConstraint(
                name="measured_for_one",
                condition=Q(engagement__isnull=False, application=None) | Q(engagement=None, application__isnull=False),
            ),
            models.CheckConstraint(name="measured_points_bounded", condition=Q(points__gte=0, points__lte=100)),
        ]

    @property
    def measure(self) -> Measure | None:
        """None for a measure that this installation no longer knows; the value stands."""
        return REGISTRY.get(self.indicator.measure)

    @property
    def unit(self) -> str:
        return str(self.measure.unit) if self.measure else ""
