"""By what a service is judged: a tree of indicators whose leaves weigh 100 together."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row


class Framework(Row):
    """A versioned tree of indicators for one kind of service. What an engagement has used is never edited."""

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="one_framework_version")]

    def __str__(self) -> str:
        return self.title

    @property
    def local_title(self) -> str:
        return self.title_en if self.title_en and (get_language() or "").startswith("en") else self.title


class Indicator(Row):
    """A branch, or a leaf with a scale from 0 to `top` and the evidence that a scorer looks at.

    `weight` is the leaf's points out of 100; a branch's weight is the sum of its leaves'.
    """

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="indicators")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    position = models.PositiveSmallIntegerField(pgettext_lazy("order", "place"))
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)
    top = models.PositiveSmallIntegerField(_("highest mark"), null=True, blank=True)
    evidence = models.CharField(pgettext_lazy("indicator", "evidence"), max_length=300, blank=True)
    evidence_en = models.CharField(_("evidence, in English"), max_length=400, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="one_indicator_code"),
            models.UniqueConstraint(fields=["framework", "position"], name="one_indicator_place"),
            models.CheckConstraint(name="indicator_weighs", condition=Q(weight__gt=0, weight__lte=100)),
            models.CheckConstraint(name="indicator_scale", condition=Q(top=None) | Q(top__gte=1, top__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_leaf(self) -> bool:
        return self.top is not None

    @property
    def local_name(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def local_evidence(self) -> str:
        return self.evidence_en if self.evidence_en and (get_language() or "").startswith("en") else self.evidence
