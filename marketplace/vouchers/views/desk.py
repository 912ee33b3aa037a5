"""At the community desk: a resident's wallets and card."""

from typing import Any

from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.residents.views.base import OneResident
from marketplace.vouchers import actions, documents, policies, queries
from marketplace.vouchers.forms import NewCardForm, PinForm


class CardDesk(OneResident):
    """Whoever hands out cards for the resident's region."""

    home = "vouchers:resident"

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_handle_card(user, resident)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back_url = reverse(self.home, args=[self.kwargs["pk"]])
        return super().get_context_data(**kwargs) | {"resident": self.resident, "back_url": back_url}


class ResidentVouchers(CardDesk, TemplateView):
    template_name = "vouchers/resident.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident = self.resident
        return super().get_context_data(**kwargs) | {
            "balance": queries.balance_of(resident),
            "wallets": queries.wallets_now(resident),
            "cards": resident.cards.all()[:10],
            "card": resident.cards.live().first(),
            "rows": queries.history_of(resident)[:25],
            "may_book": policies.may_hold(self.request.user, resident),
        }


class NewCard(CardDesk, ActionPage):
    form_class = NewCardForm
    title = _("Give a card")
    intro = _("The card before, if there is one, stops working at once. The resident chooses the PIN: turn the keypad.")
    submit_label = _("Give the card")
    done_message = _("The card works now. Print it and hand it over.")

    def perform(self, form: NewCardForm) -> Any:
        cleaned = form.cleaned_data
        actions.issue_card(self.resident, pin=cleaned["pin"], reason=cleaned["reason"], by=self.request.user)


class SetPin(CardDesk, ActionPage):
    form_class = PinForm
    title = _("Set a new PIN")
    intro = _("The resident chooses and types it. Wrong tries before are forgotten.")
    submit_label = _("Set the PIN")
    done_message = _("The new PIN works now.")

    def perform(self, form: PinForm) -> Any:
        card = get_object_or_404(self.resident.cards.live())
        actions.set_pin(card, form.cleaned_data["pin"], by=self.request.user)


class Unlock(CardDesk, ActionPage):
    title = _("Unlock the card")
    intro = _("You have seen who stands before you. Five more tries are free then.")
    submit_label = _("Unlock it")
    done_message = _("The card is unlocked.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        actions.unlock_card(get_object_or_404(self.resident.cards.live()), by=self.request.user)


class PrintAtDesk(CardDesk, ActionPage):
    title = _("Print the card")
    intro = _("A page in large type with the square code, the number and five lines on how to use it.")
    submit_label = _("Print the card")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return documents.print_card(get_object_or_404(self.resident.cards.live()), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("papers:paper_file", args=[self.object.code])
