"""The buyer's pages between the opening and the award, and the panel's own."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import (
    call_for_quotes,
    check_qualifications,
    confirm_report,
    moderate_sheet,
    question_price,
    vote_for_chair,
    vote_on_price,
)
from ..chairing import chair_of, moderator_of, sitting_on
from ..forms.evaluation import (
    CallForQuotesForm,
    ChairForm,
    ModerationForm,
    PriceVoteForm,
    QualificationForm,
    QuestionPriceForm,
    ReportForm,
)
from ..models import Bid, Lot, Moderation, Panel, Panellist, PriceReview, QuoteRound
from ..queries.evaluation import case_files, moderations_of, reviews_of
from ..queries.results import result_of
from .base import desk_crumbs, desk_tenders
from .panel import SeatPage


class LotPage(ActionPage):
    """A page on one lot of one's own bureau's tender."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.lot = get_object_or_404(
                Lot.objects.filter(tender__in=desk_tenders(request.user)).select_related("tender__bureau__region"),
                pk=kwargs["pk"],
            )
            if not self.is_allowed():
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_allowed(self) -> bool:
        return policies.may_manage(self.request.user, self.lot.tender)

    def get_success_url(self) -> str:
        return self.lot.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "lot": self.lot,
            "tender": self.lot.tender,
            "back_url": self.lot.tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(self.lot.tender, (str(self.get_title()), None)),
        }


class QualifyPage(LotPage):
    """Every bid against every published condition, before a point is given."""

    template_name = "tenders/qualify.html"
    form_class = QualificationForm
    submit_label = gettext_lazy("Record the check")
    done_message = gettext_lazy("The check is recorded. The experts can score the bids that passed.")

    def get_title(self) -> str:
        return _("Check the qualifications: %(lot)s") % {"lot": self.lot.title}

    def get_form_kwargs(self) -> dict[str, Any]:
        bids = self.lot.bids.filter(state=Bid.State.OPENED).select_related("supplier").order_by("created_at")
        return super().get_form_kwargs() | {
            "lot": self.lot,
            "bids": list(bids),
            "conditions": list(self.lot.tender.criteria.qualification()),
        }

    def perform(self, form: QualificationForm) -> Lot:
        return check_qualifications(self.lot, form.verdicts(), small=form.small(), by=self.request.user)


