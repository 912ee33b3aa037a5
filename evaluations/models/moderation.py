"""What changes a mark after all sheets are in: the lead's moderation, and an appeal to a second evaluator."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, User

from .engagement import Engagement
from .framework import Indicator
from .scorecard import Mark


class Moderation(Row):
    """The lead has looked at a mark far from the others'. The scorer's own mark stays beside what now counts."""

    mark = models.OneToOneField(Mark, on_delete=models.PROTECT, related_name="moderation")
    points = models.PositiveSmallIntegerField(_("points that count"))
    reason = models.TextField(_("reason"))
    moderated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moderated_at = models.DateTimeField(_("moderated"))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(points__lte=100), name="moderated_points_bounded")]


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: User) -> "AppealQuerySet":
        """The parties of the evaluation and the second evaluator; once the evaluation is published, anyone."""
        if not user.is_authenticated:
            return self.filter(engagement__state=Engagement.State.PUBLISHED)
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(Q(engagement__in=Engagement.objects.visible_to(user)) | Q(reviewer__in=mine))


class Appeal(Row):
    """The provider asks for a second look at some leaves, by an evaluator who has not seen them before."""

    class State(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("appeal", "Waiting for a second evaluator")
        ASSIGNED = "assigned", pgettext_lazy("appeal", "With the second evaluator")
        DECIDED = "decided", pgettext_lazy("appeal", "Decided")

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="appeal")
    reason = models.TextField(_("why"))
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(_("lodged"))
    reviewer = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="appeals", verbose_name=_("second evaluator")
    )
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    due_on = models.DateField(_("decision due on"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(pgettext_lazy("appeal", "decided"), null=True)
    score_before = models.DecimalField(_("score before the appeal"), max_digits=5, decimal_places=2)
    state = StateField(_("state"), default=State.LODGED, choices=State.choices)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-lodged_at"]

    def get_absolute_url(self) -> str:
        return reverse("evaluations:appeal", args=[self.pk])

    @transition(state, source=State.LODGED, target=State.ASSIGNED)
    def assign(self) -> None:
        """The buyer names an evaluator that has no tie to anybody in it."""

    @transition(state, source=State.ASSIGNED, target=State.DECIDED)
    def decide(self) -> None:
        """Each leaf has its answer."""


class AppealLeaf(Row):
    """One leaf in dispute. `points` is what counts instead of the scorers' mean, on the leaf's own scale."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="leaves")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    upheld = models.BooleanField(_("upheld"), null=True)
    points = models.DecimalField(_("points that count"), max_digits=5, decimal_places=2, null=True)
    finding = models.TextField(pgettext_lazy("appeal", "finding"), blank=True)

    class Meta:
        ordering = ["indicator__position"]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "indicator"], name="one_appeal_of_a_leaf"),
            models.CheckConstraint(
                condition=Q(upheld=True, points__gte=0, points__lte=100) | (~Q(upheld=True) & Q(points=None)),
                name="upheld_leaf_has_points",
            ),
        ]
