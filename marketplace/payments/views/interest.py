"""Interest on one order that was paid late: claim it, add it, decide the claim, order it again."""

from typing import Any

from django.forms import Form
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from marketplace.ledger.models import BudgetLine
from marketplace.pages.forms import ShortReasonForm
from marketplace.payments import actions, policies
from marketplace.payments.forms import InterestForm
from marketplace.payments.interest import interest_due
from marketplace.payments.models import InterestClaim, PaymentOrder

from .orders import OrderAction


class InterestAction(OrderAction):
    template_name = "payments/interest_action.html"

    @cached_property
    def claim(self) -> InterestClaim | None:
        """The one that stands, or the last that was refused."""
        return self.order.interest_claims.select_related("line").order_by("asked_at").last()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"claim": self.claim, "interest": interest_due(self.order)}


class ClaimInterest(InterestAction):
    title = gettext_lazy("Claim late-payment interest")
    submit_label = gettext_lazy("Claim the interest")
    intro = gettext_lazy("The bureau has to decide. What it agrees to is paid like any other payment.")
    done_message = gettext_lazy("Claimed. The bureau has been told.")

    def may(self) -> bool:
        return policies.may_claim_interest(self.request.user, self.order)

    def perform(self, form: Form) -> InterestClaim:
        return actions.claim_interest(self.order, by=self.request.user)


class DecideInterest(InterestAction):
    """Of the bureau that was late."""

    def may(self) -> bool:
        return policies.may_decide_interest(self.request.user, self.order)


class WithLine(DecideInterest):
    form_class = InterestForm
    done_message = gettext_lazy("The interest is ordered. Another officer approves the payment.")

    def get_form_kwargs(self) -> dict[str, Any]:
        lines = BudgetLine.objects.open().filter(bureau=self.order.bureau_id).select_related("fund")
        return super().get_form_kwargs() | {"lines": lines}

    def get_initial(self) -> dict[str, Any]:
        return {"line": self.order.line.current().pk}


class AddInterest(WithLine):
    title = gettext_lazy("Pay the late-payment interest")
    submit_label = gettext_lazy("Order the interest")
    intro = gettext_lazy("The provider need not ask for it first.")

    def perform(self, form: Form) -> PaymentOrder:
        return actions.add_interest(self.order, by=self.request.user, **form.cleaned_data)


class DecideClaim(DecideInterest):
    @property
    def asked(self) -> InterestClaim:
        if self.claim is None:
            raise Http404
        return self.claim


class AgreeInterest(WithLine, DecideClaim):
    title = gettext_lazy("Agree to the interest")
    submit_label = gettext_lazy("Agree and order the interest")

    def perform(self, form: Form) -> PaymentOrder:
        return actions.agree_interest(self.asked, by=self.request.user, **form.cleaned_data)


class RefuseInterest(DecideClaim):
    title = gettext_lazy("Refuse the interest")
    submit_label = gettext_lazy("Refuse the interest")
    intro = gettext_lazy("Only when the delay was not the bureau's. The provider reads the reason.")
    form_class = ShortReasonForm
    danger = True
    done_message = gettext_lazy("Refused. The provider has been told why.")

    def perform(self, form: Form) -> InterestClaim:
        return actions.refuse_interest(self.asked, by=self.request.user, **form.cleaned_data)


class OrderInterestAgain(DecideClaim):
    title = gettext_lazy("Order the interest again")
    submit_label = gettext_lazy("Order it again")
    done_message = gettext_lazy("The interest is ordered. Another officer approves the payment.")

    def perform(self, form: Form) -> PaymentOrder:
        return actions.order_interest_again(self.asked, by=self.request.user)
