"""The experts: how they were drawn, what they declared, how they scored."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import User

from .award import Bid
from .lot import Criterion
from .tender import Tender


class Panel(Row):
    """One draw of experts: pool and seed are kept so that anyone can run it again."""

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="panel")
    seed = models.CharField(max_length=64)
    pool = models.JSONField(default=list)  # ids of those who could be drawn, sorted: what the seed was applied to
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class PanellistQuerySet(models.QuerySet["Panellist"]):
    def sitting(self) -> "PanellistQuerySet":
        return self.exclude(state=Panellist.State.RECUSED)

    def visible_to(self, user: User) -> "PanellistQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()


class Panellist(Row):
    """An expert on the panel of one tender."""

    class State(models.TextChoices):
        APPOINTED = "appointed", pgettext_lazy("expert", "Appointed")
        DECLARED = "declared", pgettext_lazy("expert", "Declared, scoring")
        RECUSED = "recused", pgettext_lazy("expert", "Recused")
        SUBMITTED = "submitted", pgettext_lazy("expert", "Scores handed in")

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_seats")
    position = models.PositiveSmallIntegerField()
    state = StateField(_("state"), default=State.APPOINTED, choices=State.choices)
    declared_at = models.DateTimeField(null=True)
    recuse_reason = models.TextField(_("reason"), blank=True)
    submitted_at = models.DateTimeField(null=True)

    objects = PanellistQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["panel", "user"], name="one_seat_a_person")]

    @transition(state, source=State.APPOINTED, target=State.DECLARED)
    def declare(self) -> None:
        """No conflict with any bidder: may read the bids."""

    @transition(state, source=State.APPOINTED, target=State.RECUSED)
    def recuse(self) -> None:
        """A conflict (REG 9): another expert is drawn."""

    @transition(state, source=State.DECLARED, target=State.SUBMITTED)
    def submit(self) -> None:
        """All scorecards handed in: they can't be changed any more."""


class Scorecard(Row):
    """One expert's sheet for one bid."""

    panellist = models.ForeignKey(Panellist, on_delete=models.CASCADE, related_name="scorecards")
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="scorecards")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panellist", "bid"], name="one_scorecard")]


class Score(Row):
    """Points for one criterion, with the expert's words."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "criterion"], name="one_score_a_criterion"),
            models.CheckConstraint(condition=Q(points__gte=0), name="score_not_negative"),
        ]
