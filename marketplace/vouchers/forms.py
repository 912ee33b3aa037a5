"""What is typed at the counter, at the desk and by the bureau."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import YuanField
from marketplace.parties.models import Organisation, Region
from marketplace.residents.models import Assessment, Benefit

from .codes import CODE_DIGITS
from .models import Application, Programme, Settlement
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


TIERS = 4  # rows of tiers on a form


class TermsForm(forms.Form):
    """The rule of a programme: who, and how much. Tiers are rows of four small fields each."""

    basis = forms.ChoiceField(label=_("How much is given"), choices=Programme.Basis.choices)
    monthly_amount = YuanField(
        label=_("Amount a month (yuan)"), help_text=_("By a share of the price: the cap. By tiers: the usual amount.")
    )
    rate = forms.IntegerField(label=_("Share of the price (percent)"), min_value=1, max_value=100, required=False)
    minimum_age = forms.IntegerField(
        label=_("From which age"), min_value=0, max_value=120, help_text=_("Counted from the month of the birthday.")
    )
    minimum_level = forms.TypedChoiceField(
        label=_("Level of the assessment at least"), required=False, coerce=int, empty_value=None
    )
    only_alone = forms.BooleanField(label=_("Only who lives alone"), required=False)
    exclusions = forms.MultipleChoiceField(
        label=_("Not for those who receive"),
        choices=Benefit.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    by_application = forms.BooleanField(label=_("Given on application"), required=False)
    carries_over = forms.BooleanField(label=_("What is left is carried into the next month"), required=False)
    most_carried = YuanField(label=_("Carried at most (yuan)"), required=False)
    daily_limit = YuanField(label=_("At most a day (yuan)"), required=False)
    terms = (
        "basis", "monthly_amount", "rate", "minimum_age", "minimum_level", "only_alone", "exclusions",
        "by_application", "carries_over", "most_carried", "daily_limit",
    )  # fmt: skip

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        levels = [("", _("No assessment needed")), *Assessment.Level.choices]
        self.fields["minimum_level"].choices = levels
        for number in range(1, TIERS + 1):
            self.fields[f"tier_{number}_age"] = forms.IntegerField(
                label=_("Tier %(number)s: from which age") % {"number": number},
                min_value=0, max_value=120, required=False,
            )  # fmt: skip
            self.fields[f"tier_{number}_level"] = forms.TypedChoiceField(
                label=_("Tier %(number)s: from which level") % {"number": number},
                choices=[("", "—"), *Assessment.Level.choices], coerce=int, empty_value=None, required=False,
            )  # fmt: skip
            self.fields[f"tier_{number}_alone"] = forms.BooleanField(
                label=_("Tier %(number)s: living alone") % {"number": number}, required=False
            )
            self.fields[f"tier_{number}_amount"] = YuanField(
                label=_("Tier %(number)s: amount a month (yuan)") % {"number": number}, required=False
            )

    @property
    def tier_rows(self) -> list[dict]:
        """The tiers' fields, a row each, for the table of the page."""
        return [
            {"number": number} | {name: self[f"tier_{number}_{name}"] for name in ("age", "level", "alone", "amount")}
            for number in range(1, TIERS + 1)
        ]

    @property
    def plain_fields(self) -> list:
        return [bound for bound in self.visible_fields() if not bound.name.startswith("tier_")]

    def cleaned_terms(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.terms}

    def cleaned_tiers(self) -> list[dict]:
        """Rows in which something stands, in their order, as a `Tier`'s fields."""
        tiers = []
        for number in range(1, TIERS + 1):
            cells = {
                name: self.cleaned_data.get(f"tier_{number}_{name}") for name in ("age", "level", "alone", "amount")
            }
            if any(value not in (None, False) for value in cells.values()):
                tiers.append(
                    {
                        "minimum_age": cells["age"],
                        "minimum_level": cells["level"],
                        "only_alone": bool(cells["alone"]),
                        "amount": cells["amount"],
                    }
                )
        return tiers


def terms_initial(programme: Programme) -> dict:
    """The form filled with what the programme has."""
    initial = {name: getattr(programme, name) for name in TermsForm.terms}
    for number, tier in enumerate(programme.tiers.all()[:TIERS], start=1):
        initial |= {
            f"tier_{number}_age": tier.minimum_age,
            f"tier_{number}_level": tier.minimum_level,
            f"tier_{number}_alone": tier.only_alone,
            f"tier_{number}_amount": tier.amount,
        }
    return initial


class ChangeForm(TermsForm):
    """New terms for a running programme, tried first; from a month on, with the reason, when they are proposed."""

    from_month = forms.CharField(
        label=_("From the month"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "class": "form-control"}),
    )
    reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=300,
        required=False,
        help_text=_("Needed to propose it, not to try it."),
    )

    def clean_from_month(self):
        return parse_month(self.cleaned_data["from_month"])


class FindForm(forms.Form):
    q = forms.CharField(
        label=_("Name, ID number or telephone"),
        max_length=30,
        min_length=1,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class ApplyForm(forms.Form):
    need = forms.CharField(
        label=_("What help is needed?"),
        max_length=300,
        required=False,
        help_text=_("For example: bathing, meals, cleaning. It may stay empty."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ApplyAtDeskForm(ApplyForm):
    channel = forms.ChoiceField(
        label=_("How it came in"),
        choices=[(c.value, c.label) for c in (Application.Channel.DESK, Application.Channel.PAPER)],
        widget=forms.RadioSelect,
        initial=Application.Channel.DESK,
    )
    paper_number = forms.CharField(label=_("Number on the paper form"), max_length=40, required=False)
    field_order = ["channel", "paper_number", "need"]


class ApplicationFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [
            ("", _("All")), *Application.State.choices, ("appealed", _("Appeal to be decided")),
        ]  # fmt: skip


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"), choices=[("grant", _("Grant it")), ("refuse", _("Refuse it"))], widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Explanation in plain words"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the register says against it is added by itself. The resident reads this."),
    )


class ReviewForm(DecisionForm):
    words = forms.CharField(
        label=_("Explanation in plain words"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The resident reads this."),
    )  # fmt: skip


class AppealForm(forms.Form):
    grounds = forms.CharField(
        label=_("Why the refusal is wrong"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5})
    )


class OutreachForm(forms.Form):
    purpose = forms.CharField(
        label=_("What do you need the addresses for?"),
        max_length=200,
        help_text=_("Each resident can read this, with your name and the time."),
    )


class FiguresFilter(forms.Form):
    programme = forms.ModelChoiceField(
        Programme.objects.none(), label=_("Programme"), required=False, empty_label=_("All"), to_field_name="code"
    )
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args, programmes, years: list[int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes
        self.fields["year"].choices = [("", _("All")), *((year, str(year)) for year in years)]


class ProgrammeForm(TermsForm):
    """A programme is data."""

    code = forms.SlugField(label=_("Programme code"), max_length=40, help_text=_("Small letters and digits: silver-80"))
    name = forms.CharField(label=_("Name of the programme"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    description = forms.CharField(
        label=_("What it is for"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    budget_line = forms.ModelChoiceField(BudgetLine.objects.none(), label=_("Budget line"))
    region = forms.ModelChoiceField(Region.objects.none(), label=_("For residents of"))
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    categories = forms.ModelMultipleChoiceField(
        Category.objects.all(), label=_("What it may pay for"), widget=forms.CheckboxSelectMultiple
    )

    field_order = [
        "code", "name", "name_en", "description", "budget_line", "region", "starts_on", "ends_on", "categories",
        *TermsForm.terms,
    ]  # fmt: skip

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
