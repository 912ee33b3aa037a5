"""One evaluation of one contract by one third party."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from contracts.models import Contract
from marketplace.directory.models import GRADE_TONES, ProviderRating
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, User
from marketplace.parties.policies import is_auditor, is_operator

from .framework import Framework


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def published(self):
        return self.filter(state=Engagement.State.PUBLISHED)

    def visible_to(self, user: User):
        """The buyer, the evaluator and the provider evaluated; what is published, anyone."""
        if not user.is_authenticated:
            return self.published()
        if is_operator(user) or is_auditor(user):
            return self.all()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(
            Q(state=Engagement.State.PUBLISHED)
            | Q(contract__buyer__in=mine)
            | Q(evaluator__in=mine)
            | Q(contract__supplier__in=mine)
        )


class Engagement(Row):
    """A bureau lets an independent organisation evaluate a contract."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("evaluation", "Planned")
        SCORING = "scoring", pgettext_lazy("evaluation", "Scoring")
        MODERATING = "moderating", pgettext_lazy("evaluation", "All sheets in, outliers being looked at")
        SCORED = "scored", pgettext_lazy("evaluation", "Scored, awaiting the provider's reply")
        APPEALED = "appealed", pgettext_lazy("evaluation", "Before a second evaluator")
        REPLIED = "replied", pgettext_lazy("evaluation", "Replied, to be published")
        PUBLISHED = "published", pgettext_lazy("evaluation", "Published")

    Grade = ProviderRating.Grade

    # The states in which the scorers' sheets are open to the parties: all are in, none can change.
    LOCKED_STATES = (State.SCORED, State.APPEALED, State.REPLIED, State.PUBLISHED)

    number = models.CharField(_("evaluation number"), max_length=40, unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="engagements")
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="engagements")
    evaluator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    # How the evaluator was hired: a signed contract of this system, or in words for a purchase below every threshold.
    hired_by = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="evaluations_bought"
    )
    appointment = models.CharField(_("how the evaluator was hired"), max_length=200, blank=True)
    due_on = models.DateField(_("due on"))
    state = StateField(_("state"), default=State.PLANNED, choices=State.choices)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField(_("independence declared"), null=True, blank=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=10, choices=ProviderRating.Grade, blank=True)
    scored_at = models.DateTimeField(_("scored"), null=True, blank=True)
    findings = models.TextField(_("findings"), blank=True)
    recommendations = models.TextField(_("recommendations"), blank=True)
    reply_by = models.DateField(_("reply until"), null=True, blank=True)
    reply = models.TextField(_("the provider's reply"), blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    report = models.ForeignKey("papers.Paper", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="engagement_score_in_range", condition=Q(score=None) | Q(score__gte=0, score__lte=100)
            )
        ]
        indexes = [models.Index(fields=["state", "-published_at"], name="engagements_by_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.contract.title}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:engagement", args=[self.pk])

    @property
    def public_path(self) -> str:
        """The page's address in the first language, as it is stored, printed and published."""
        return f"/evaluations/{self.pk}/"

    @property
    def is_locked(self) -> bool:
        """All sheets are in: scores are shown and nobody can change one."""
        return self.state in self.LOCKED_STATES

    @property
    def tone(self) -> str:
        return {"planned": "quiet", "scoring": "active", "moderating": "active", "published": "good"}.get(
            self.state, "warn"
        )

    @property
    def grade_tone(self) -> str:
        return GRADE_TONES.get(self.grade, "quiet")

    @transition(state, source=State.PLANNED, target=State.SCORING)
    def start(self) -> None:
        """Independence is declared and the scorers are named."""

    @transition(state, source=State.SCORING, target=State.MODERATING)
    def gather(self) -> None:
        """The last sheet is in; nobody's marks can change any more, the lead looks at outliers."""

    @transition(state, source=State.MODERATING, target=State.SCORED)
    def settle(self) -> None:
        """Every outlier has its reason: score and grade are made."""

    @transition(state, source=[State.SCORED, State.REPLIED], target=State.APPEALED)
    def take_appeal(self) -> None:
        """The provider asks for a second look."""

    @transition(state, source=[State.SCORED, State.APPEALED], target=State.REPLIED)
    def take_reply(self) -> None:
        """The provider has answered, or its appeal has been decided."""

    @transition(state, source=[State.SCORED, State.REPLIED], target=State.PUBLISHED)
    def publish(self) -> None:
        """Anyone may read it."""
