"""What is typed at the counter, at the desk and by the bureau."""

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.directory.models import Category, Service
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import YuanField
from marketplace.pages.templatetags.pages import day, moment
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation, Region

from .codes import CODE_DIGITS
from .models import Opening, Settlement
from .models.cards import PIN_DIGITS, clean_card_number
from .models.programmes import parse_month


class PinField(forms.CharField):
    """Six digits, never shown and never sent back to the page."""

    def __init__(self, *, longest: int = PIN_DIGITS, **kwargs) -> None:
        super().__init__(
            max_length=longest,
            widget=forms.PasswordInput(
                render_value=False,
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": "off",
                    "pattern": "[0-9]*",
                    "maxlength": longest,
                    "class": "form-control pin-input",
                    "data-pin-pad": "",
                },
            ),
            **kwargs,
        )


class CardForm(forms.Form):
    """Scanned or typed: the scanner types the digits and presses Enter."""

    card = forms.CharField(
        label=_("Card number"),
        help_text=_("Scan the square code on the card, or type the 16 digits under it."),
        max_length=60,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True, "class": "form-control card-input"}
        ),
    )

    code = ""  # what the square code on a telephone holds besides the number

    def clean_card(self) -> str:
        number, _dot, code = self.cleaned_data["card"].partition(".")
        self.code = code if len(code) == CODE_DIGITS and code.isdecimal() else ""
        return clean_card_number(number)


class PayForm(forms.Form):
    """The last step: how much is paid by the resident, and the PIN."""

    own_part = YuanField(
        label=_("Paid by the resident (yuan)"),
        help_text=_("Leave it empty when the voucher pays all of it."),
        required=False,
        minimum=0,
    )
    pin = PinField(
        label=_("PIN or code"),
        help_text=_("The resident types the six digits of the PIN, or the eight from the telephone."),
        longest=CODE_DIGITS,
    )

    def __init__(self, *args, has_code: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if has_code:
            del self.fields["pin"]

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned.setdefault("pin", "")
        return cleaned


class PinForm(forms.Form):
    """The resident chooses a PIN at the desk, twice the same."""

    pin = PinField(label=_("New PIN"), help_text=_("Six digits that the resident can remember. Not a birthday."))
    again = PinField(label=_("The same PIN again"))

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("pin") and cleaned.get("again") and cleaned["pin"] != cleaned["again"]:
            self.add_error("again", _("The two PINs differ."))
        return cleaned


class NewCardForm(PinForm):
    reason = forms.CharField(
        label=_("Why a new card"), max_length=200, required=False, help_text=_("Lost, worn out, first card…")
    )
    field_order = ["reason", "pin", "again"]


class ProgrammeForm(forms.Form):
    """A programme is data."""

    code = forms.SlugField(label=_("Programme code"), max_length=40, help_text=_("Small letters and digits: silver-80"))
    name = forms.CharField(label=_("Name of the programme"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    description = forms.CharField(
        label=_("What it is for"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    budget_line = forms.ModelChoiceField(BudgetLine.objects.none(), label=_("Budget line"))
    region = forms.ModelChoiceField(Region.objects.none(), label=_("For residents of"))
    minimum_age = forms.IntegerField(
        label=_("From which age"),
        min_value=0,
        max_value=120,
        help_text=_("Counted from the month of the birthday."),
    )
    monthly_amount = YuanField(label=_("Amount a month (yuan)"))
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    categories = forms.ModelMultipleChoiceField(
        Category.objects.all(), label=_("What it may pay for"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, bureau: Organisation, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["budget_line"].queryset = BudgetLine.objects.open().filter(
            bureau=bureau, year__gte=clock.today().year
        )
        self.fields["region"].queryset = Region.objects.filter(code__startswith=bureau.region.prefix).exclude(
            level=Region.Level.COMMUNITY
        )


class MonthForm(forms.Form):
    month = forms.CharField(
        label=_("Month"), max_length=7, widget=forms.TextInput(attrs={"type": "month", "class": "form-control"})
    )

    def clean_month(self):
        return parse_month(self.cleaned_data["month"])


class SettlementFilter(forms.Form):
    month = forms.CharField(
        label=_("Month"), required=False, widget=forms.TextInput(attrs={"type": "month", "class": "form-control"})
    )
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("All")), *Settlement.State.choices]

    def clean_month(self):
        text = self.cleaned_data["month"]
        return parse_month(text) if text else None


class DeviceForm(forms.Form):
    name = forms.CharField(
        label=_("Name of this device"), max_length=40, help_text=_("As you call it: front desk, tablet of the van…")
    )


class OfflineLimitForm(forms.Form):
    """What a programme risks when counters are cut off."""

    resident_cap = YuanField(
        label=_("For one resident a day (yuan)"), minimum=0, help_text=_("Zero: nothing is accepted offline.")
    )
    device_cap = YuanField(label=_("For one device a day (yuan)"), minimum=0)


class OfflineDecisionForm(forms.Form):
    bear = forms.TypedChoiceField(
        label=_("Who pays?"),
        choices=[("yes", _("The programme: it promised this")), ("no", _("Nobody: the provider settles it itself"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class PinOrCodeForm(forms.Form):
    pin = PinField(
        label=_("PIN or code"),
        help_text=_("The resident types the six digits of the PIN, or the eight from the telephone."),
        longest=CODE_DIGITS,
    )


class BookForm(forms.Form):
    """One of the times that are still to come."""

    opening = forms.ModelChoiceField(
        Opening.objects.none(), label=_("When?"), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, openings, may_be_empty: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opening"].queryset = openings.filter(left__gt=0)
        self.fields["opening"].required = not may_be_empty
        self.fields["opening"].label_from_instance = self._label

    @staticmethod
    def _label(opening: Opening) -> str:
        when = f"{day(opening.starts_at)} {_weekday(opening)} {moment(opening.starts_at)[-5:]}"
        return f"{when} · " + ngettext("%(count)s place free", "%(count)s places free", opening.left) % {
            "count": opening.left
        }


def _weekday(opening: Opening) -> str:
    return date_format(timezone.localtime(opening.starts_at), "D")


class OpenPlacesForm(forms.Form):
    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"))
    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=10, max_value=1440, initial=60)
    places = forms.IntegerField(label=_("Places"), min_value=1, max_value=500, initial=4)
    weeks = forms.IntegerField(
        label=_("How many weeks"), min_value=1, max_value=12, initial=1, help_text=_("The same time each week.")
    )

    def __init__(self, *args, provider: Organisation, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.listed().filter(organisation=provider)


class CheckInForm(CardForm):
    """At the door. The place comes from the telephone, where it allows that."""

    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"), empty_label=None)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    accuracy = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def __init__(self, *args, provider: Organisation, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.listed().filter(organisation=provider, point=None)


class CheckOutForm(forms.Form):
    photo = CheckedFileField(
        label=_("Photo"), kinds=("jpeg", "png"), required=False, help_text=_("Of the work, not of the face.")
    )
    signature = CheckedFileField(label=_("Signature"), kinds=("png",), max_bytes=500_000, required=False)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)


class CaseForm(forms.Form):
    proven = forms.TypedChoiceField(
        label=_("Finding"),
        choices=[("yes", _("Proven: take the money back")), ("no", _("Unfounded: there is an honest explanation"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What you found"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("No names.")
    )


class CallBackForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("What did the resident say?"),
        choices=[
            ("confirmed", _("Yes, it was so")),
            ("denied", _("No, I know nothing of it")),
            ("unreached", _("Nobody answered")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class HospitalStayForm(forms.Form):
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(label=_("Known from"), max_length=100, help_text=_("The family, the insurer's list…"))
