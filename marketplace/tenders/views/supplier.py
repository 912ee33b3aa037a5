"""A bidder's pages after the opening: explain a price, quote, read one's own letter, refuse an award."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import decline_award, explain_price, open_quotes, quote_price
from ..disclosure import untold_lots
from ..forms.drafting import ReasonForm
from ..forms.evaluation import ExplanationForm, QuoteForm
from ..letters import has_letter, result_letter
from ..methods import in_words_of
from ..models import Award, Bid, PriceReview, Quote, QuoteRound
from ..queries.evaluation import case_files, case_files_for, quotes_of
from ..queries.public import public_tender
from ..queries.results import letter_of
from ..reports import AWARD_NOTICE, paper_of
from ..rulebook import opening_window
from .opening import PassphraseForm


class ExplainPricePage(ActionPage):
    """The supplier's explanation of a price that was asked about."""

    title = gettext_lazy("Explain your price")
    template_name = "tenders/explain_price.html"
    form_class = ExplanationForm
    submit_label = gettext_lazy("Send the explanation")
    done_message = gettext_lazy("Sent. The panel reads it and decides.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.review = get_object_or_404(
                PriceReview.objects.select_related("bid__lot__tender", "bid__supplier"), pk=kwargs["pk"]
            )
            if not policies.may_answer_for(request.user, self.review.bid.supplier):
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> PriceReview:
        return explain_price(
            self.review,
            words=form.cleaned_data["words"],
            files=form.cleaned_data["files"] or [],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("tenders:explain_price", args=[self.review.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, review = clock.now(), self.review
        return super().get_context_data(**kwargs) | {
            "review": review,
            "tender": review.bid.lot.tender,
            "now": now,
            "may_explain": review.state == PriceReview.State.ASKED and now <= review.answer_due_at,
            "seconds_left": max(int((review.answer_due_at - now).total_seconds()), 0),
            "files": case_files(review.files.all()),
        }


class QuotePage(ActionPage):
    """One's sealed quote in a round; replaced until the deadline."""

    template_name = "tenders/quote.html"
    form_class = QuoteForm
    submit_label = gettext_lazy("Seal the quote")
    done_message = gettext_lazy("Sealed. It counts unless you replace it before the deadline.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.round = get_object_or_404(QuoteRound.objects.select_related("lot__tender__bureau"), pk=kwargs["pk"])
            bids = self.round.lot.bids.select_related("supplier")
            self.bid = next((bid for bid in bids if policies.may_answer_for(request.user, bid.supplier)), None)
            if self.bid is None:
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        if self.round.is_final:
            return _("Your final quote for “%(lot)s”") % {"lot": self.round.lot.title}
        return _("Your quote for “%(lot)s”") % {"lot": self.round.lot.title}

    def perform(self, form: forms.Form) -> Quote:
        return quote_price(self.round, self.bid, form.cleaned_data["amount"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:quote", args=[self.round.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, round = clock.now(), self.round
        is_open = round.state == QuoteRound.State.OPEN and now < round.due_at
        return super().get_context_data(**kwargs) | {
            "round": round,
            "bid": self.bid,
            "tender": round.lot.tender,
            "now": now,
            "seconds_left": max(int((round.due_at - now).total_seconds()), 0),
            "may_quote": is_open and self.bid.state == Bid.State.OPENED,
            "quote": round.quotes.filter(bid=self.bid).first(),
        }


class OpenQuotesPage(ActionPage):
    """Anyone may watch the rounds; a custodian of this tender gives a share."""

    template_name = "tenders/open_quotes.html"
    form_class = PassphraseForm
    submit_label = gettext_lazy("Give my share")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.tender = public_tender(kwargs["number"])
        if request.method != "POST":  # watching needs no sign-in
            return View.dispatch(self, request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    @property
    def window(self) -> int:
        """Minutes that a share waits for a second one."""
        return int(opening_window(self.tender).total_seconds() // 60)

    def get_title(self) -> str:
        return _("Quotes for %(number)s") % {"number": self.tender.number}

    def perform(self, form: forms.Form) -> list[QuoteRound]:
        rounds = open_quotes(self.tender, form.cleaned_data["passphrase"], by=self.request.user)
        self.done_message = (
            _("The quotes are open.")
            if rounds
            else _("Your share is in. A second custodian has %(minutes)s minutes to give theirs.")
            % {"minutes": self.window}
        )
        return rounds

    def get_success_url(self) -> str:
        return reverse("tenders:open_quotes", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, user = clock.now(), self.request.user
        rounds = quotes_of(self.tender)
        if not rounds:
            raise Http404
        custodians = list(self.tender.custodians.select_related("user"))
        mine = next((c for c in custodians if user.is_authenticated and c.user_id == user.pk), None)
        waits = bool(mine and mine.waits_until and mine.waits_until > now)
        is_due = any(round.state != QuoteRound.State.OPENED and round.due_at <= now for round in rounds)
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "now": now,
            "rounds": rounds,
            "untold": untold_lots(self.tender),
            "window": self.window,
            "custodians": custodians,
            "is_due": is_due,
            "is_waiting": waits,
            "may_unlock": mine is not None and is_due and not waits,
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (self.tender.number, self.tender.get_absolute_url()),
                (_("Quotes"), None),
            ],
        }


def _told_bid(request: HttpRequest, pk: str) -> Bid:
    """For the bidder and the buyer; 404 for anybody else."""
    bid = get_object_or_404(Bid.objects.select_related("lot__tender__bureau__region", "supplier", "envelope"), pk=pk)
    if policies.may_answer_for(request.user, bid.supplier) or policies.may_manage(request.user, bid.lot.tender):
        return bid
    raise Http404


class Letter(LoginRequiredMixin, TemplateView):
    """What a bidder is told of the result: its own points, its rank, why, and what it may do now (REG 43)."""

    template_name = "tenders/letter.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        bid = _told_bid(self.request, pk)
        letter = letter_of(bid)
        if letter is None:
            raise Http404
        return (
            super().get_context_data(**kwargs)
            | letter
            | {
                "may_answer": policies.may_answer_for(self.request.user, bid.supplier),
                "has_letter": has_letter(bid),
                "may_decline": self._may_decline(letter["award"]),
                "now": clock.now(),
                "breadcrumbs": [
                    (bid.lot.tender.number, bid.lot.tender.get_absolute_url()),
                    (_("Letter on the result"), None),
                ],
            }
        )

    def _may_decline(self, award: Award | None) -> bool:
        """Until the contract is there: after it the page doesn't offer what the verb refuses."""
        return award is not None and not award.contracted_at and policies.may_decline(self.request.user, award)


class LetterFile(LoginRequiredMixin, View):
    """The letter to one who has not won, as a sealed paper: for its addressee and the buyer."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        bid = _told_bid(request, pk)
        if not has_letter(bid):
            raise Http404
        paper = result_letter(bid)
        return FileResponse(paper.file.open("rb"), filename=f"{paper.title}.pdf", content_type="application/pdf")


class AwardNotice(LoginRequiredMixin, View):
    """The winner's notice, printed: for the winner, the buyer and auditors."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        award = get_object_or_404(Award.objects.select_related("lot__tender__bureau", "supplier"), pk=pk)
        if not (
            policies.may_answer_for(request.user, award.supplier) or policies.may_manage(request.user, award.lot.tender)
        ):
            raise Http404
        paper = paper_of(award, AWARD_NOTICE)
        if paper is None:
            raise Http404
        return FileResponse(paper.file.open("rb"), filename=f"{paper.title}.pdf", content_type="application/pdf")


class DeclineAwardPage(ActionPage):
    """The winner refuses; the supplier's own word, or the buyer's record of it."""

    template_name = "tenders/decline.html"
    form_class = ReasonForm
    submit_label = gettext_lazy("Record the refusal")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.award = get_object_or_404(
                Award.objects.select_related("lot__tender__bureau", "supplier"), pk=kwargs["pk"]
            )
            is_involved = policies.may_answer_for(request.user, self.award.supplier) or policies.may_manage(
                request.user, self.award.lot.tender
            )
            if not is_involved:
                raise Http404
            if not policies.may_decline(request.user, self.award):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        title = in_words_of(self.award.lot.tender, _("%(supplier)s refuses the award of “%(lot)s”"))
        return title % {"supplier": self.award.supplier, "lot": self.award.lot.title}

    def perform(self, form: forms.Form) -> Award:
        return decline_award(self.award, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.award.lot.tender.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"award": self.award, "tender": self.award.lot.tender}


class CaseFileView(LoginRequiredMixin, View):
    """A file that proves something, for those who may read the case."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        kept = get_object_or_404(case_files_for(request.user), pk=pk)
        return FileResponse(
            kept.file.open("rb"), as_attachment=True, filename=kept.name, content_type=kept.content_type
        )
