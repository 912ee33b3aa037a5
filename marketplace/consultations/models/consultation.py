"""What a bureau asks, whom, until when; and, after the last day, what came of it."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import StandardVersion
from marketplace.pages.language import in_english, local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.parties.policies import is_auditor

KEEPERS = [Role.OFFICER, Role.APPROVER]


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def public(self) -> "ConsultationQuerySet":
        """Whatever was published, whether it runs, is closed or has its results."""
        return self.exclude(state=Consultation.State.DRAFT)

    def running(self, now: datetime.datetime) -> "ConsultationQuerySet":
        return self.filter(state=Consultation.State.OPEN, starts_at__lte=now, closes_at__gt=now)

    def with_results(self) -> "ConsultationQuerySet":
        """Those whose figures stand and never change again: what a tender may cite."""
        return self.filter(state__in=[Consultation.State.REPORTED, Consultation.State.CONCLUDED])

    def visible_to(self, user: User) -> "ConsultationQuerySet":
        """What is public; drafts for the bureau's officers and for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.public()
        if is_auditor(user):
            return self
        own = user.memberships.filter(ended_at=None, role__in=KEEPERS).values("organisation")
        return self.filter(~Q(state=Consultation.State.DRAFT) | Q(bureau__in=own))


class Consultation(Row):
    """A bureau asks residents before it decides: services, opening hours, a draft standard (REG 15).

    Answers come by the public page, by paper sheets and at the desk, until `closes_at`; sheets that were handed in on
    time are typed in until the figures are published.
    """

    class Audience(models.TextChoices):
        EVERYONE = "everyone", pgettext_lazy("consultation", "Everyone who lives there")
        REGISTERED = "registered", pgettext_lazy("consultation", "Residents in the register")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("consultation", "Draft")
        OPEN = "open", pgettext_lazy("consultation", "Published")
        REPORTED = "reported", pgettext_lazy("consultation", "Results published")
        CONCLUDED = "concluded", pgettext_lazy("consultation", "Acted upon")

    number = models.CharField(_("number"), max_length=40, unique=True, null=True)
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="consultations", verbose_name=_("bureau")
    )
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    about = models.TextField(_("why we ask"), blank=True)
    about_en = models.TextField(_("why we ask, in English"), blank=True)
    audience = models.CharField(_("who may answer"), max_length=12, choices=Audience, default=Audience.EVERYONE)
    regions = models.ManyToManyField(Region, related_name="+", verbose_name=_("places"))
    standard = models.ForeignKey(
        StandardVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="consultations",
        verbose_name=_("draft standard"),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"))
    closes_at = models.DateTimeField(_("until"))
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)
    summary = models.TextField(_("what was said"), blank=True)
    reported_at = models.DateTimeField(_("results published"), null=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("starts_at")), name="consultation_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(number__isnull=False, published_at__isnull=False),
                name="published_consultation_has_number",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def local_title(self) -> str:
        return local(self.title, self.title_en)

    @property
    def local_about(self) -> str:
        return local(self.about, self.about_en)

    def get_absolute_url(self) -> str:
        return reverse("consultations:page", args=[self.number]) if self.number else self.get_desk_url()

    def get_desk_url(self) -> str:
        return reverse("consultations:desk", args=[self.pk])

    def takes_answers_at(self, now: datetime.datetime) -> bool:
        return self.state == self.State.OPEN and self.starts_at <= now < self.closes_at

    def is_closed_at(self, now: datetime.datetime) -> bool:
        return self.state != self.State.DRAFT and now >= self.closes_at

    @property
    def has_results(self) -> bool:
        return self.state in (self.State.REPORTED, self.State.CONCLUDED)

    @transition(state, source=State.DRAFT, target=State.OPEN)
    def publish(self) -> None:
        """Residents may read it, and answer from its first day on; its questions stay as they are."""

    @transition(state, source=State.OPEN, target=State.REPORTED)
    def report(self) -> None:
        """The figures are public and no answer is taken any more, sheets included."""

    @transition(state, source=[State.REPORTED, State.CONCLUDED], target=State.CONCLUDED)
    def conclude(self) -> None:
        """The bureau has said what it does with the answers; more may follow."""


class Question(Row):
    """One question, answered by choosing, by five steps, or in one's own words."""

    class Kind(models.TextChoices):
        ONE = "one", pgettext_lazy("question", "Choose one")
        MANY = "many", pgettext_lazy("question", "Choose several")
        SCALE = "scale", pgettext_lazy("question", "One to five")
        WORDS = "words", pgettext_lazy("question", "In your own words")

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind)
    text = models.CharField(_("question"), max_length=200)
    text_en = models.CharField(_("question, in English"), max_length=300, blank=True)
    options = models.JSONField(default=list, blank=True)  # the words to choose from, in their order
    options_en = models.JSONField(default=list, blank=True)  # the same in English, or none

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["consultation", "position"], name="one_question_a_place")]

    def __str__(self) -> str:
        return self.text

    @property
    def local_text(self) -> str:
        return local(self.text, self.text_en)

    @property
    def local_options(self) -> list[str]:
        return self.options_en if in_english() and len(self.options_en) == len(self.options) else self.options


class Outcome(Row):
    """What the bureau did, does or won't do with the answers, and why. Published; never changed, only followed."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="outcomes")
    text = models.TextField(_("what was done with the answers"))
    text_en = models.TextField(_("what was done, in English"), blank=True)
    published_at = models.DateTimeField(_("published"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["published_at", "created_at"]

    @property
    def local_text(self) -> str:
        return local(self.text, self.text_en)
