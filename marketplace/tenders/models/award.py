"""Opened bids, ranks and awards."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation

from ..reasons import reason_text
from .bid import Envelope
from .lot import Lot


class BidQuerySet(models.QuerySet["Bid"]):
    def valid(self) -> "BidQuerySet":
        return self.exclude(state=Bid.State.EXCLUDED)

    def standing(self) -> "BidQuerySet":
        """Ranked and not yet decided."""
        return self.filter(state=Bid.State.RANKED)


class Bid(Row):
    """What one supplier offers for one lot: exists only once its envelope has been opened."""

    class State(models.TextChoices):
        OPENED = "opened", pgettext_lazy("bid", "Opened")
        EXCLUDED = "excluded", pgettext_lazy("bid", "Excluded")
        RANKED = "ranked", pgettext_lazy("bid", "Ranked")
        WON = "won", pgettext_lazy("bid", "Won")
        ADMITTED = "admitted", pgettext_lazy("bid", "Admitted")
        LOST = "lost", pgettext_lazy("bid", "Not chosen")

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="bids")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="bids")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bids")
    amount = models.PositiveBigIntegerField(_("price"))  # fen
    plan = models.TextField(_("service plan"), blank=True)
    state = StateField(_("state"), default=State.OPENED, choices=State.choices)
    exclude_reason = models.TextField(_("reason"), blank=True)
    exclude_code = models.CharField(max_length=40, blank=True)
    quality_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)  # mean of the experts
    price_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    total_score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True)

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
    def why_excluded(self) -> str:
        return reason_text(self.exclude_code, {}, self.exclude_reason)

    @transition(state, source=State.OPENED, target=State.EXCLUDED)
    def exclude(self) -> None:
        """Fails a qualification or breaks the ceiling; never scored."""

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


class Award(Row):
    """The buyer's decision on a lot. A contract is another decision, of other people."""

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="award_decision")
    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="award_decision")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="awards")
    amount = models.PositiveBigIntegerField(_("amount"))  # fen
    reason = models.TextField(_("reason"))
    awarded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    awarded_at = models.DateTimeField(_("awarded"))

    class Meta:
        ordering = ["-awarded_at"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="award_amount_positive")]

    def __str__(self) -> str:
        return f"{self.lot} → {self.supplier}"
