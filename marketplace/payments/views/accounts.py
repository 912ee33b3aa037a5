"""Where an organisation's money goes."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, ListView

from marketplace.pages import clock
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.views import ActionPage
from marketplace.payments import actions, policies, queries
from marketplace.payments.actions.accounts import ACCOUNT_CHANGE_WAIT
from marketplace.payments.forms import AccountForm
from marketplace.payments.models import Channel, PayeeAccount
from marketplace.rules.queries import resolve


class Accounts(LoginRequiredMixin, ListView):
    """The organisation's own accounts, and those of others that wait for this person's word."""

    template_name = "payments/accounts.html"
    context_object_name = "accounts"
    paginate_by = 25

    def get_queryset(self):
        mine = PayeeAccount.objects.visible_to(self.request.user).filter(organisation=self.request.organisation)
        return mine.select_related("requested_by", "decided_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, self.request.organisation
        may_request = bool(organisation) and policies.may_request_account(user, organisation)
        return super().get_context_data(**kwargs) | {
            "in_force": PayeeAccount.objects.visible_to(user).to_pay([organisation.pk]).get(organisation.pk)
            if organisation
            else None,
            "to_decide": queries.accounts_to_decide(user),
            "may_request": may_request
            and not PayeeAccount.objects.waiting().filter(organisation=organisation).exists(),
            "now": clock.now(),
            "may_connect": may_request and actions.stripe_is_on(),
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (_("Bank account"), None)],
        }


class AccountPage(LoginRequiredMixin, DetailView):
    template_name = "payments/account.html"
    context_object_name = "account"

    def get_queryset(self):
        accounts = PayeeAccount.objects.visible_to(self.request.user)
        return accounts.select_related("organisation", "requested_by", "decided_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.object
        is_waiting = account.state == PayeeAccount.State.REQUESTED
        return super().get_context_data(**kwargs) | {
            "now": clock.now(),
            "before": PayeeAccount.objects.in_force()
            .filter(organisation=account.organisation)
            .exclude(pk=account.pk)
            .first(),
            "may_decide": is_waiting and policies.may_decide_account(self.request.user, account),
            "is_own_request": is_waiting and account.requested_by_id == self.request.user.pk,
            "may_onboard": account.channel == Channel.STRIPE
            and not account.is_usable
            and actions.stripe_is_on()
            and policies.may_request_account(self.request.user, account.organisation),
            "wait": resolve(ACCOUNT_CHANGE_WAIT),
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (_("Bank account"), reverse("payments:accounts")),
                (account.masked_number, None),
            ],
        }


class RequestAccount(ActionPage):
    title = gettext_lazy("Enter a bank account")
    submit_label = gettext_lazy("Ask for a second person's approval")
    form_class = AccountForm
    done_message = gettext_lazy("Entered. It takes effect after a second person has approved it.")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_request_account(request.user, request.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"account_name": self.request.organisation.name}

    def perform(self, form) -> PayeeAccount:
        return actions.request_account(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("payments:accounts")}


class DecideAccount(ActionPage):
    @cached_property
    def account(self) -> PayeeAccount:
        accounts = PayeeAccount.objects.visible_to(self.request.user).select_related("organisation")
        return get_object_or_404(accounts, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_decide_account(request.user, self.account):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.account.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = _("%(organisation)s: %(bank)s, account ending in %(tail)s.")
        facts = {"organisation": self.account.organisation, "bank": self.account.bank, "tail": self.account.tail}
        return super().get_context_data(**kwargs) | {
            "intro": words % facts,
            "back_url": self.account.get_absolute_url(),
        }


class ApproveAccount(DecideAccount):
    title = gettext_lazy("Approve this bank account")
    submit_label = gettext_lazy("I have compared it with the bank's certificate: approve")
    done_message = gettext_lazy("The account has been approved.")

    def perform(self, form) -> PayeeAccount:
        return actions.approve_account(self.account, by=self.request.user)


class RefuseAccount(DecideAccount):
    title = gettext_lazy("Refuse this bank account")
    submit_label = pgettext_lazy("account", "Refuse")
    form_class = ShortReasonForm
    danger = True
    done_message = gettext_lazy("The account has been refused; the one in force stays.")

    def perform(self, form) -> PayeeAccount:
        return actions.refuse_account(self.account, by=self.request.user, **form.cleaned_data)
