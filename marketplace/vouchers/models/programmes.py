"""Who is given how much for what: a programme is data."""

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Region, Role, User


def first_of_month(day: datetime.date) -> datetime.date:
    """A month is named by its first day."""
    return day.replace(day=1)


def next_month(month: datetime.date) -> datetime.date:
    return (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)


def last_of_month(month: datetime.date) -> datetime.date:
    """The day a month's voucher can last be spent on."""
    return next_month(month) - datetime.timedelta(days=1)


def parse_month(text: str) -> datetime.date:
    """`2026-11` as 1 November 2026. Raises ValidationError(code="month")."""
    try:
        return datetime.datetime.strptime(text.strip(), "%Y-%m").date()
    except ValueError:
        raise ValidationError(_("Write the month as 2026-11."), code="month") from None


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def running(self) -> "ProgrammeQuerySet":
        return self.filter(state=Programme.State.RUNNING)

    def running_in(self, month: datetime.date) -> "ProgrammeQuerySet":
        """Programmes that give a voucher in this month."""
        return self.running().filter(starts_on__lte=last_of_month(month), ends_on__gte=month)

    def visible_to(self, user: User) -> "ProgrammeQuerySet":
        """Their desk: the bureau's people; of all that have been started, auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        bureaus = held.filter(role__in=[Role.OFFICER, Role.APPROVER, Role.FINANCE]).values("organisation")
        seen = models.Q(bureau__in=bureaus)
        if held.filter(role=Role.AUDITOR).exists():
            seen |= ~models.Q(state=Programme.State.DRAFT)
        return self.filter(seen)


class Programme(Row):
    """Who is given how much a month for what, from one budget line: all of it data. Amounts are fen.

    `monthly_amount` is what everyone gets (flat), or the cap of what is paid for (rate); tiers carry their own.
    """

    class Basis(models.TextChoices):
        FLAT = "flat", _("The same for everyone")
        TIERS = "tiers", _("By tiers of age or need")
        RATE = "rate", _("A share of the price, up to a cap")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        CLOSED = "closed", pgettext_lazy("programme", "Closed")

    code = models.SlugField(_("programme code"), max_length=40, unique=True)
    name = models.CharField(_("name of the programme"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    description = models.TextField(_("description"), blank=True)
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="programmes", verbose_name=_("bureau")
    )
    budget_line = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="programmes", verbose_name=_("budget line")
    )
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="programmes", verbose_name=_("where residents live")
    )
    basis = models.CharField(_("how much is given"), max_length=6, choices=Basis, default=Basis.FLAT)
    monthly_amount = models.PositiveBigIntegerField(_("amount a month"))
    rate = models.PositiveSmallIntegerField(
        _("share of the price, percent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    rates = models.JSONField(_("share of the price by kind of service, percent"), default=dict, blank=True)
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"), validators=[MinValueValidator(0), MaxValueValidator(120)]
    )
    minimum_level = models.PositiveSmallIntegerField(
        _("level of the assessment at least"), null=True, blank=True, validators=[MaxValueValidator(4)]
    )
    only_alone = models.BooleanField(_("only who lives alone"), default=False)
    exclusions = models.JSONField(_("not for those who receive"), default=list, blank=True)
    by_application = models.BooleanField(_("given on application"), default=False)
    carries_over = models.BooleanField(_("what is left is carried into the next month"), default=False)
    most_carried = models.PositiveBigIntegerField(_("carried at most"), null=True, blank=True)
    daily_limit = models.PositiveBigIntegerField(_("at most a day"), null=True, blank=True)
    service_limits = models.JSONField(_("times a month by kind of service"), default=dict, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    categories = models.ManyToManyField(Category, related_name="programmes", verbose_name=_("kinds of service"))
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(monthly_amount__gt=0), name="programme_gives_something"),
            models.CheckConstraint(
                condition=~models.Q(basis="rate") | models.Q(rate__isnull=False), name="programme_of_rate_has_one"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="programme_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return local(self.name, self.name_en)

    def get_absolute_url(self) -> str:
        return reverse("vouchers:programme", args=[self.code])

    def youngest_birth_date(self, month: datetime.date) -> datetime.date:
        """Born on or before this day: entitled in the month, since age counts from the month of the birthday."""
        return last_of_month(month.replace(year=month.year - self.minimum_age))

    def rate_for(self, category: str) -> int | None:
        """Percent of the price that the voucher pays for this kind of service; None when it may pay all of it."""
        return self.rates.get(category, self.rate) if self.basis == self.Basis.RATE else None

    @property
    def is_limited(self) -> bool:
        """What was paid before decides what may be paid, or how much of the price."""
        return self.basis == self.Basis.RATE or self.daily_limit is not None or bool(self.service_limits)

    @transition(state, source=State.DRAFT, target=State.RUNNING)
    def start(self) -> None:
        """Months may be issued."""

    @transition(state, source=State.RUNNING, target=State.CLOSED)
    def close(self) -> None:
        """No further month is issued; what is issued may be spent to its month's end."""


class Tier(Row):
    """One step of a tiered programme. The first one (by `position`) whose conditions all hold decides the amount."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="tiers")
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    minimum_age = models.PositiveSmallIntegerField(_("from which age"), null=True, blank=True)
    minimum_level = models.PositiveSmallIntegerField(
        _("from which level"), null=True, blank=True, validators=[MaxValueValidator(4)]
    )
    only_alone = models.BooleanField(_("living alone"), default=False)
    amount = models.PositiveBigIntegerField(_("amount a month"))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "position"], name="one_tier_a_step"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="tier_gives_something"),
        ]


class Issue(Row):
    """One run of a month's issue: how many vouchers it made, and the fen that were committed for just those."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="issues")
    month = models.DateField(_("month"))
    vouchers = models.PositiveIntegerField(_("vouchers"))
    amount = models.PositiveBigIntegerField(_("amount"))
    issued_at = models.DateTimeField(pgettext_lazy("voucher", "issued"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-month", "-issued_at"]
        indexes = [models.Index(fields=["programme", "month"], name="issue_by_month")]
