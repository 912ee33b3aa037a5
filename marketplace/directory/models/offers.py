"""Who offers which care, where, at what listed price; who is admitted to a programme; how good it was found to be."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Region, User

TERMS = uuid.UUID("6f3c5a52-0d0e-5c8f-9a55-9d0b8f6f5d11")  # the namespace of the taxonomy's own ids


class Category(models.Model):
    """A kind of care: a term of the HSDS taxonomy, whose id follows from its code so that it never moves."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    description = models.CharField(_("what it is"), max_length=300, blank=True)
    description_en = models.CharField(_("what it is, in English"), max_length=300, blank=True)
    standard = models.CharField(_("standard"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return local(self.name, self.name_en)

    @property
    def term_id(self) -> uuid.UUID:
        return uuid.uuid5(TERMS, self.code)


class ServicePoint(Row):
    """A place where a provider can be met: HSDS calls it a location."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="points", verbose_name=_("provider")
    )
    name = models.CharField(_("name of the service point"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="points", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=200)
    lat = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    lng = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)
    days = models.CharField(_("open on"), max_length=27, blank=True, default="MO,TU,WE,TH,FR")
    places = models.PositiveSmallIntegerField(_("places a day"), null=True, blank=True)  # residents at one time
    is_open = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return local(self.name, self.name_en)


class ServiceQuerySet(models.QuerySet["Service"]):
    def listed(self) -> "ServiceQuerySet":
        """What the public may choose: listed, by an organisation in business."""
        return self.filter(state=Service.State.LISTED, organisation__state=Organisation.State.ACTIVE)

    def visible_to(self, user: User) -> "ServiceQuerySet":
        """Listed services for everyone; withdrawn ones for the provider's own people."""
        if not user.is_authenticated:
            return self.listed()
        return self.filter(
            models.Q(state=Service.State.LISTED, organisation__state=Organisation.State.ACTIVE)
            | models.Q(
                pk__in=Service.objects.filter(
                    organisation__memberships__user=user, organisation__memberships__ended_at=None
                ).values("pk")
            )
        )


class Service(Row):
    """One line of a provider's price list. `price` is fen for one `unit`."""

    class Unit(models.TextChoices):
        HOUR = "hour", pgettext_lazy("unit of service", "hour")
        VISIT = "visit", pgettext_lazy("unit of service", "visit")
        MEAL = "meal", pgettext_lazy("unit of service", "meal")
        DAY = "day", pgettext_lazy("unit of service", "day")
        MONTH = "month", pgettext_lazy("unit of service", "month")

    class State(models.TextChoices):
        LISTED = "listed", _("Listed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="services", verbose_name=_("provider")
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="services", verbose_name=_("kind of service")
    )
    point = models.ForeignKey(
        ServicePoint,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="services",
        verbose_name=_("service point"),
    )
    name = models.CharField(_("name of the service"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    description = models.TextField(_("description"), blank=True)
    description_en = models.TextField(_("description, in English"), blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.HOUR)
    price = models.PositiveBigIntegerField(_("listed price"))
    state = StateField(_("state"), default=State.LISTED, choices=State.choices)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["category__position", "price", "name"]
        constraints = [models.CheckConstraint(condition=models.Q(price__gt=0), name="service_price_above_zero")]

    def __str__(self) -> str:
        return local(self.name, self.name_en)

    @transition(state, source=State.LISTED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """No longer offered; what was redeemed stays."""

    @transition(state, source=State.WITHDRAWN, target=State.LISTED)
    def relist(self) -> None:
        """Offered again."""


class AccreditationQuerySet(models.QuerySet["Accreditation"]):
    def valid_on(self, day) -> "AccreditationQuerySet":
        return self.filter(state=Accreditation.State.ACTIVE, valid_from__lte=day, valid_to__gte=day)


class Accreditation(Row):
    """A provider admitted to a programme by agreement: what the counter asks before a voucher pays.

    No categories means every category of the programme.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Admitted")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="accreditations", verbose_name=_("provider")
    )
    programme_code = models.CharField(_("programme"), max_length=40)
    categories = models.ManyToManyField(Category, blank=True, related_name="+", verbose_name=_("kinds of service"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    # By the agreement: calendar days from the month's settlement to its payment; none: as the rule says.
    settlement_days = models.PositiveSmallIntegerField(_("days to pay a settlement"), null=True, blank=True)
    state = StateField(_("state"), default=State.ACTIVE, choices=State.choices)

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "programme_code"],
                condition=~models.Q(state="ended"),
                name="one_live_accreditation",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")), name="accreditation_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.programme_code}"

    @transition(state, source=State.ACTIVE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """Vouchers are refused here until it is lifted."""

    @transition(state, source=State.SUSPENDED, target=State.ACTIVE)
    def reinstate(self) -> None:
        """Vouchers are accepted again."""

    @transition(state, source=[State.ACTIVE, State.SUSPENDED], target=State.ENDED)
    def end(self) -> None:
        """The agreement is over."""


# In which colour a grade is shown, wherever it is: "fair" has passed.
GRADE_TONES = {"excellent": "good", "good": "good", "fair": "active", "poor": "bad"}


class ProviderRating(Row):
    """A published grade, with who found it and when. The newest stands; the others are its history."""

    class Grade(models.TextChoices):
        EXCELLENT = "excellent", pgettext_lazy("grade", "Excellent")
        GOOD = "good", pgettext_lazy("grade", "Good")
        FAIR = "fair", pgettext_lazy("grade", "Fair")
        POOR = "poor", pgettext_lazy("grade", "Poor")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="ratings", verbose_name=_("provider")
    )
    grade = models.CharField(_("grade"), max_length=12, choices=Grade)
    score = models.DecimalField(
        _("score out of 100"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    title = models.CharField(_("what was evaluated"), max_length=200)
    source = models.CharField(_("evaluated by"), max_length=160)
    evaluated_on = models.DateField(_("evaluated on"))
    url = models.CharField(_("report"), max_length=300, blank=True)

    class Meta:
        ordering = ["-evaluated_on", "-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(score__gte=0, score__lte=100), name="rating_score_in_range")
        ]

    def __str__(self) -> str:
        return f"{self.get_grade_display()} {self.score}"


class LevelRating(Row):
    """A level 1A to 5A 社会组织评估等级 that a bureau gave an organisation, told by the room that rates: the newest one
    that still holds stands, the others are its history (民政部令第39号)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="level_ratings", verbose_name=_("organisation")
    )
    level = models.CharField(_("level"), max_length=2)
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2)
    out_of = models.PositiveSmallIntegerField(_("full points"))
    title = models.CharField(_("rating round"), max_length=200)
    source = models.CharField(_("rated by"), max_length=160)
    awarded_on = models.DateField(_("given on"))
    valid_until = models.DateField(_("valid until"))
    url = models.CharField(_("certificate"), max_length=300, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        ordering = ["-awarded_on", "-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__lte=models.F("out_of")), name="level_points_in_range"),
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("awarded_on")), name="level_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.level

    @property
    def holds(self) -> bool:
        """Not withdrawn, and its years are not over."""
        return self.withdrawn_on is None and self.valid_until >= clock.today()


class PublicContract(Row):
    """A published contract of a provider, told by the app that signed it: the directory counts and lists them."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="public_contracts", verbose_name=_("provider")
    )
    number = models.CharField(_("contract number"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    buyer_name = models.CharField(_("buyer"), max_length=120)
    amount = models.PositiveBigIntegerField(_("amount"))
    signed_on = models.DateField(_("signed on"))
    url = models.CharField(_("page"), max_length=300, blank=True)

    class Meta:
        ordering = ["-signed_on"]

    def __str__(self) -> str:
        return self.number
