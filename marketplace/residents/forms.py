"""What is typed into the register."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages import clock
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Region, User

from .models import Delegation, Resident

DATE: dict[str, Any] = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


def places_within(prefixes: list[str]):
    """Towns and communities that the officer may register people in."""
    rows = Region.objects.none()
    for prefix in prefixes:
        rows = rows | Region.objects.filter(code__startswith=prefix)
    return rows.filter(level__in=[Region.Level.TOWN, Region.Level.COMMUNITY]).distinct()


class RegisterFilter(forms.Form):
    q = forms.CharField(
        label=_("Name, ID number or telephone"),
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


class PurposeForm(forms.Form):
    purpose = forms.CharField(
        label=_("What do you need it for?"),
        max_length=200,
        help_text=_("The resident can read this, with your name and the time."),
    )


class StateForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=200)


class DelegationForm(forms.Form):
    account = forms.CharField(label=_("Telephone or e-mail of the delegate"), max_length=200)
    kind = forms.ChoiceField(label=_("Relation"), choices=Delegation.Kind.choices)
    scope = forms.ChoiceField(label=pgettext_lazy("delegation", "May"), choices=Delegation.Scope.choices)
    consent_on = forms.DateField(label=_("Consent given on"), initial=clock.today, **DATE)
    consent_note = forms.CharField(label=_("How the resident agreed"), max_length=200)
    ends_on = forms.DateField(label=_("Until"), required=False, **DATE)

    def clean_account(self) -> User:
        text = self.cleaned_data["account"].strip()
        user = User.objects.filter(email=text.lower()).first() or User.objects.filter(phone=text).first()
        if user is None or user.is_service:
            raise forms.ValidationError(_("Nobody signs in with this."), code="unknown")
        return user


class ImportForm(forms.Form):
    file = CheckedFileField(label=_("File of the register"), kinds=("xlsx", "csv"), max_bytes=25 * 1024 * 1024)
    is_complete = forms.BooleanField(label=_("The file is the whole register: who is missing is gone"), required=False)


class MatchForm(forms.Form):
    file = CheckedFileField(label=_("File of the match"), kinds=("xlsx", "csv"), max_bytes=25 * 1024 * 1024)
