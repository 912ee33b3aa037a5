"""What finance officers and payees type."""

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.models import BudgetLine
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.money import YuanField, format_yuan

from .models import IncomingPayment, PaymentOrder, StatementLine
from .models.incoming import LEAST_FEN, MOST_FEN


class QueueFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *PaymentOrder.State.choices, ("late", _("Paid late"))],
        required=False,
    )
    q = forms.CharField(label=_("Payee, purpose or number"), required=False, max_length=80)


class BudgetLineField(forms.ModelChoiceField):
    """A line with what is free on it."""

    def label_from_instance(self, line: BudgetLine) -> str:
        return gettext("%(year)s %(line)s (%(fund)s), ¥%(left)s left") % {
            "year": line.year,
            "line": line.name,
            "fund": line.fund.name,
            "left": format_yuan(line.available),
        }


class InterestForm(forms.Form):
    line = BudgetLineField(
        BudgetLine.objects.none(),
        label=_("Budget line"),
        empty_label=None,
        help_text=_("It must have the interest free: a delay is paid by the bureau that was late."),
    )

    def __init__(self, *args, lines, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines


class SendForm(forms.Form):
    orders = forms.ModelMultipleChoiceField(
        PaymentOrder.objects.none(),
        label=_("Payments"),
        error_messages={"required": _("Choose at least one payment.")},
    )

    def __init__(self, *args, orders, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["orders"].queryset = orders


class AnswerForm(forms.Form):
    file = forms.FileField(
        label=_("The bank's answer"),
        help_text=_("camt.054 (XML) or the payment list with its last two columns filled in (CSV)."),
    )


class AccountForm(forms.Form):
    account_name = forms.CharField(
        label=_("Account name"),
        max_length=120,
        help_text=_("As on the bank's certificate: the organisation's own name."),
    )
    bank = forms.CharField(label=_("Bank and branch"), max_length=120)
    bank_code = forms.CharField(
        label=_("Bank's clearing code"), max_length=12, required=False, help_text=_("12 digits; the branch knows it.")
    )
    number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DonationForm(forms.Form):
    amount = YuanField(label=_("Amount in yuan"), minimum=LEAST_FEN, maximum=MOST_FEN)
    payer_name = forms.CharField(
        label=_("Name for the receipt"),
        required=False,
        max_length=80,
        help_text=_("Leave it empty to give without a name."),
    )


class DonationOfferForm(forms.Form):
    is_open = forms.BooleanField(label=_("We take gifts on our public page"), required=False)
    purpose = forms.CharField(label=_("What gifts are used for"), max_length=200, required=False)
    certificate = forms.CharField(
        label=_("Number of the certificate for public fundraising"), max_length=60, required=False
    )


class IncomingFilter(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("All kinds")), *IncomingPayment.Kind.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("All states")), *IncomingPayment.State.choices], required=False
    )


class IncomingRefundForm(ShortReasonForm):
    amount = YuanField(label=_("Amount in yuan"))
    field_order = ["amount", "reason"]


class RefundForm(ShortReasonForm):
    amount = YuanField(label=_("Amount in yuan"))
    bank_reference = forms.CharField(
        label=_("The bank's reference of the money that came"), max_length=64, required=False
    )
    is_still_owed = forms.BooleanField(
        label=_("It is still owed"),
        required=False,
        help_text=_("Tick this when the payee is to be paid again; else the budget line has the commitment back."),
    )
    field_order = ["amount", "bank_reference", "is_still_owed", "reason"]


class StatementForm(forms.Form):
    file = forms.FileField(
        label=_("The bank's statement"),
        help_text=_("camt.053 (XML), or CSV with the columns 记账日期, 借贷, 金额 and, where there is one, 端到端号."),
    )


class BondFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), ("held", _("Still held")), ("released", pgettext_lazy("bond", "Released"))],
        required=False,
    )
    q = forms.CharField(label=_("Payer"), required=False, max_length=80)


class LineFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("All states")), *StatementLine.State.choices], required=False
    )


class ExplainForm(ShortReasonForm):
    attempt = forms.CharField(
        label=_("Number of the payment order"),
        required=False,
        max_length=40,
        help_text=_("When the line is one of your payments. Leave it empty when it is something else."),
    )
    field_order = ["attempt", "reason"]