class CallQuotesPage(LotPage):
    """Ask every bidder that is left for a sealed quote."""

    form_class = CallForQuotesForm
    template_name = "tenders/call_quotes.html"
    submit_label = gettext_lazy("Call for quotes")
    done_message = gettext_lazy("Every bidder that is left has been asked, in the same words.")

    def is_allowed(self) -> bool:
        return policies.may_call_for_quotes(self.request.user, self.lot)

    def get_title(self) -> str:
        return _("Call for quotes: %(lot)s") % {"lot": self.lot.title}

    def perform(self, form: CallForQuotesForm) -> QuoteRound:
        return call_for_quotes(
            self.lot,
            due_at=form.due_at(clock.now()),
            terms=form.cleaned_data["terms"],
            is_final=form.cleaned_data["is_final"],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = self.lot.bids.filter(state=Bid.State.OPENED).select_related("supplier")
        return super().get_context_data(**kwargs) | {"left": list(left)}


class DeclaredSeatPage(SeatPage):
    """A page of a member who has declared."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            seat = get_object_or_404(Panellist.objects.visible_to(request.user), pk=kwargs["pk"])
            if seat.state not in (Panellist.State.DECLARED, Panellist.State.SUBMITTED):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ChairPage(DeclaredSeatPage):
    title = gettext_lazy("Elect the chair")
    intro = gettext_lazy("Whom more than half elects presides; else the first expert in the order of the draw.")
    form_class = ChairForm
    submit_label = gettext_lazy("Vote")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"seat": self.seat}

    def perform(self, form: forms.Form) -> Panellist:
        return vote_for_chair(self.seat, form.cleaned_data["candidate"], by=self.request.user)


class ModeratePage(DeclaredSeatPage):
    """The chair on a sheet that lies far from the others."""

    template_name = "tenders/moderate.html"
    form_class = ModerationForm
    submit_label = gettext_lazy("Record the decision")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.moderation = get_object_or_404(
                moderations_of(Panel.objects.filter(members__pk=kwargs["pk"], members__user=request.user)),
                pk=kwargs["moderation"],
            )
            sheet = self.moderation.scorecard.panellist
            if not policies.may_moderate(request.user, moderator_of(sitting_on(sheet.panel), sheet)):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        card = self.moderation.scorecard
        return _("%(expert)s on %(supplier)s") % {"expert": card.panellist.user.name, "supplier": card.bid.supplier}

    def get_form_kwargs(self) -> dict[str, Any]:
        scores = self.moderation.scorecard.scores.select_related("criterion").order_by("criterion__position")
        return super().get_form_kwargs() | {"scores": list(scores)}

    def perform(self, form: ModerationForm) -> Moderation:
        return moderate_sheet(
            self.moderation, form.corrections(), reason=form.cleaned_data["reason"], by=self.request.user
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"moderation": self.moderation}


class QuestionPricePage(DeclaredSeatPage):
    """The panel's own judgement that a price may be too low."""

    form_class = QuestionPriceForm
    submit_label = gettext_lazy("Ask the supplier")
    done_message = gettext_lazy("The supplier has been asked.")

    def get_title(self) -> str:
        return _("Ask about the price of %(supplier)s") % {"supplier": self.bid.supplier}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.bid = get_object_or_404(
                Bid.objects.filter(lot__tender__panel__members__pk=kwargs["pk"]).select_related("lot", "supplier"),
                pk=kwargs["bid"],
            )
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> PriceReview:
        return question_price(
            self.bid, words=form.cleaned_data["words"], minutes=form.cleaned_data["minutes"], by=self.request.user
        )


class PriceReviewPage(DeclaredSeatPage):
    """A price that was asked about: what was explained, and one's vote."""

    template_name = "tenders/price_review.html"
    form_class = PriceVoteForm
    submit_label = gettext_lazy("Vote")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.review = get_object_or_404(
                reviews_of(Panel.objects.filter(members__pk=kwargs["pk"], members__user=request.user)),
                pk=kwargs["review"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("The price of %(supplier)s") % {"supplier": self.review.bid.supplier}

    def perform(self, form: forms.Form) -> PriceReview:
        return vote_on_price(
            self.review,
            is_proven=form.cleaned_data["is_proven"] == "yes",
            reason=form.cleaned_data["reason"],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        review = self.review
        has_voted = any(vote.panellist_id == self.seat.pk for vote in review.votes.all())
        may_vote = review.is_open and review.state != PriceReview.State.ASKED and not has_voted
        return super().get_context_data(**kwargs) | {
            "review": review,
            "files": case_files(review.files.all()),
            "may_vote": may_vote,
            "shows_votes": has_voted or not review.is_open,
        }


class ConfirmReportPage(DeclaredSeatPage):
    """The whole ranking, and one's word on it."""

    title = gettext_lazy("The evaluation report")
    template_name = "tenders/confirm_report.html"
    form_class = ReportForm
    submit_label = gettext_lazy("Sign the report")
    done_message = gettext_lazy("Your word is recorded.")

    def perform(self, form: ReportForm) -> Panellist:
        return confirm_report(self.seat, dissent=form.opinion(), by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        panel = self.seat.panel
        is_ranked, members = panel.state in (Panel.State.RANKED, Panel.State.REPORTED), sitting_on(panel)
        return super().get_context_data(**kwargs) | {
            "panel": panel,
            "is_ranked": is_ranked,
            "lots": result_of(panel.tender) if is_ranked else [],
            "chair": chair_of(members),
            "moderations": list(moderations_of(Panel.objects.filter(pk=panel.pk))) if is_ranked else [],
            "reviews": list(reviews_of(Panel.objects.filter(pk=panel.pk))) if is_ranked else [],
            "may_confirm": panel.state == Panel.State.RANKED and self.seat.confirmed_at is None,
            "members": members,
        }
