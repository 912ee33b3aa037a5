"""The provider's point of sale: card, service, PIN, receipt. One thing a page."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.pages.doors import doors_of
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.money import YuanField
from marketplace.pages.views import ActionPage, refuse
from marketplace.payments.actions import ask_own_part, open_at_stripe
from marketplace.payments.actions.incoming import takes_stripe
from marketplace.payments.models import IncomingPayment
from marketplace.vouchers import actions, notices, policies, queries
from marketplace.vouchers.forms import CardForm, PayForm
from marketplace.vouchers.models import Redemption, Visit

from .devices import CounterOnly

CARD_KEY = "counter_card"  # the card on the counter, kept in the session and not in an address
VISIT_KEY = "counter_visit"  # the visit at home that is about to be paid
CODE_KEY = "counter_code"  # the rotating code that was scanned with it from the resident's telephone


class CardOnCounter(CounterOnly):
    """Steps after the first: a card lies on the counter, else back to the first."""

    view: queries.CardView

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        found = queries.card_view(request.session.get(CARD_KEY, ""))
        if found is None:
            return HttpResponseRedirect(reverse("vouchers:counter"))
        self.view = found
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"view": self.view, "trouble": TROUBLES.get(self.view.trouble)}


TROUBLES = {
    "replaced": gettext_lazy("This card was replaced by a newer one and pays nothing any more."),
    "locked": gettext_lazy("This card is locked after five wrong PINs. The community desk can unlock it."),
    "no_pin": gettext_lazy("No PIN has been set for this card. The community desk can set one."),
    "suspended": gettext_lazy("This resident's vouchers are suspended. Ask the community desk."),
    "expired": gettext_lazy("There is no voucher for this month, and earlier ones have expired."),
    "outside_programme": gettext_lazy("This resident has no voucher."),
}


class Counter(CounterOnly, FormView):
    """Step 1: the card."""

    template_name = "vouchers/counter.html"
    form_class = CardForm

    def form_valid(self, form: CardForm) -> HttpResponse:
        number = form.cleaned_data["card"]
        try:
            actions.look_at_card(self.provider, number, by=self.request.user)
        except ValidationError as refusal:
            form.add_error("card" if refusal.code == "unknown_card" else None, refusal)
            return self.form_invalid(form)
        self.request.session[CARD_KEY] = number
        self.request.session[CODE_KEY] = form.code
        return HttpResponseRedirect(reverse("vouchers:counter_services"))

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = queries.redemptions_of_day(self.provider, clock.today())
        return super().get_context_data(**kwargs) | {"totals": queries.totals(today), "step": 1}


class CounterServices(CardOnCounter, TemplateView):
    """Step 2: greet by the masked name, say the balance, choose what is paid for."""

    template_name = "vouchers/counter_services.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        services = [] if self.view.trouble else queries.payable_services(self.provider, self.view)
        return super().get_context_data(**kwargs) | {"services": services, "step": 2}


class CounterPay(CardOnCounter, FormView):
    """Step 3: the two parts and the PIN.

    The redemption opens its own transaction and is idempotent by the page's key, so this is no ActionPage: a wrong PIN
    is counted although the page refuses, and the form sent twice shows the one receipt.
    """

    template_name = "vouchers/counter_pay.html"
    form_class = PayForm

    @cached_property
    def service(self) -> Service:
        return get_object_or_404(queries.payable_services(self.provider, self.view), pk=self.kwargs["pk"])

    @property
    def units(self) -> int:
        text = self._asked("units", "1")
        return min(max(int(text), 1), 31) if text.isdecimal() and len(text) < 4 else 1

    @property
    def price(self) -> int:
        return self.service.price * self.units

    @cached_property
    def share(self) -> int | None:
        return queries.share_of(self.service, self.view)

    @property
    def insured(self) -> int:
        """Fen that the long-term care insurance has paid: where a voucher pays a share, it is of what is left then."""
        if self.share is None:
            return 0
        try:
            return min(YuanField(required=False, minimum=0).clean(self._asked("insured", "")) or 0, self.price)
        except ValidationError:
            return 0

    @property
    def self_pay(self) -> int:
        return self.price - self.insured

    @property
    def by_voucher(self) -> int:
        """`min(share × self-pay after insurance, what the voucher has left)`, in fen."""
        most = self.self_pay if self.share is None else self.self_pay * self.share // 100
        return min(most, self.view.balance)

    @property
    def has_code(self) -> bool:
        return bool(self.request.session.get(CODE_KEY))

    def _asked(self, name: str, default: str) -> str:
        return self.request.POST.get(name) or self.request.GET.get(name) or default

    def get_initial(self) -> dict[str, Any]:
        rest = self.self_pay - self.by_voucher
        return {} if self.share is None or not rest else {"own_part": rest}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"has_code": self.has_code}

    def form_valid(self, form: PayForm) -> HttpResponse:
        try:
            key = str(uuid.UUID(self.request.POST.get("submission_key", "")))
        except ValueError:
            key = str(uuid.uuid4())
        try:
            redemption = actions.redeem(
                self.provider,
                card=self.view.card.number,
                pin=form.cleaned_data["pin"] or self.request.session.get(CODE_KEY, ""),
                service=self.service,
                units=self.units,
                amount=self.self_pay,
                own_part=form.cleaned_data["own_part"] or 0,
                key=key,
                by=self.request.user,
                device=self.device.label if self.device else "counter",
            )
        except ValidationError as refusal:
            return self._refused(form, refusal)
        self._link_visit(redemption)
        for name in (CARD_KEY, CODE_KEY):
            self.request.session.pop(name, None)
        return HttpResponseRedirect(reverse("vouchers:receipt", args=[redemption.id]))

    def _link_visit(self, redemption: Redemption) -> None:
        """Paid at the end of a visit at home: the two belong together."""
        visit = Visit.objects.filter(pk=self.request.session.pop(VISIT_KEY, None), resident=redemption.resident_id)
        for one in visit:
            actions.link_visit(one, redemption, by=self.request.user)

    def _refused(self, form: PayForm, refusal: ValidationError) -> HttpResponse:
        balance = None
        if hasattr(refusal, "error_dict") and "pin" in refusal.error_dict:
            self.request.session.pop(CODE_KEY, None)  # run out: the resident shows the next one, or types the PIN
        if getattr(refusal, "code", "") == "overdrawn":
            balance = refusal.params["balance_fen"]
            data = form.data.copy()
            if 0 < balance < self.self_pay:
                data["own_part"] = f"{(self.self_pay - balance) / 100:.2f}"
            form = PayForm(data, has_code=self.has_code)
            form.full_clean()
        refuse(form, refusal)
        found = queries.card_view(self.view.card.number)
        self.view = found or self.view
        return self.render_to_response(self.get_context_data(form=form, short_of=balance), status=422)

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        short_of = kwargs.pop("short_of", None)
        return super().get_context_data(**kwargs) | {
            "service": self.service,
            "units": self.units,
            "price": self.price,
            "share": self.share,
            "insured": f"{self.insured / 100:.2f}" if self.insured else "",
            "self_pay": self.self_pay,
            "by_voucher": self.by_voucher,
            "by_resident": self.self_pay - self.by_voucher,
            "submission_key": self.request.POST.get("submission_key") or uuid.uuid4(),
            "step": 3,
            "short_of": short_of,
            "rest": self.self_pay - short_of if short_of else None,
        }


class Receipt(CounterOnly, TemplateView):
    """Step 4: what was paid; printable."""

    template_name = "vouchers/receipt.html"

    def get_context_data(self, pk: uuid.UUID, **kwargs: Any) -> dict[str, Any]:
        redemption = queries.find_redemption(self.request.user, pk)
        return super().get_context_data(**kwargs) | {
            "redemption": redemption,
            "may_reverse": policies.may_reverse(self.request.user, redemption) and not redemption.is_reversed,
            "until": policies.take_back_until(redemption),
            "own_payment": IncomingPayment.objects.for_reference(f"redemption/{redemption.id}").first(),
            "takes_stripe": bool(redemption.own_part) and bool(takes_stripe(redemption.provider)),
            "may_text": policies.may_text_receipt(self.request.user, redemption),
            "doors": doors_of("receipt", self.request.user, redemption),
            "step": 4,
        }


class OwnPartByStripe(CounterOnly, View):
    """The resident's part by card or telephone: a page of Stripe's, or a square code to scan, each asked for once."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        redemption = queries.find_redemption(request.user, pk)
        try:
            payment = ask_own_part(
                redemption.provider,
                redemption.own_part,
                reference=f"redemption/{redemption.id}",
                key=f"own-part/{redemption.id}",
                by=request.user,
            )
            payment = open_at_stripe(payment)
        except ValidationError as refusal:
            messages.error(request, refusal.messages[0])
            return HttpResponseRedirect(reverse("vouchers:receipt", args=[pk]))
        return HttpResponseRedirect(payment.get_absolute_url())


