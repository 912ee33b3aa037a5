"""What finance officers and payees type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import PaymentOrder


class QueueFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("All states")), *PaymentOrder.State.choices], required=False
    )
    q = forms.CharField(label=_("Payee, purpose or number"), required=False, max_length=80)


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
