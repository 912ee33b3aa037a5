"""One scorer's sheet, private until every sheet of the engagement is in.

Until then it lies in `SheetEntry`, encrypted; marks, remark and day of the visit are made of it when the last is in.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Role, User

from .engagement import Engagement
from .framework import Indicator


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def submitted(self):
        return self.filter(state=Scorecard.State.SUBMITTED)

    def visible_to(self, user: User):
        """One's own; everybody's once all are in: first for the evaluator's lead, then for the parties, who decides an
        appeal, and audit. The public reads the result, not who gave which mark."""
        if not user.is_authenticated:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        mine = held.values("organisation")
        leads = held.filter(role__in=[Role.OWNER, Role.MANAGER]).values("organisation")
        of_parties = (
            Q(engagement__contract__buyer__in=mine)
            | Q(engagement__evaluator__in=mine)
            | Q(engagement__contract__supplier__in=mine)
            | Q(engagement__appeal__reviewer__in=mine)
        )
        locked = Q(engagement__state__in=Engagement.LOCKED_STATES)
        return self.filter(
            Q(scorer=user)
            | Q(engagement__evaluator__in=leads, engagement__state=Engagement.State.MODERATING)
            | (locked if held.filter(role=Role.AUDITOR).exists() else locked & of_parties)
        )


class Scorecard(Row):
    """A scorer's sheet for one engagement."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("scorecard", "Being filled in")
        SUBMITTED = "submitted", pgettext_lazy("scorecard", "Handed in")

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="scorecards")
    scorer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scorecards")
    visited_on = models.DateField(_("visited on"), null=True, blank=True)
    remark = models.TextField(_("remarks"), blank=True)
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    sha256 = models.CharField(_("fingerprint of the sheet"), max_length=64, blank=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["engagement", "scorer"], name="one_sheet_a_scorer")]

    def __str__(self) -> str:
        return f"{self.engagement.number} {self.scorer.name}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:scorecard", args=[self.pk])

    @transition(state, source=State.OPEN, target=State.SUBMITTED)
    def submit(self) -> None:
        """Handed in for good."""


class Mark(Row):
    """What a scorer gave for one leaf: 0 to the leaf's `top`."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="marks")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="marks")
    points = models.PositiveSmallIntegerField(_("points"))
    note = models.CharField(_("evidence seen"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "indicator"], name="one_mark_a_leaf"),
            models.CheckConstraint(name="mark_points_bounded", condition=Q(points__lte=100)),
        ]
