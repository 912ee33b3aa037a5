"""How able a person is (GB/T 42195-2022), found by two assessors, and what care follows from it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation

from .residents import Resident


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def valid_on(self, day) -> "AssessmentQuerySet":
        """Confirmed by the second assessor and not yet too old."""
        return self.filter(state=Assessment.State.CONFIRMED, assessed_on__lte=day, valid_until__gte=day)


class Assessment(Row):
    """One assessment of ability. Scores are health data and stay encrypted; only the level is there to be asked for.

    `level` 0 is intact, 4 is complete loss. The first assessor's scores count when a second one, another person, has
    confirmed them.
    """

    class Level(models.IntegerChoices):
        INTACT = 0, _("0 Able")
        MILD = 1, _("1 Mild loss")
        MODERATE = 2, _("2 Moderate loss")
        SEVERE = 3, _("3 Severe loss")
        COMPLETE = 4, _("4 Complete loss")

    class State(models.TextChoices):
        SCORED = "scored", _("Waits for the second assessor")
        CONFIRMED = "confirmed", pgettext_lazy("assessment", "Confirmed")
        REJECTED = "rejected", _("Not confirmed")
        REPLACED = "replaced", _("Replaced by a newer one")

    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("resident")
    )
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    standard = models.CharField(_("standard"), max_length=40)
    scores = EncryptedTextField(_("scores"), blank=True)
    total = models.PositiveSmallIntegerField(_("points"))
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    raised_by = models.CharField(_("why the level was raised"), max_length=120, blank=True)
    assessed_on = models.DateField(_("assessed on"))
    valid_until = models.DateField(_("valid until"))
    state = StateField(_("state"), default=State.SCORED, choices=State.choices)
    first_assessor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("first assessor")
    )
    second_assessor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("second assessor"),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("confirmed"), null=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-assessed_on", "-created_at"]
        indexes = [models.Index(fields=["resident", "state", "valid_until"], name="assessment_in_force")]
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=models.Q(state="confirmed"), name="one_assessment_in_force"
            ),
            models.UniqueConstraint(
                fields=["resident"], condition=models.Q(state="scored"), name="one_assessment_waits"
            ),
            models.CheckConstraint(
                condition=models.Q(second_assessor=None) | ~models.Q(second_assessor=models.F("first_assessor")),
                name="assessed_by_two_people",
            ),
            models.CheckConstraint(condition=models.Q(level__lte=4), name="assessment_level_exists"),
        ]

    def __str__(self) -> str:
        return str(self.get_level_display())

    @transition(state, source=State.SCORED, target=State.CONFIRMED)
    def confirm(self, by) -> None:
        """The second assessor found the same."""
        self.second_assessor = by

    @transition(state, source=State.SCORED, target=State.REJECTED)
    def reject(self, by) -> None:
        """The second assessor found otherwise: both go again."""
        self.second_assessor = by

    @transition(state, source=State.CONFIRMED, target=State.REPLACED)
    def replace(self) -> None:
        """A newer assessment holds."""


class CarePlan(Row):
    """What care a resident needs, how often, to what end. The newest is the one in force."""

    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="care_plans")
    assessment = models.ForeignKey(Assessment, null=True, on_delete=models.PROTECT, related_name="care_plans")
    goal = models.CharField(_("what it should achieve"), max_length=300)
    review_on = models.DateField(_("look at it again on"))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"), default=clock.now)

    class Meta:
        ordering = ["-written_at"]


class CareNeed(Row):
    """One line of a plan: a kind of care (the codes of GB/T 43153-2023, rule service.home_care_standard)."""

    KINDS = {
        "daily_living": _("Daily living"),
        "basic_care": _("Basic care"),
        "health": _("Health"),
        "visits": _("Visits"),
        "comfort": _("Comfort and company"),
        "errands": _("Errands"),
        "home_adaptation": _("Adapting the home"),
    }

    plan = models.ForeignKey(CarePlan, on_delete=models.CASCADE, related_name="needs")
    code = models.CharField(_("care"), max_length=30)
    times_a_month = models.PositiveSmallIntegerField(_("times a month"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="one_need_a_kind")]

    @property
    def kind(self) -> str:
        return str(self.KINDS.get(self.code, self.code))
