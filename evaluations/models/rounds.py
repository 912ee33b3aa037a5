"""A round in which a bureau rates social organisations 1A to 5A (民政部令第39号), and who applies."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor, is_operator

from .framework import Framework


class RatingRound(Row):
    """From the call to the certificates. The seed of the draw is made with the call and only its digest is shown, so
    that nobody can choose one after seeing who applied; it is shown when the scorers are drawn."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("rating round", "Open for applications")
        CHECKING = "checking", pgettext_lazy("rating round", "Applications being checked")
        SCORING = "scoring", pgettext_lazy("rating round", "Being scored")
        RANKED = "ranked", pgettext_lazy("rating round", "Scored, to be published")
        NOTICED = "noticed", pgettext_lazy("rating round", "Published for objections")
        CONCLUDED = "concluded", pgettext_lazy("rating round", "Concluded")

    PUBLIC_RESULTS = (State.NOTICED, State.CONCLUDED)

    number = models.CharField(_("number of the round"), max_length=40, unique=True)
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="rating_rounds", verbose_name=_("bureau")
    )
    framework = models.ForeignKey(
        Framework, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("framework of indicators")
    )
    evaluators = models.ManyToManyField(Organisation, related_name="rounds_scored", verbose_name=_("evaluators"))
    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("the call"), blank=True)
    closes_on = models.DateField(_("applications until"))
    scoring_due_on = models.DateField(_("scored by"))
    scorers_each = models.PositiveSmallIntegerField(_("scorers for each organisation"), default=2)
    seed = models.CharField(_("seed"), max_length=64)
    seed_digest = models.CharField(_("digest of the seed"), max_length=64)
    pool = models.JSONField(default=list, blank=True)  # ids of the scorers who could be drawn
    drawn_at = models.DateTimeField(pgettext_lazy("draw", "drawn"), null=True, blank=True)
    ranked_at = models.DateTimeField(_("ranked"), null=True, blank=True)
    noticed_at = models.DateTimeField(pgettext_lazy("rating round", "published"), null=True, blank=True)
    notice_until = models.DateField(_("objections until"), null=True, blank=True)
    concluded_at = models.DateTimeField(pgettext_lazy("rating round", "concluded"), null=True, blank=True)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(_("called"))
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)

    class Meta:
        ordering = ["-called_at"]
        constraints = [
            models.CheckConstraint(name="round_scored_after_it_closes", condition=Q(scoring_due_on__gt=F("closes_on"))),
            models.CheckConstraint(name="round_has_scorers", condition=Q(scorers_each__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evaluations:round", args=[self.number])

    @property
    def public_path(self) -> str:
        return f"/ratings/{self.number}/"

    @property
    def shows_results(self) -> bool:
        return self.state in self.PUBLIC_RESULTS

    @property
    def takes_applications(self) -> bool:
        return self.state == self.State.OPEN and clock.today() <= self.closes_on

    @property
    def tone(self) -> str:
        return {"open": "active", "concluded": "good", "noticed": "warn"}.get(self.state, "quiet")

    @transition(state, source=State.OPEN, target=State.CHECKING)
    def close(self) -> None:
        """No more applications."""

    @transition(state, source=State.CHECKING, target=State.SCORING)
    def begin_scoring(self) -> None:
        """The scorers are drawn."""

    @transition(state, source=State.SCORING, target=State.RANKED)
    def rank(self) -> None:
        """Every sheet is in and added up."""

    @transition(state, source=State.RANKED, target=State.NOTICED)
    def notice(self) -> None:
        """Anyone may read the levels and object."""

    @transition(state, source=State.NOTICED, target=State.CONCLUDED)
    def conclude(self) -> None:
        """The levels are given."""


class RatingApplicationQuerySet(models.QuerySet["RatingApplication"]):
    def visible_to(self, user: User) -> "RatingApplicationQuerySet":
        """The applicant's people, the bureau's, the scorers drawn for it."""
        if not user.is_authenticated:
            return self.none()
        if is_operator(user) or is_auditor(user):
            return self.all()
        mine = user.memberships.filter(ended_at=None)
        buys = mine.filter(role__in=[Role.OFFICER, Role.APPROVER]).values("organisation")
        return self.filter(
            Q(organisation__in=mine.filter(role__in=[Role.OWNER, Role.MANAGER]).values("organisation"))
            | (Q(round__bureau__in=buys) & ~Q(state=RatingApplication.State.DRAFT))
            | Q(sheets__scorer=user)
        ).distinct()

    def standing(self) -> "RatingApplicationQuerySet":
        """Admitted and not out of the round."""
        State = RatingApplication.State
        return self.filter(state__in=[State.ADMITTED, State.SCORED, State.RATED])


class RatingApplication(Row):
    """An organisation asks to be rated: declaration and its own preliminary score, then what was found."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("application", "Being written")
        SUBMITTED = "submitted", pgettext_lazy("application", "Handed in, to be checked")
        ADMITTED = "admitted", pgettext_lazy("application", "Admitted to the round")
        REFUSED = "refused", pgettext_lazy("application", "Not admitted")
        SCORED = "scored", pgettext_lazy("application", "Scored")
        RATED = "rated", pgettext_lazy("application", "Rated")

    round = models.ForeignKey(RatingRound, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="rating_applications", verbose_name=_("organisation")
    )
    number = models.CharField(_("application number"), max_length=50, unique=True)
    statement = models.TextField(_("what the organisation says of itself"), blank=True)
    self_marks = models.JSONField(default=dict, blank=True)  # leaf id → points
    self_points = models.DecimalField(_("its own points"), max_digits=7, decimal_places=2, null=True, blank=True)
    is_declared = models.BooleanField(_("declared to be true"), default=False)
    # What the system's data said when it was handed in: [{"code", "met", "detail"}]
    findings = models.JSONField(default=list, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(pgettext_lazy("application", "checked"), null=True, blank=True)
    reason = models.TextField(_("why it was not admitted"), blank=True)
    decided_marks = models.JSONField(default=dict, blank=True)  # leaf id → points that count after an objection
    excluded = models.JSONField(default=dict, blank=True)  # scorers kept out of this draw: id → cause
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2, null=True, blank=True)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=2, blank=True)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)

    objects = RatingApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "organisation"], name="one_application_a_round"),
            models.CheckConstraint(
                name="rated_application_has_points",
                condition=~Q(state__in=["scored", "rated"]) | Q(points__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["round", "state"], name="applications_by_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:application", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"refused": "bad", "rated": "good", "scored": "good", "draft": "warn"}.get(self.state, "active")

    @transition(state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self) -> None:
        """Handed in for good."""

    @transition(state, source=State.SUBMITTED, target=State.ADMITTED)
    def admit(self) -> None:
        """It meets the conditions."""

    @transition(state, source=State.SUBMITTED, target=State.REFUSED)
    def refuse(self) -> None:
        """It does not."""

    @transition(state, source=State.ADMITTED, target=State.SCORED)
    def score(self) -> None:
        """Its sheets are added up."""

    @transition(state, source=State.SCORED, target=State.RATED)
    def rate(self) -> None:
        """The round is concluded."""
