"""By what a service is judged: a tree of indicators whose leaves weigh 100 together."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import StandardVersion
from marketplace.pages.language import local
from marketplace.pages.models import Row


class FrameworkQuerySet(models.QuerySet["Framework"]):
    def of_contracts(self):
        return self.filter(kind=Framework.Kind.CONTRACT)

    def of_ratings(self):
        return self.filter(kind=Framework.Kind.RATING)

    def current(self):
        """The newest version of each code."""
        newer = Framework.objects.filter(code=models.OuterRef("code"), version__gt=models.OuterRef("version"))
        return self.filter(~models.Exists(newer))


class Framework(Row):
    """A versioned tree of indicators for one kind of service. What an engagement has used is never edited.

    The leaves weigh 100 together; where points are counted otherwise (a rating of 1,000) a page shows
    weight × `out_of` ÷ 100.
    """

    class Kind(models.TextChoices):
        CONTRACT = "contract", pgettext_lazy("framework", "Performance of a contract")
        RATING = "rating", pgettext_lazy("framework", "Rating of a social organisation, 1A to 5A")

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    kind = models.CharField(_("what it judges"), max_length=10, choices=Kind, default=Kind.CONTRACT)
    out_of = models.PositiveSmallIntegerField(_("full points"), default=100)
    # A rating's levels, highest first: [{"level": "5A", "from": 950}, …] in points.
    bands = models.JSONField(_("bands"), default=list, blank=True)

    objects = FrameworkQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_framework_version"),
            models.CheckConstraint(name="framework_has_points", condition=Q(out_of__gte=100)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evaluations:framework", args=[self.code, self.version])

    @property
    def local_title(self) -> str:
        return local(self.title, self.title_en)


class Indicator(Row):
    """A branch, or a leaf with a scale from 0 to `top` and the evidence that a scorer looks at.

    `weight` is the leaf's points out of 100; a branch's weight is the sum of its leaves'. A leaf with a `measure` is
    computed from the system's own data: nought at `measure_from`, the highest mark at `measure_to`, straight between.
    """

    class Dimension(models.TextChoices):
        DECISION = "decision", pgettext_lazy("dimension", "Decision")
        PROCESS = "process", pgettext_lazy("dimension", "Process")
        OUTPUT = "output", pgettext_lazy("dimension", "Output")
        BENEFIT = "benefit", pgettext_lazy("dimension", "Benefit")
        SATISFACTION = "satisfaction", pgettext_lazy("dimension", "Satisfaction")
        BASIC = "basic_conditions", pgettext_lazy("dimension", "Basic conditions")
        GOVERNANCE = "governance", pgettext_lazy("dimension", "Governance")
        PERFORMANCE = "performance", pgettext_lazy("dimension", "Performance of its work")
        ACTIVITIES = "activities_and_integrity", pgettext_lazy("dimension", "Activities and integrity")
        SOCIAL = "social_evaluation", pgettext_lazy("dimension", "Evaluation by society")

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
    dimension = models.CharField(_("dimension"), max_length=24, choices=Dimension, blank=True)
    measure = models.CharField(_("computed from"), max_length=40, blank=True)
    measure_from = models.DecimalField(_("nought at"), max_digits=9, decimal_places=2, null=True, blank=True)
    measure_to = models.DecimalField(_("highest mark at"), max_digits=9, decimal_places=2, null=True, blank=True)
    standard = models.ForeignKey(
        StandardVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="indicators",
        verbose_name=_("standard of service"),
    )  # fmt: skip

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="one_indicator_code"),
            models.UniqueConstraint(fields=["framework", "position"], name="one_indicator_place"),
            models.CheckConstraint(name="indicator_weighs", condition=Q(weight__gt=0, weight__lte=100)),
            models.CheckConstraint(name="indicator_scale", condition=Q(top=None) | Q(top__gte=1, top__lte=100)),
            models.CheckConstraint(
                name="indicator_measured_between",
                condition=Q(measure="")
                | (Q(measure_from__isnull=False, measure_to__isnull=False) & ~Q(measure_from=F("measure_to"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_leaf(self) -> bool:
        return self.top is not None

    @property
    def is_computed(self) -> bool:
        """Its mark comes from the system's data; nobody types it."""
        return bool(self.measure)

    @property
    def is_judged(self) -> bool:
        """A leaf that a scorer marks."""
        return self.is_leaf and not self.measure

    @property
    def local_name(self) -> str:
        return local(self.name, self.name_en)

    @property
    def local_evidence(self) -> str:
        return local(self.evidence, self.evidence_en)
