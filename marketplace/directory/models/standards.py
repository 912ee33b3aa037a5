"""What good service is: a standard in versions, published for comment, adopted with a date, superseded by the next."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor, is_operator

from .offers import Category

KEEPERS = [Role.OFFICER, Role.APPROVER]


class Standard(Row):
    """A standard of service that a bureau keeps: what it is about. What it says stands in its versions."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="standards", verbose_name=_("bureau")
    )
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="standards",
        verbose_name=_("kind of service"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self.name, self.name_en)

    def get_absolute_url(self) -> str:
        return reverse("directory:standard", args=[self.code])


class StandardVersionQuerySet(models.QuerySet["StandardVersion"]):
    def public(self) -> "StandardVersionQuerySet":
        """What was ever published: for comment, in force, or replaced."""
        return self.exclude(state__in=[StandardVersion.State.DRAFT, StandardVersion.State.DROPPED])

    def adopted(self) -> "StandardVersionQuerySet":
        """What may be cited: one version of each standard at the most."""
        return self.filter(state=StandardVersion.State.ADOPTED)

    def visible_to(self, user: User) -> "StandardVersionQuerySet":
        """What is public, and the drafts of the bureaus that the reader keeps standards for."""
        if not user.is_authenticated or not user.is_active:
            return self.public()
        if is_operator(user) or is_auditor(user):
            return self
        own = user.memberships.filter(ended_at=None, role__in=KEEPERS).values("organisation")
        return self.filter(
            ~Q(state__in=[StandardVersion.State.DRAFT, StandardVersion.State.DROPPED]) | Q(standard__bureau__in=own)
        )


class StandardVersion(Row):
    """One version of a standard. Its text is one clause a line and never changes once it was published.

    Consultations stand above this room: who opens one tells its number, address and last day, and how many were heard.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("standard", "Draft")
        COMMENT = "comment", pgettext_lazy("standard", "For comment")
        ADOPTED = "adopted", pgettext_lazy("standard", "In force")
        SUPERSEDED = "superseded", pgettext_lazy("standard", "Replaced by a newer version")
        DROPPED = "dropped", pgettext_lazy("standard", "Given up")

    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text, one clause a line"))
    text_en = models.TextField(_("English text, one clause a line"), blank=True)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    commented_at = models.DateTimeField(_("published for comment"), null=True)
    comments_until = models.DateTimeField(_("comments until"), null=True)
    consultation_number = models.CharField(_("consultation"), max_length=40, blank=True)
    consultation_url = models.CharField(max_length=200, blank=True)
    heard = models.PositiveIntegerField(_("people heard"), null=True)
    response = models.TextField(_("what was done with the comments"), blank=True)
    adopted_at = models.DateTimeField(_("adopted"), null=True)
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    in_force_from = models.DateField(_("in force from"), null=True)
    superseded_on = models.DateField(_("replaced on"), null=True)

    objects = StandardVersionQuerySet.as_manager()

    class Meta:
        ordering = ["standard__code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "version"], name="one_standard_version"),
            models.UniqueConstraint(fields=["standard"], condition=Q(state="adopted"), name="one_version_in_force"),
            models.UniqueConstraint(
                fields=["standard"], condition=Q(state__in=["draft", "comment"]), name="one_version_in_the_making"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["adopted", "superseded"]) | Q(in_force_from__isnull=False, heard__isnull=False),
                name="adopted_standard_has_date_and_comments",
            ),
            models.CheckConstraint(
                condition=Q(comments_until=None) | Q(comments_until__gt=F("commented_at")),
                name="comment_period_has_length",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s (%(code)s, version %(version)s)") % {
            "name": self.standard.local_name,
            "code": self.standard.code,
            "version": self.version,
        }

    def get_absolute_url(self) -> str:
        return reverse("directory:standard_version", args=[self.standard.code, self.version])

    @property
    def local_text(self) -> str:
        return local(self.text, self.text_en)

    @property
    def clauses(self) -> list[str]:
        return [line.strip() for line in self.local_text.splitlines() if line.strip()]

    def takes_comments_at(self, now: datetime.datetime) -> bool:
        return self.state == self.State.COMMENT and self.comments_until is not None and now < self.comments_until

    @transition(state, source=State.DRAFT, target=State.COMMENT)
    def open_for_comment(self) -> None:
        """A consultation asks about it: from now on its words stay as they are."""

    @transition(state, source=State.COMMENT, target=State.ADOPTED)
    def adopt(self) -> None:
        """It holds from its day on; tenders and evaluations may cite it."""

    @transition(state, source=State.ADOPTED, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A newer version holds; what cited this one still says so."""

    @transition(state, source=[State.DRAFT, State.COMMENT], target=State.DROPPED)
    def drop(self) -> None:
        """It will not be adopted."""
