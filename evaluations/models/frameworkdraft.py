"""A framework that is still being written: rows as they were typed, right or not yet."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row
from marketplace.parties.models import Organisation, User
from marketplace.parties.policies import is_operator

from .framework import Framework


class FrameworkDraftQuerySet(models.QuerySet["FrameworkDraft"]):
    def visible_to(self, user: User) -> "FrameworkDraftQuerySet":
        """The people of the bureau that writes it; the operator."""
        if not user.is_authenticated:
            return self.none()
        if is_operator(user):
            return self.all()
        return self.filter(bureau__in=user.memberships.filter(ended_at=None).values("organisation"))


class FrameworkDraft(Row):
    """`rows` is the table as typed, a list of {"level", "code", "name", "name_en", "dimension", "weight", "top",
    "evidence", "evidence_en", "measure", "measure_from", "measure_to"}, every cell text. Adopting it makes a version of
    a `Framework`; nothing typed is lost while it can't be adopted."""

    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="framework_drafts", verbose_name=_("bureau")
    )
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    kind = models.CharField(_("what it judges"), max_length=10, choices=Framework.Kind, default=Framework.Kind.CONTRACT)
    out_of = models.PositiveSmallIntegerField(_("full points"), default=100)
    bands = models.JSONField(_("bands"), default=list, blank=True)
    rows = models.JSONField(default=list, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved"))
    adopted = models.OneToOneField(
        Framework, null=True, blank=True, on_delete=models.PROTECT, related_name="draft", verbose_name=_("adopted as")
    )

    objects = FrameworkDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evaluations:framework_draft", args=[self.pk])
