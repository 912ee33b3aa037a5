"""Statutory numbers as dated, sourced rows, and the days on which offices work."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.language import local
from marketplace.pages.models import Row

from .citations import english_of


class Rule(Row):
    """One number, list or fact of the rules, for a scope and a time.

    Rows only grow. A change is a new row with the day from which it holds and the reason; it replaces the older row of
    the same scope from that day on. `by` is empty for the rows that Minfu ships.
    """

    class Unit(models.TextChoices):
        WORKING_DAYS = "wd", _("working days")
        DAYS = "d", _("calendar days")
        MONTHS = "month", _("months")
        YEARS = "year", _("years")
        MINUTES = "minute", _("minutes")
        FEN = "fen", _("yuan")
        PERCENT = "percent", _("percent")
        COUNT = "count", pgettext_lazy("unit", "number")
        POINTS = "point", _("points")
        YES = "yes", _("yes or no")
        TABLE = "table", _("table")

    class Status(models.TextChoices):
        VERIFIED = "V1", _("Read in the text of the law")
        SECONDARY = "V2", _("Seen in a secondary source")
        RECALLED = "R", _("Recalled: check before relying on it")

    class BudgetLevel(models.TextChoices):
        ANY = "", _("any budget")
        CENTRAL = "central", _("central budget")
        PROVINCE = "province", _("provincial budget")
        LOCAL = "local", _("city or county budget")

    class Method(models.TextChoices):
        ANY = "", _("any method")
        OPEN = "open", _("public tender")
        INVITED = "invited", _("invited tender")
        NEGOTIATION = "negotiation", _("competitive negotiation")
        CONSULTATION = "consultation", _("competitive consultation")
        RFQ = "rfq", _("enquiry (RFQ)")
        SINGLE_SOURCE = "single_source", _("single source")
        FRAMEWORK = "framework", _("framework agreement")

    class ObjectKind(models.TextChoices):
        ANY = "", _("goods, works and services")
        SERVICES = "services", _("services")
        GOODS = "goods", _("goods")
        WORKS = "works", _("works")

    key = models.CharField(_("key"), max_length=80)
    title = models.CharField(_("name"), max_length=120)
    title_en = models.CharField(_("English name"), max_length=160)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True, blank=True)
    data = models.JSONField(_("table"), default=dict, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.COUNT)
    region = models.CharField(_("region"), max_length=12, blank=True)
    budget_level = models.CharField(_("budget level"), max_length=10, choices=BudgetLevel, blank=True)
    method = models.CharField(_("method"), max_length=16, choices=Method, blank=True)
    object_kind = models.CharField(_("object"), max_length=10, choices=ObjectKind, blank=True)
    valid_from = models.DateField(_("holds from"))
    valid_to = models.DateField(_("holds until"), null=True, blank=True)
    is_repealed = models.BooleanField(_("no longer applies"), default=False)
    source = models.CharField(pgettext_lazy("rule", "source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)
    status = models.CharField(_("how sure"), max_length=2, choices=Status)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note, in English"), blank=True)
    reason = models.CharField(_("reason for the change"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("rule")
        indexes = [
            models.Index(fields=["key", "valid_from"], name="rule_by_key"),
            models.Index(fields=["created_at"], name="rule_by_birth"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="rule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rules:why", args=[self.key])

    @property
    def name(self) -> str:
        """The rule's name in the reader's language."""
        return local(self.title, self.title_en)

    @property
    def remark(self) -> str:
        """The note in the reader's language."""
        return local(self.note, self.note_en)

    @property
    def citation(self) -> str:
        """The source in the reader's language; what is stored or printed keeps `source`."""
        return local(self.source, english_of(self.source))

    @property
    def number(self) -> int | Decimal | None:
        """The value as a whole number where it is one."""
        if self.value is None:
            return None
        return int(self.value) if self.value == self.value.to_integral_value() else self.value.normalize()

    @property
    def scope(self) -> tuple[str, str, str, str]:
        """Rows of one key and one scope replace each other."""
        return self.region, self.budget_level, self.method, self.object_kind


class CalendarDay(Row):
    """An officer's word on one day, over the published calendar. Rows only grow; the newest of a day counts."""

    day = models.DateField(_("day"))
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("calendar day")
        indexes = [models.Index(fields=["day", "created_at"], name="calendar_by_day")]
