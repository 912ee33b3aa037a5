"""Lots and criteria: what is bought, for at most how much, and how bids are judged."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Category, StandardVersion
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Region

from ..reasons import reason_text
from .tender import Tender

if TYPE_CHECKING:
    from .award import Award


class LotQuerySet(models.QuerySet["Lot"]):
    def undecided(self) -> "LotQuerySet":
        return self.filter(state__in=[Lot.State.OPEN, Lot.State.EVALUATING, Lot.State.RANKED])


class Lot(Row):
    """A part of the tender that is awarded by itself (采购包)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("lot", "Open")
        EVALUATING = "evaluating", pgettext_lazy("lot", "Being evaluated")
        RANKED = "ranked", pgettext_lazy("lot", "Ranked")
        AWARDED = "awarded", pgettext_lazy("lot", "Awarded")
        FAILED = "failed", pgettext_lazy("lot", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("lot", "Cancelled")

    class ReservedFor(models.TextChoices):
        ALL = "", _("All suppliers that meet the qualifications")
        SOCIAL = "social", _("Social organisations only")

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="lots")
    position = models.PositiveSmallIntegerField(_("lot number"))
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("service required"), blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="lots", verbose_name=_("kind of service")
    )
    place = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="lots", verbose_name=_("place of service"))
    ceiling = models.PositiveBigIntegerField(_("ceiling price"))  # fen
    term_months = models.PositiveSmallIntegerField(
        _("term in months"), default=12, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    long_term_reason = models.CharField(_("why the term is longer than a year"), max_length=300, blank=True)
    # A price for the whole, or in a framework for `quantity` units: then orders are priced by the unit.
    quantity = models.PositiveIntegerField(_("expected quantity"), default=1, validators=[MinValueValidator(1)])
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    reserved_for = models.CharField(_("open to"), max_length=20, choices=ReservedFor, blank=True)
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    fail_reason = models.TextField(_("reason"), blank=True)
    fail_code = models.CharField(max_length=40, blank=True)
    fail_params = models.JSONField(default=dict)
    # The failed lot that this one offers again
    repeats = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="attempts")
    # The buyer's check of every bid against the conditions of taking part; experts score what passed it.
    qualified_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    qualified_at = models.DateTimeField(null=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "position"], name="one_lot_a_position"),
            models.CheckConstraint(condition=Q(ceiling__gt=0), name="lot_ceiling_positive"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def award_decision(self) -> "Award | None":
        """The award that stands; None before there is one, or when it was declined or annulled."""
        return next((award for award in self.awards.all() if award.is_standing), None)

    @property
    def why_failed(self) -> str:
        return reason_text(self.fail_code, self.fail_params, self.fail_reason)

    @transition(state, source=State.OPEN, target=State.EVALUATING)
    def evaluate(self) -> None:
        """Opened, with enough valid bids."""

    @transition(state, source=State.EVALUATING, target=State.RANKED)
    def rank(self) -> None:
        """All scores are in and the formula has run."""

    @transition(state, source=State.RANKED, target=State.AWARDED)
    def award(self) -> None:
        """The buyer has chosen."""

    @transition(state, source=State.AWARDED, target=State.RANKED)
    def return_to_candidates(self) -> None:
        """The winner refused, or the award was annulled: the buyer decides among the other candidates (REG 49)."""

    @transition(state, source=[State.RANKED, State.AWARDED], target=State.EVALUATING)
    def evaluate_again(self) -> None:
        """A decision on a challenge or complaint sends the bids back to a panel (REG 44; Order 94)."""

    @transition(state, source=[State.OPEN, State.EVALUATING, State.RANKED, State.AWARDED], target=State.FAILED)
    def fail(self) -> None:
        """Too few suppliers, none that can be accepted (GPL 36), or an award annulled with nobody to follow."""

    @transition(state, source=State.FAILED, target=State.OPEN)
    def reopen(self) -> None:
        """An outage kept bidders out: the deadline has moved, bids are taken again."""

    @transition(state, source=[State.OPEN, State.EVALUATING, State.RANKED], target=State.CANCELLED)
    def cancel(self) -> None:
        """Given up with its tender."""


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def qualification(self) -> "CriterionQuerySet":
        return self.filter(part=Criterion.Part.QUALIFICATION)

    def scored(self) -> "CriterionQuerySet":
        """The leaves of the tree: what points are given for. Groups only carry their sum."""
        return self.exclude(part=Criterion.Part.QUALIFICATION).filter(is_group=False)

    def groups(self) -> "CriterionQuerySet":
        return self.filter(is_group=True)

    def by_experts(self) -> "CriterionQuerySet":
        """Those that a person judges; the price is judged by the formula."""
        return self.scored().filter(part__in=[Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS])


class Criterion(Row):
    """A condition to take part, or something that earns points. Points of all scored ones sum to 100."""

    class Part(models.TextChoices):
        QUALIFICATION = "qualification", pgettext_lazy("criterion", "Qualification")
        PRICE = "price", pgettext_lazy("criterion", "Price")
        TECHNICAL = "technical", pgettext_lazy("criterion", "Service plan")
        BUSINESS = "business", pgettext_lazy("criterion", "Team and record")

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="criteria")
    part = models.CharField(_("part"), max_length=16, choices=Part)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=120)
    guidance = models.TextField(_("how it is judged"), blank=True)
    weight = models.DecimalField(_("points"), max_digits=5, decimal_places=2, default=Decimal(0))
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    is_group = models.BooleanField(default=False)  # its weight is the sum of its children's
    # [{"name": "优", "least": "32", "most": "40", "text": "…"}]: what earns how much, best first (REG 34)
    levels = models.JSONField(_("levels"), default=list, blank=True)
    bias_reason = models.CharField(
        _("why a criterion that may discriminate is needed"), max_length=300, blank=True
    )  # REG 20
    standard = models.ForeignKey(
        StandardVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="criteria",
        verbose_name=_("standard of service"),
    )  # fmt: skip

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=100), name="criterion_weight_in_range"),
            models.CheckConstraint(
                condition=Q(part="qualification", weight=0) | (~Q(part="qualification") & Q(weight__gt=0)),
                name="qualification_is_never_scored",
            ),
            models.UniqueConstraint(fields=["tender"], condition=Q(part="price"), name="one_price_criterion"),
        ]

    def __str__(self) -> str:
        return self.name
