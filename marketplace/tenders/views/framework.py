"""Framework agreements: admitting, ordering, answering; and the price of a single source."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions.agreeing import agree_price
from ..actions.framework import admit_bidders, left_out
from ..actions.ordering import (
    accept_call_off,
    ask_for_quotes,
    cancel_call_off,
    choose_provider,
    confirm_call_off,
    decline_call_off,
    order_from,
    order_in_turn,
    order_lowest_quote,
    quote,
)
from ..forms.drafting import ReasonForm
from ..forms.framework import AgreementForm, ChoiceForm, OrderForm, QuoteForm
from ..methods import Ending, method_of
from ..models import Admission, Bid, CallOff, Lot, Tender
from ..queries.framework import call_offs_for, framework_of, residents_of
from ..queries.public import public_tender
from ..rulebook import rule_for
from .base import desk_crumbs, desk_tenders


class FrameworkPage(TemplateView):
    """Who is admitted at what price, and how orders are given."""

    template_name = "tenders/framework.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        tender, user = public_tender(number), self.request.user
        if method_of(tender).ending != Ending.ADMISSION:
            raise Http404
        rows = framework_of(tender)
        mine = residents_of(user) if user.is_authenticated else []
        is_choice = tender.second_stage == Tender.SecondStage.CHOICE
        for row in rows:
            row["may_order"] = user.is_authenticated and policies.may_order(user, row["lot"])
            row["may_choose"] = is_choice and any(policies.may_choose_for(user, one, row["lot"]) for one in mine)
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "rows": rows,
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (tender.number, tender.get_absolute_url()),
                (_("Framework agreement"), None),
            ],
        }


class LotVerb(ActionPage):
    """A page that does something to one lot of the bureau's own tender."""

    policy: Callable[..., bool]
    lot: Lot

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = Lot.objects.filter(tender__in=desk_tenders(request.user)).select_related("tender__bureau__region")
            self.lot = get_object_or_404(rows, pk=kwargs["pk"])
            if not self.policy(request.user, self.lot):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.lot.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tender = self.lot.tender
        return super().get_context_data(**kwargs) | {
            "lot": self.lot,
            "tender": tender,
            "back_url": tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(tender, (str(self.get_title()), None)),
        }


class AdmitPage(LotVerb):
    title = gettext_lazy("Admit the suppliers")
    template_name = "tenders/admit.html"
    policy = staticmethod(policies.may_admit)
    submit_label = gettext_lazy("Admit them")
    done_message = gettext_lazy("Admitted. Orders can be given now.")

    def perform(self, form: forms.Form) -> None:
        admit_bidders(self.lot, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:framework", args=[self.lot.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bids = list(self.lot.bids.standing().select_related("supplier").order_by("rank"))
        rule = rule_for(self.lot.tender, "tender.framework_elimination")
        out = left_out(len(bids), rule.value, int(rule.data.get("at_least", 0)))
        return super().get_context_data(**kwargs) | {
            "bids": [(bid, place < len(bids) - out) for place, bid in enumerate(bids)],
            "rule": rule,
        }


class OrderPage(LotVerb):
    """The bureau's order, by the framework's own way."""

    title = gettext_lazy("Give an order")
    policy = staticmethod(policies.may_order)
    form_class = OrderForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"lot": self.lot}

    def perform(self, form: forms.Form) -> CallOff:
        said, by, way = dict(form.cleaned_data), self.request.user, Tender.SecondStage
        if self.lot.tender.second_stage == way.CHOICE:
            return order_from(said.pop("admission"), by=by, **said)
        if self.lot.tender.second_stage == way.ROTATION:
            return order_in_turn(self.lot, by=by, **said)
        return ask_for_quotes(self.lot, by=by, **said)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        way = self.lot.tender.get_second_stage_display()
        return super().get_context_data(**kwargs) | {"intro": f"{self.lot.title} · {way}"}


class ChoosePage(ActionPage):
    """A resident, or who acts for them, chooses an admitted provider."""

    template_name = "tenders/choose.html"
    title = gettext_lazy("Choose this provider")
    form_class = ChoiceForm
    submit_label = gettext_lazy("Choose")
    done_message = gettext_lazy("Chosen. The bureau confirms the order and the provider calls you.")
    admission: Admission

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = Admission.objects.select_related("lot__tender__bureau", "lot__place", "supplier")
            self.admission = get_object_or_404(rows, pk=kwargs["pk"])
            lot = self.admission.lot
            self.residents = [
                one for one in residents_of(request.user) if policies.may_choose_for(request.user, one, lot)
            ]
            if not self.residents:
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> forms.Form:
        form = super().get_form(form_class)
        if len(self.residents) > 1:
            form.fields["resident"] = forms.ChoiceField(
                label=_("Whom is it for?"), choices=[(str(one.pk), one.masked_name) for one in self.residents]
            )
        return form

    def perform(self, form: forms.Form) -> CallOff:
        said = dict(form.cleaned_data)
        wanted = said.pop("resident", str(self.residents[0].pk))
        resident = next(one for one in self.residents if str(one.pk) == wanted)
        return choose_provider(self.admission, resident, by=self.request.user, **said)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        url = reverse("tenders:framework", args=[self.admission.lot.tender.number])
        return super().get_context_data(**kwargs) | {"admission": self.admission, "back_url": url}


class CallOffList(LoginRequiredMixin, ListPage):
    title = gettext_lazy("Orders under frameworks")
    columns = (
        Column(gettext_lazy("Number"), "number", link=lambda call_off: call_off.get_absolute_url()),
        Column(gettext_lazy("Lot"), "lot.title"),
        Column(gettext_lazy("Buyer"), "lot.tender.bureau"),
        Column(gettext_lazy("Provider"), lambda call_off: str(call_off.supplier or "")),
        Column(gettext_lazy("Amount"), "amount", kind="money"),
        Column(gettext_lazy("From"), "starts_on", kind="day"),
        Column(gettext_lazy("State"), "get_state_display"),
    )
    empty_title = gettext_lazy("No order yet")
    empty_text = gettext_lazy("Orders begin on the page of a framework agreement.")

    def get_rows(self) -> QuerySet[CallOff]:
        return call_offs_for(self.request.user)


