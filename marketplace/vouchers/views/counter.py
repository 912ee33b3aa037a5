"""The provider's point of sale: card, service, PIN, receipt. One thing a page."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.pages.money import YuanField
from marketplace.pages.views import refuse
from marketplace.vouchers import actions, queries
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
            return HttpResponseRedirect(self.without_card())
        self.view = found
        return super().dispatch(request, *args, **kwargs)

    def without_card(self) -> str:
        """Where it goes on when none lies there."""
        return reverse("vouchers:counter")

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

    @cached_property
    def key(self) -> str:
        """The page's own: the form sent twice is one payment."""
        try:
            return str(uuid.UUID(self.request.POST.get("submission_key", "")))
        except ValueError:
            return str(uuid.uuid4())

    def without_card(self) -> str:
        """Sent once more after it was paid (a second click, an answer that never came): the receipt."""
        if self.request.method == "POST" and self.request.organisation:
            paid = Redemption.objects.filter(id=actions.redemption_id(self.request.organisation, self.key))
            if paid.exists():
                return reverse("vouchers:receipt", args=[paid.get().id])
        return super().without_card()

    def form_valid(self, form: PayForm) -> HttpResponse:
        try:
            redemption = actions.redeem(
                self.provider,
                card=self.view.card.number,
                pin=form.cleaned_data["pin"] or self.request.session.get(CODE_KEY, ""),
                service=self.service,
                units=self.units,
                amount=self.self_pay,
                own_part=form.cleaned_data["own_part"] or 0,
                key=self.key,
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
            "paid_lately": queries.paid_lately(self.service, self.view),
        }


def leave_card(request: HttpRequest) -> HttpResponse:
    """The card is given back without a payment."""
    if request.method == "POST":
        for name in (CARD_KEY, CODE_KEY):
            request.session.pop(name, None)
        messages.info(request, _("Nothing was paid."))
    return HttpResponseRedirect(reverse("vouchers:counter"))
