"""What is typed into the register."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages import clock
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Region, User

from . import actions
from .models import Benefit, CareNeed, Delegation, Resident, ViewAlert

DATE: dict[str, Any] = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


def places_within(prefixes: list[str]):
    """Towns and communities that the officer may register people in."""
    rows = Region.objects.none()
    for prefix in prefixes:
        rows = rows | Region.objects.filter(code__startswith=prefix)
    return rows.filter(level__in=[Region.Level.TOWN, Region.Level.COMMUNITY]).distinct()


class RegisterFilter(forms.Form):
    q = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        help_text=_("By ID number or telephone: at the one window, where no number stands in an address."),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Place"), required=False, empty_label=_("All"))
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args, prefixes: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = places_within(prefixes)
        self.fields["state"].choices = [("", _("All")), *Resident.State.choices]


class ResidentForm(forms.Form):
    """One person, by residence."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"), max_length=18, min_length=15, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    id_override = forms.CharField(
        label=_("Why a failing check character is right"),
        required=False,
        max_length=200,
        help_text=_("Only when the card really shows this number."),
    )
    birth_date = forms.DateField(
        label=_("Date of birth"), required=False, help_text=_("Empty: taken from the ID number."), **DATE
    )
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Lives in"))
    community = forms.CharField(label=_("Community"), max_length=80, required=False)
    household = forms.ChoiceField(label=_("Living situation"), choices=Resident.Household.choices)
    household_number = forms.CharField(label=_("Household number"), max_length=30, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    preferred_way = forms.ChoiceField(label=_("Preferred way to be reached"), choices=Resident.Way.choices)

    def __init__(self, *args, prefixes: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = places_within(prefixes)


class CorrectionForm(ResidentForm):
    """What may change. Name, telephone and address are secret and not shown: left empty they stay."""

    id_number = id_override = birth_date = None  # type: ignore[assignment]  # these never change
    SECRET = ("name", "phone", "address")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in self.SECRET:
            self.fields[name].required = False
            self.fields[name].help_text = _("Empty: stays as it is.")
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def corrections(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value or name not in self.SECRET}


class PurposeForm(forms.Form):
    purpose = forms.CharField(
        label=_("What do you need it for?"),
        max_length=200,
        help_text=_("The resident can read this, with your name and the time."),
    )


class StateForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=200)


class AccountForm(forms.Form):
    """Somebody who signs in, named by what they sign in with."""

    account = forms.CharField(label=_("Telephone or e-mail that the person signs in with"), max_length=200)

    def clean_account(self) -> User:
        text = self.cleaned_data["account"].strip()
        user = User.objects.filter(email=text.lower()).first() or User.objects.filter(phone=text).first()
        if user is None or user.is_service:
            raise forms.ValidationError(_("Nobody signs in with this."), code="unknown")
        return user


class DelegationForm(AccountForm):
    kind = forms.ChoiceField(label=_("Relation"), choices=Delegation.Kind.choices)
    scope = forms.ChoiceField(label=pgettext_lazy("delegation", "May"), choices=Delegation.Scope.choices)
    consent_on = forms.DateField(label=_("Consent given on"), initial=clock.today, **DATE)
    consent_note = forms.CharField(label=_("How the resident agreed"), max_length=200)
    ends_on = forms.DateField(label=_("Until"), required=False, **DATE)


class ImportForm(forms.Form):
    file = CheckedFileField(label=_("File of the register"), kinds=("xlsx", "csv"), max_bytes=25 * 1024 * 1024)
    is_complete = forms.BooleanField(label=_("The file is the whole register: who is missing is gone"), required=False)


class MatchForm(forms.Form):
    file = CheckedFileField(label=_("File of the match"), kinds=("xlsx", "csv"), max_bytes=25 * 1024 * 1024)


def _points(number: int, most: int) -> str:
    """What the two ends mean: an assessor need not remember which way the scale runs."""
    words = {most: _("%(points)d: unimpaired"), 0: _("%(points)d: wholly lost")}.get(number, "%(points)d")
    return words % {"points": number}


class ScoreForm(forms.Form):
    """A field for each item of the standard, as the rule has them."""

    assessed_on = forms.DateField(label=_("Assessed on"), initial=clock.today, **DATE)
    raised_by = forms.MultipleChoiceField(
        label=_("What raises the level"),
        choices=list(actions.RAISES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.domains = actions.domains()
        for domain in self.domains:
            for item in domain.items:
                self.fields[item.code] = forms.TypedChoiceField(
                    label=item.name,
                    coerce=int,
                    choices=[("", "—"), *((number, _points(number, item.most)) for number in range(item.most, -1, -1))],
                    widget=forms.Select(attrs={"class": "form-select"}),
                )

    @property
    def domain_rows(self) -> list[dict[str, Any]]:
        return [{"name": domain.name, "items": [self[item.code] for item in domain.items]} for domain in self.domains]

    def cleaned_scores(self) -> dict[str, int]:
        return {item.code: self.cleaned_data[item.code] for domain in self.domains for item in domain.items}


class ConfirmForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("What the second look found"),
        choices=[("confirm", _("The same: it holds")), ("reject", _("Otherwise: both go again"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("What was found otherwise"), max_length=300, required=False)


class CarePlanForm(forms.Form):
    goal = forms.CharField(label=_("What it should achieve"), max_length=300)
    review_on = forms.DateField(label=_("Look at it again on"), **DATE)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for code in actions.care_codes():
            self.fields[f"need_{code}"] = forms.IntegerField(
                label=CareNeed.KINDS.get(code, code),
                min_value=0,
                max_value=99,
                required=False,
                help_text=_("times a month"),
            )

    def cleaned_needs(self) -> dict[str, int]:
        return {
            name.removeprefix("need_"): value or 0
            for name, value in self.cleaned_data.items()
            if name.startswith("need_")
        }


class BenefitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Benefit"), choices=Benefit.Kind.choices)
    starts_on = forms.DateField(label=_("From"), initial=clock.today, **DATE)
    ends_on = forms.DateField(label=_("Until"), required=False, **DATE)


class EndBenefitForm(forms.Form):
    ends_on = forms.DateField(label=_("Until"), initial=clock.today, **DATE)


class ReviewAlertForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[choice for choice in ViewAlert.Outcome.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("What was found"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
