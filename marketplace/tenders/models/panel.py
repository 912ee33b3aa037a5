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

    class State(models.TextChoices):
        SCORING = "scoring", pgettext_lazy("panel", "Scoring")
        MODERATING = "moderating", pgettext_lazy("panel", "Looking at outliers and prices")
        RANKED = "ranked", pgettext_lazy("panel", "Ranked, confirming the report")
        REPORTED = "reported", pgettext_lazy("panel", "Report handed over")

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="panel")
    seed = models.CharField(max_length=64)
    pool = models.JSONField(default=list)  # ids of those who could be drawn, sorted: what the seed was applied to
    excluded = models.JSONField(default=list)  # [[id, cause]] of experts whom a tie kept out of the pool
    earlier_draws = models.JSONField(default=list)  # [{"seed", "pool", "drawn_at"}] of panels that were dismissed
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = StateField(_("state"), default=State.SCORING, choices=State.choices)
    scored_at = models.DateTimeField(null=True)  # every sheet is in
    report_due_at = models.DateTimeField(null=True)  # rule tender.report_period
    reported_at = models.DateTimeField(null=True)  # every member has confirmed the report
    decision_due_at = models.DateTimeField(null=True)  # the buyer's: rule tender.decision_period

    def __str__(self) -> str:
        return f"{self.tender}"

    @transition(state, source=State.SCORING, target=State.MODERATING)
    def moderate(self) -> None:
        """Every sheet is in; an outlier waits for the chair or a low price for the panel."""

    @transition(state, source=[State.SCORING, State.MODERATING], target=State.RANKED)
    def rank(self) -> None:
        """The formula has run for every lot."""

    @transition(state, source=State.RANKED, target=State.REPORTED)
    def report(self) -> None:
        """Every member has confirmed the report, or said why not; the buyer has it."""

    @transition(state, source=[State.SCORING, State.MODERATING, State.RANKED, State.REPORTED], target=State.SCORING)
    def draw_again(self) -> None:
        """New members are drawn: a decision on a complaint asks for a new panel."""


class PanellistQuerySet(models.QuerySet["Panellist"]):
    def sitting(self) -> "PanellistQuerySet":
        return self.exclude(state__in=[Panellist.State.RECUSED, Panellist.State.DISMISSED])

    def who_declared(self) -> "PanellistQuerySet":
        """Those who may read the bids."""
        return self.filter(state__in=[Panellist.State.DECLARED, Panellist.State.SUBMITTED])

    def visible_to(self, user: User) -> "PanellistQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()


class Panellist(Row):
    """An expert on the panel of one tender."""

    class State(models.TextChoices):
        APPOINTED = "appointed", pgettext_lazy("expert", "Appointed")
        DECLARED = "declared", pgettext_lazy("expert", "Declared, scoring")
        RECUSED = "recused", pgettext_lazy("expert", "Recused")
        SUBMITTED = "submitted", pgettext_lazy("expert", "Scores handed in")
        DISMISSED = "dismissed", pgettext_lazy("expert", "Dismissed with the panel")

    class Kind(models.TextChoices):
        EXPERT = "expert", pgettext_lazy("panel", "Expert")
        BUYER = "buyer", pgettext_lazy("panel", "Buyer's representative")

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_seats")
    position = models.PositiveSmallIntegerField()
    state = StateField(_("state"), default=State.APPOINTED, choices=State.choices)
    declared_at = models.DateTimeField(null=True)
    recuse_reason = models.TextField(_("reason"), blank=True)
    submitted_at = models.DateTimeField(null=True)
    kind = models.CharField(_("sits as"), max_length=8, choices=Kind, default=Kind.EXPERT)
    chair_vote = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="votes")
    confirmed_at = models.DateTimeField(_("report confirmed"), null=True)
    dissent = models.TextField(_("dissenting opinion"), blank=True)  # empty: agrees with the report

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

    @transition(state, source=[State.APPOINTED, State.DECLARED, State.SUBMITTED], target=State.DISMISSED)
    def dismiss(self) -> None:
        """A new panel takes over: the sheets are kept, and count no more."""


class Scorecard(Row):
    """One expert's sheet for one bid."""

    panellist = models.ForeignKey(Panellist, on_delete=models.CASCADE, related_name="scorecards")
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="scorecards")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panellist", "bid"], name="one_scorecard")]


class Moderation(Row):
    """A sheet that lies far from the others: what the chair made of it, and what stood there before."""

    scorecard = models.OneToOneField(Scorecard, on_delete=models.CASCADE, related_name="moderation")
    total = models.DecimalField(max_digits=6, decimal_places=2)  # of this sheet
    others_mean = models.DecimalField(max_digits=6, decimal_places=2)  # of the other members' sheets
    reason = models.TextField(_("reason"), blank=True)
    originals = models.JSONField(default=dict)  # {criterion id: points as text} of what was corrected
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]

    @property
    def is_decided(self) -> bool:
        return self.decided_at is not None


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
