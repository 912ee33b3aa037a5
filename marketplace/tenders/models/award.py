"""Opened bids, ranks and awards."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation

from ..reasons import reason_text
from ..scoring import evaluated_price
from .bid import Envelope
from .lot import Criterion, Lot


class BidQuerySet(models.QuerySet["Bid"]):
    def valid(self) -> "BidQuerySet":
        return self.exclude(state=Bid.State.EXCLUDED)

    def standing(self) -> "BidQuerySet":
        """Ranked and not yet decided."""
        return self.filter(state=Bid.State.RANKED)

    def to_be_scored(self) -> "BidQuerySet":
        """Opened, with the conditions of taking part met."""
        return self.filter(state=Bid.State.OPENED, lot__state=Lot.State.EVALUATING, lot__qualified_at__isnull=False)


class Bid(Row):
    """What one supplier offers for one lot: exists only once its envelope has been opened."""

    class State(models.TextChoices):
        OPENED = "opened", pgettext_lazy("bid", "Opened")
        EXCLUDED = "excluded", pgettext_lazy("bid", "Excluded")
        RANKED = "ranked", pgettext_lazy("bid", "Ranked")
        WON = "won", pgettext_lazy("bid", "Won")
        ADMITTED = "admitted", pgettext_lazy("bid", "Admitted")
        LOST = "lost", pgettext_lazy("bid", "Not chosen")
        DECLINED = "declined", pgettext_lazy("bid", "Declined the award")

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="bids")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="bids")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bids")
    amount = models.PositiveBigIntegerField(_("price"))  # fen; the final quote once there is one
    first_amount = models.PositiveBigIntegerField(_("first price"), null=True)  # fen, once a quote has replaced it
    discount = models.DecimalField(  # percent off the price that is compared, never off the price that is paid
        _("price preference"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    plan = models.TextField(_("service plan"), blank=True)
    state = StateField(_("state"), default=State.OPENED, choices=State.choices)
    exclude_reason = models.TextField(_("reason"), blank=True)
    exclude_code = models.CharField(max_length=40, blank=True)
    quality_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)  # mean of the experts
    price_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    technical_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)  # part of the quality score
    total_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True)
    tie_broken_by = models.CharField(max_length=16, blank=True)  # price, technical or draw: what set it after an equal

    objects = BidQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "supplier"], name="one_bid_a_lot"),
            models.UniqueConstraint(fields=["lot"], condition=Q(state="won"), name="one_winner_a_lot"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bid_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier}"

    @property
    def sealed_amount(self) -> int:
        """The price that lay in the envelope, fen."""
        return self.first_amount or self.amount

    @property
    def why_excluded(self) -> str:
        return reason_text(self.exclude_code, {}, self.exclude_reason)

    @property
    def compared_price(self) -> int:
        """What the formula compares, in fen: the price less the preference for small enterprises."""
        return evaluated_price(self.amount, self.discount)

    @transition(state, source=State.OPENED, target=State.EXCLUDED)
    def exclude(self) -> None:
        """Fails a qualification, breaks the ceiling or can't explain its price; never scored."""

    @transition(state, source=[State.RANKED, State.WON, State.LOST], target=State.EXCLUDED)
    def invalidate(self) -> None:
        """A decided challenge or complaint found it invalid after the ranking."""

    @transition(state, source=[State.RANKED, State.WON, State.LOST], target=State.OPENED)
    def evaluate_again(self) -> None:
        """Scored anew, by a new panel."""

    @transition(state, source=State.OPENED, target=State.RANKED)
    def enter_ranking(self) -> None:
        """Scored by everyone and placed by the formula."""

    @transition(state, source=State.RANKED, target=State.WON)
    def win(self) -> None:
        """Chosen by the buyer."""

    @transition(state, source=State.RANKED, target=State.ADMITTED)
    def admit(self) -> None:
        """One of those admitted to a framework; orders follow."""

    @transition(state, source=State.RANKED, target=State.LOST)
    def lose(self) -> None:
        """Another bid was chosen."""

    @transition(state, source=[State.LOST, State.WON], target=State.RANKED)
    def stand_again(self) -> None:
        """The award is gone: a candidate again."""

    @transition(state, source=State.WON, target=State.DECLINED)
    def decline(self) -> None:
        """The supplier refuses the contract (REG 49)."""


class QualificationCheck(Row):
    """Whether a bid meets one of the published conditions of taking part. Never scored (87:44, 87:55)."""

    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="qualification_checks")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    is_met = models.BooleanField()
    note = models.CharField(_("what is missing"), max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bid", "criterion"], name="one_check_a_condition")]


class AwardQuerySet(models.QuerySet["Award"]):
    def standing(self) -> "AwardQuerySet":
        """Those from which a contract may follow: neither declined nor annulled."""
        return self.filter(state=Award.State.STANDING)


class Award(Row):
    """The buyer's decision on a lot. A contract is another decision, of other people."""

    class State(models.TextChoices):
        STANDING = "standing", pgettext_lazy("award", "Stands")
        DECLINED = "declined", pgettext_lazy("award", "Declined by the supplier")
        ANNULLED = "annulled", pgettext_lazy("award", "Annulled")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="awards")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="awards")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="awards")
    amount = models.PositiveBigIntegerField(_("amount"))  # fen
    reason = models.TextField(_("reason"))
    awarded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    awarded_at = models.DateTimeField(_("awarded"))
    state = StateField(_("state"), default=State.STANDING, choices=State.choices)
    end_reason = models.TextField(_("reason"), blank=True)
    ended_at = models.DateTimeField(null=True)
    contracted_at = models.DateTimeField(null=True)  # set by the room of contracts: from then on it can't be declined

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-awarded_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="award_amount_positive"),
            models.UniqueConstraint(fields=["lot"], condition=Q(state="standing"), name="one_standing_award"),
        ]

    def __str__(self) -> str:
        return f"{self.lot} → {self.supplier}"

    @property
    def is_standing(self) -> bool:
        return self.state == self.State.STANDING

    @transition(state, source=State.STANDING, target=State.DECLINED)
    def decline(self) -> None:
        """The supplier refuses to sign."""

    @transition(state, source=State.STANDING, target=State.ANNULLED)
    def annul(self) -> None:
        """A decided challenge or complaint took it back."""