class CallOffPage(LoginRequiredMixin, TemplateView):
    template_name = "tenders/call_off.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, self.request.organisation or None
        call_off = get_object_or_404(call_offs_for(user), number=number)
        may_order, state = policies.may_order(user, call_off.lot), CallOff.State
        is_over = call_off.quotes_due_at is not None and call_off.quotes_due_at <= clock.now()
        quotes = list(call_off.quotes.select_related("supplier"))
        admitted = organisation and call_off.lot.admissions.filter(supplier=organisation).exists()
        return super().get_context_data(**kwargs) | {
            "call_off": call_off,
            "tender": call_off.lot.tender,
            "quotes": quotes if is_over and may_order else [],
            "own_quote": next((one for one in quotes if organisation and one.supplier_id == organisation.pk), None),
            "quote_count": len(quotes),
            "is_over": is_over,
            "may_confirm": may_order and call_off.state == state.REQUESTED,
            "may_decide": may_order and call_off.state == state.ASKING and is_over,
            "may_cancel": may_order and call_off.state in (state.ASKING, state.REQUESTED, state.ORDERED),
            "may_answer": call_off.state == state.ORDERED and policies.may_answer_call_off(user, call_off),
            "may_quote": bool(admitted)
            and call_off.state == state.ASKING
            and not is_over
            and policies.may_bid(user, organisation),
            "breadcrumbs": [(_("Orders under frameworks"), reverse("tenders:call_offs")), (call_off.number, None)],
        }


class CallOffVerb(ActionPage):
    """A page that does something to one order that this person may read."""

    call_off: CallOff

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.call_off = get_object_or_404(call_offs_for(request.user), number=kwargs["number"])
            if not self.is_allowed():
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_allowed(self) -> bool:
        return policies.may_order(self.request.user, self.call_off.lot)

    def get_success_url(self) -> str:
        return self.call_off.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        url = self.call_off.get_absolute_url()
        return super().get_context_data(**kwargs) | {
            "call_off": self.call_off,
            "back_url": url,
            "breadcrumbs": [(self.call_off.number, url), (str(self.get_title()), None)],
        }


class ConfirmCallOff(CallOffVerb):
    title = gettext_lazy("Confirm the order")
    submit_label = gettext_lazy("Order")
    done_message = gettext_lazy("Ordered. The provider has been told.")

    def perform(self, form: forms.Form) -> CallOff:
        return confirm_call_off(self.call_off, by=self.request.user)


class DecideCallOff(CallOffVerb):
    title = gettext_lazy("Order at the lowest quote")
    submit_label = gettext_lazy("Order")
    done_message = gettext_lazy("Ordered. The provider has been told.")

    def perform(self, form: forms.Form) -> CallOff:
        return order_lowest_quote(self.call_off, by=self.request.user)


class CancelCallOff(CallOffVerb):
    title = gettext_lazy("Cancel the order")
    form_class = ReasonForm
    danger = True
    submit_label = gettext_lazy("Cancel the order")

    def perform(self, form: forms.Form) -> CallOff:
        return cancel_call_off(self.call_off, reason=form.cleaned_data["reason"], by=self.request.user)


class ProviderVerb(CallOffVerb):
    def is_allowed(self) -> bool:
        return policies.may_answer_call_off(self.request.user, self.call_off)


class AcceptCallOff(ProviderVerb):
    title = gettext_lazy("Accept the order")
    submit_label = gettext_lazy("Accept the order")
    done_message = gettext_lazy("Accepted. The contract follows.")

    def perform(self, form: forms.Form) -> CallOff:
        return accept_call_off(self.call_off, by=self.request.user)


class DeclineCallOff(ProviderVerb):
    title = gettext_lazy("Decline the order")
    form_class = ReasonForm
    danger = True
    submit_label = gettext_lazy("Decline the order")

    def perform(self, form: forms.Form) -> CallOff:
        return decline_call_off(self.call_off, reason=form.cleaned_data["reason"], by=self.request.user)


class QuotePage(CallOffVerb):
    title = gettext_lazy("Quote for this order")
    form_class = QuoteForm
    submit_label = gettext_lazy("Hand in the quote")
    done_message = gettext_lazy("Your quote is in. You may replace it until the time is over.")

    def is_allowed(self) -> bool:
        return policies.may_bid(self.request.user, self.request.organisation or None)

    def perform(self, form: forms.Form) -> None:
        quote(self.call_off, self.request.organisation, form.cleaned_data["amount"], by=self.request.user)


class AgreePage(ActionPage):
    """The minutes of the talks with a single supplier."""

    title = gettext_lazy("Record the agreed price")
    template_name = "tenders/agree.html"
    form_class = AgreementForm
    submit_label = gettext_lazy("Record it")
    bid: Bid

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = Bid.objects.filter(lot__tender__in=desk_tenders(request.user))
            self.bid = get_object_or_404(rows.select_related("lot__tender__bureau", "supplier"), pk=kwargs["pk"])
            if not policies.may_agree_price(request.user, self.bid.lot):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"agreed_on": clock.today()}

    def perform(self, form: forms.Form) -> None:
        agree_price(self.bid, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.bid.lot.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tender = self.bid.lot.tender
        return super().get_context_data(**kwargs) | {
            "bid": self.bid,
            "back_url": tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(tender, (str(self.title), None)),
        }
