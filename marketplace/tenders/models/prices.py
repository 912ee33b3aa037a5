"""Prices after the opening: the final quote, and the explanation of a price that seems too low."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import User

from .award import Bid
from .bid import my_suppliers
from .lot import Lot
from .panel import Panellist


class QuoteRound(Row):
    """One call for sealed quotes by every bidder that is left in a lot (Order 74, Articles 31–33; 214:21)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("quotes", "Taking quotes")
        CLOSED = "closed", pgettext_lazy("quotes", "Waiting to be opened")
        OPENED = "opened", pgettext_lazy("quotes", "Opened")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="quote_rounds")
    number = models.PositiveSmallIntegerField()
    is_final = models.BooleanField(_("final quote"), default=True)
    terms = models.TextField(_("what was agreed in the talks"), blank=True)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    due_at = models.DateTimeField(_("quotes due"))
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "number"], name="one_round_a_number"),
            models.UniqueConstraint(fields=["lot"], condition=~Q(state="opened"), name="one_running_round"),
        ]

    def __str__(self) -> str:
        return f"{self.lot} · {self.number}"

    @transition(state, source=State.OPEN, target=State.CLOSED)
    def close(self) -> None:
        """The deadline is past."""

    @transition(state, source=[State.OPEN, State.CLOSED], target=State.OPEN)
    def extend(self) -> None:
        """The platform was down: the deadline has moved, and nobody has opened it."""

    @transition(state, source=State.CLOSED, target=State.OPENED)
    def open_quotes(self) -> None:
        """Two custodians have unlocked: every quote is read out."""


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, user: User) -> "QuoteQuerySet":
        return self.filter(bid__supplier__in=my_suppliers(user)) if user.is_authenticated else self.none()


class Quote(Row):
    """One bidder's price in a round: sealed to the tender's key until the round is opened."""

    round = models.ForeignKey(QuoteRound, on_delete=models.PROTECT, related_name="quotes")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="quotes")
    sealed = models.BinaryField()
    sha256 = models.CharField(_("fingerprint"), max_length=64)  # of `sealed`
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"))
    amount = models.PositiveBigIntegerField(_("price"), null=True)  # fen, once opened
    unreadable = models.BooleanField(default=False)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at"]
        constraints = [models.UniqueConstraint(fields=["round", "bid"], name="one_quote_a_round")]


class PriceReview(Row):
    """A price low enough to ask about (财库〔2026〕2号): the supplier explains, the panel decides."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("price", "Waiting for an explanation")
        EXPLAINED = "explained", pgettext_lazy("price", "Explained, the panel decides")
        SILENT = "silent", pgettext_lazy("price", "No explanation came, the panel decides")
        ACCEPTED = "accepted", pgettext_lazy("price", "Explanation accepted")
        REJECTED = "rejected", pgettext_lazy("price", "Not proven: bid invalid")

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="price_reviews")
    triggers = models.JSONField(default=list)  # [{"code": mean|second|ceiling|judgement, "percent", "against"}], fen
    amount = models.PositiveBigIntegerField()  # fen: the raw price that was asked about
    words = models.TextField(_("what the panel asks"), blank=True)
    asked_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(_("explanation due"))
    explanation = models.TextField(_("explanation"), blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["bid"], condition=Q(state__in=["asked", "explained", "silent"]), name="one_open_price_review"
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.ASKED, self.State.EXPLAINED, self.State.SILENT)

    @transition(state, source=State.ASKED, target=State.EXPLAINED)
    def explain(self) -> None:
        """The supplier has answered."""

    @transition(state, source=State.ASKED, target=State.SILENT)
    def fall_silent(self) -> None:
        """The time for an answer is over."""

    @transition(state, source=[State.ASKED, State.SILENT], target=State.ASKED)
    def extend(self) -> None:
        """The platform was down: there is more time, and nobody has judged it."""

    @transition(state, source=[State.EXPLAINED, State.SILENT], target=State.ACCEPTED)
    def accept(self) -> None:
        """More than half of the panel finds the price proven."""

    @transition(state, source=[State.EXPLAINED, State.SILENT], target=State.REJECTED)
    def reject(self) -> None:
        """More than half of the panel finds it unproven: the bid is invalid."""


class PriceVote(Row):
    """One member's judgement of an explanation."""

    review = models.ForeignKey(PriceReview, on_delete=models.CASCADE, related_name="votes")
    panellist = models.ForeignKey(Panellist, on_delete=models.CASCADE, related_name="price_votes")
    is_proven = models.BooleanField(_("the price is proven"))
    reason = models.TextField(_("reason"))

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["review", "panellist"], name="one_price_vote")]
