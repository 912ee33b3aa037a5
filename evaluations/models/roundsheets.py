"""A rating round's sheets, objections and certificates."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, User

from .framework import Indicator
from .rounds import RatingApplication, RatingRound


class RatingSheetQuerySet(models.QuerySet["RatingSheet"]):
    def submitted(self) -> "RatingSheetQuerySet":
        return self.filter(state=RatingSheet.State.SUBMITTED)

    def visible_to(self, user: User) -> "RatingSheetQuerySet":
        """One's own, always; another's once the round is ranked, for the bureau's people."""
        if not user.is_authenticated:
            return self.none()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        State = RatingRound.State
        ranked = Q(application__round__state__in=[State.RANKED, State.NOTICED, State.CONCLUDED])
        return self.filter(Q(scorer=user) | (ranked & Q(application__round__bureau__in=mine)))


class RatingSheet(Row):
    """One scorer's sheet for one organisation of a round.

    What is written lies encrypted in `draft` until every sheet of the round is in; ranking makes the marks of it, the
    day of the visit and the remark (`evaluations.ratingdrafts`).
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("scorecard", "Being filled in")
        SUBMITTED = "submitted", pgettext_lazy("scorecard", "Handed in")

    application = models.ForeignKey(RatingApplication, on_delete=models.PROTECT, related_name="sheets")
    scorer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rating_sheets")
    draft = EncryptedTextField(blank=True)
    visited_on = models.DateField(_("visited on"), null=True, blank=True)
    remark = models.TextField(_("remarks"), blank=True)
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)

    objects = RatingSheetQuerySet.as_manager()

    class Meta:
        ordering = ["application__number", "created_at"]
        constraints = [models.UniqueConstraint(fields=["application", "scorer"], name="one_rating_sheet_a_scorer")]
        indexes = [models.Index(fields=["scorer", "state"], name="rating_sheets_of_scorer")]

    def get_absolute_url(self) -> str:
        return reverse("evaluations:rating_sheet", args=[self.pk])

    @transition(state, source=State.OPEN, target=State.SUBMITTED)
    def submit(self) -> None:
        """Handed in for good."""


class RatingMark(Row):
    """What a scorer gave for one leaf: 0 to the leaf's `top`."""

    sheet = models.ForeignKey(RatingSheet, on_delete=models.CASCADE, related_name="marks")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="rating_marks")
    points = models.PositiveSmallIntegerField(_("points"))
    note = models.CharField(_("evidence seen"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "indicator"], name="one_rating_mark_a_leaf"),
            models.CheckConstraint(name="rating_mark_bounded", condition=Q(points__lte=100)),
        ]


class RatingObjection(Row):
    """An applicant disagrees with its published points. The bureau decides once, with its reason."""

    class State(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("objection", "To be decided")
        DECIDED = "decided", pgettext_lazy("objection", "Decided")

    application = models.OneToOneField(RatingApplication, on_delete=models.PROTECT, related_name="objection")
    text = models.TextField(_("why"))
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(_("lodged"))
    due_on = models.DateField(_("answer due on"))
    answer = models.TextField(_("answer"), blank=True)
    is_upheld = models.BooleanField(_("upheld"), null=True)
    points_before = models.DecimalField(_("points before"), max_digits=7, decimal_places=2)
    level_before = models.CharField(_("level before"), max_length=2, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(pgettext_lazy("objection", "decided"), null=True)
    state = StateField(_("state"), default=State.LODGED, choices=State.choices)

    class Meta:
        ordering = ["lodged_at"]

    @transition(state, source=State.LODGED, target=State.DECIDED)
    def decide(self) -> None:
        """The bureau has looked again."""


class Certificate(Row):
    """The level that an organisation holds, for so many years, on a sealed paper."""

    application = models.OneToOneField(RatingApplication, on_delete=models.PROTECT, related_name="certificate")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(_("certificate number"), max_length=50, unique=True)
    level = models.CharField(_("level"), max_length=2)
    awarded_on = models.DateField(_("given on"))
    valid_until = models.DateField(_("valid until"))
    paper = models.ForeignKey("papers.Paper", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawal = models.TextField(_("why it was withdrawn"), blank=True)

    class Meta:
        ordering = ["-awarded_on", "number"]
        constraints = [
            models.CheckConstraint(name="certificate_dates_in_order", condition=Q(valid_until__gt=F("awarded_on")))
        ]

    def get_absolute_url(self) -> str:
        return reverse("evaluations:certificate", args=[self.number])

    @property
    def public_path(self) -> str:
        return f"/ratings/certificates/{self.number}/"

    @property
    def holds(self) -> bool:
        return self.withdrawn_on is None and self.valid_until >= clock.today()