class TextReceipt(CounterOnly, ActionPage):
    """The receipt as a text message to the telephone in the register; the counter never sees the number."""

    title = gettext_lazy("Send the receipt by text message")
    submit_label = gettext_lazy("Send it")
    done_message = gettext_lazy("The receipt is on its way to the resident's telephone.")

    @property
    def redemption(self) -> Redemption:
        return queries.find_redemption(self.request.user, self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.redemption  # noqa: B018 - another provider gets 404 before the question
        return super().get(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return notices.text_receipt(self.redemption, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:receipt", args=[self.kwargs["pk"]])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}


class Today(CounterOnly, TemplateView):
    """The day's list, with the way to take one back."""

    template_name = "vouchers/counter_today.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = queries.redemptions_of_day(self.provider, clock.today())
        return super().get_context_data(**kwargs) | {"rows": rows[:200], "totals": queries.totals(rows)}


class Takings(LoginRequiredMixin, TemplateView):
    """For the books of the provider."""

    template_name = "vouchers/takings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not policies.may_see_takings(self.request.user, self.request.organisation):
            raise PermissionDenied
        return super().get_context_data(**kwargs) | queries.takings(self.request.organisation)


class Void(CounterOnly, ActionPage):
    """Take one back, with the reason."""

    template_name = "vouchers/void.html"
    form_class = ShortReasonForm
    title = gettext_lazy("Take this payment back")
    submit_label = gettext_lazy("Take it back")
    danger = True
    done_message = gettext_lazy("Taken back: the money is in the voucher again.")

    @property
    def redemption(self) -> Redemption:
        return queries.find_redemption(self.request.user, self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "redemption": self.redemption,
            "back_url": reverse("vouchers:today"),
        }

    def perform(self, form: ShortReasonForm) -> Any:
        return actions.reverse_redemption(self.redemption, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:today")


def leave_card(request: HttpRequest) -> HttpResponse:
    """The card is given back without a payment."""
    if request.method == "POST":
        for name in (CARD_KEY, CODE_KEY):
            request.session.pop(name, None)
        messages.info(request, _("Nothing was paid."))
    return HttpResponseRedirect(reverse("vouchers:counter"))
