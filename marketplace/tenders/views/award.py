"""The buyer's decisions: keep a bid out, award it, or begin again after a refusal."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import award_bid, begin_again, exclude_bid
from ..forms.drafting import ReasonForm
from ..methods import in_words_of
from ..models import Award, Bid, Lot
from .base import desk_crumbs, desk_tenders


class BidDecisionPage(ActionPage):
    """A page on one opened bid of one's own bureau's tender."""

    form_class = ReasonForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.bid = get_object_or_404(
                Bid.objects.filter(lot__tender__in=desk_tenders(request.user)).select_related(
                    "lot__tender__bureau", "supplier"
                ),
                pk=kwargs["pk"],
            )
            if not self.is_allowed():
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_allowed(self) -> bool:
        return policies.may_manage(self.request.user, self.bid.lot.tender)

    def get_success_url(self) -> str:
        return self.bid.lot.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tender = self.bid.lot.tender
        return super().get_context_data(**kwargs) | {
            "bid": self.bid,
            "tender": tender,
            "qualifications": list(tender.criteria.qualification()),
            "back_url": tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(tender, (str(self.get_title()), None)),
        }


class ExcludePage(BidDecisionPage):
    template_name = "tenders/exclude.html"
    submit_label = gettext_lazy("Exclude the bid")
    danger = True

    def get_title(self) -> str:
        return _("Exclude the bid of %(supplier)s") % {"supplier": self.bid.supplier}

    def perform(self, form: forms.Form) -> Bid:
        return exclude_bid(self.bid, reason=form.cleaned_data["reason"], by=self.request.user)


class AwardPage(BidDecisionPage):
    template_name = "tenders/award.html"

    @property
    def submit_label(self) -> str:
        return in_words_of(self.bid.lot.tender, _("Award the lot"))

    @property
    def done_message(self) -> str:
        return in_words_of(self.bid.lot.tender, _("Awarded. Every bidder has been told."))

    def is_allowed(self) -> bool:
        return policies.may_award(self.request.user, self.bid.lot)

    def get_title(self) -> str:
        title = in_words_of(self.bid.lot.tender, _("Award “%(lot)s” to %(supplier)s"))
        return title % {"lot": self.bid.lot.title, "supplier": self.bid.supplier}

    def perform(self, form: forms.Form) -> Award:
        return award_bid(self.bid, reason=form.cleaned_data["reason"], by=self.request.user)


class BeginAgainPage(ActionPage):
    """After a refusal: no next candidate, a new tender."""

    form_class = ReasonForm
    submit_label = gettext_lazy("End the lot and tender again")
    intro = gettext_lazy("The lot ends without an award; “Tender again” then makes the new draft (REG 49).")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.lot = get_object_or_404(
                Lot.objects.filter(tender__in=desk_tenders(request.user)).select_related("tender__bureau"),
                pk=kwargs["pk"],
            )
            if not policies.may_award(request.user, self.lot):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Begin again: %(lot)s") % {"lot": self.lot.title}

    def perform(self, form: forms.Form) -> Lot:
        return begin_again(self.lot, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.lot.tender.get_desk_url()
