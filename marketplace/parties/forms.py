"""What people type about themselves and their organisations."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .contacts import spell_contact
from .fields import RegionField
from .models import Organisation, User
from .policies import KINDS_THAT_ASK, roles_for


def new_password_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("At least 10 characters. Four or five words that nobody would guess are good."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("Telephone number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            _kind, contact = spell_contact(cleaned["username"])
        except ValidationError:
            contact = cleaned["username"].strip().lower()
        # One spelling, so that the tries of one name count together however it is typed.
        self.user = authenticate(self.request, username=contact, password=cleaned["password"])
        if self.user is None:
            raise ValidationError(
                _("The telephone number or e-mail and the password don't match. Check both and try again."),
                code="sign_in",
            )
        return cleaned


class AskResetForm(forms.Form):
    contact = forms.CharField(
        label=_("Telephone number or e-mail"),
        help_text=_("The one you sign in with. The link goes to the e-mail address of the account."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )


class NewPasswordForm(forms.Form):
    password = new_password_field(_("New password"))


class ChangePasswordForm(forms.Form):
    old = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = new_password_field(_("New password"))


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Telephone number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("Language of messages to me"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    password = forms.CharField(
        label=_("Present password"),
        help_text=_("Only to change the telephone number or the e-mail address."),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class InviteForm(forms.Form):
    contact = forms.CharField(
        label=_("The colleague's telephone number or e-mail"),
        help_text=_("We send the link there, by e-mail or by text message. Nobody else sees it."),
        max_length=254,
    )
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles_for(organisation)]


class AcceptForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = new_password_field(_("Choose a password"))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"),
        help_text=_("For example: the till in the day-care centre."),
        max_length=80,
    )


class OwnFactsForm(forms.Form):
    """What an organisation says about itself."""

    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Telephone number"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    about = forms.CharField(
        label=_("What the organisation does"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    about_en = forms.CharField(
        label=_("What it does, in English"), required=False, max_length=3000, widget=forms.Textarea(attrs={"rows": 4})
    )


class RegisterFactsForm(OwnFactsForm):
    """What stands in the register as well."""

    uscc = forms.CharField(
        label=_("Unified social credit code"),
        help_text=_("18 characters, as on the registration certificate."),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    uscc_override = forms.CharField(
        label=_("Reason to accept a code whose check digit is wrong"),
        help_text=_("Only if the certificate itself shows this code. The reason is kept."),
        max_length=200,
        required=False,
    )
    name = forms.CharField(label=_("Registered name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    legal_form = forms.ChoiceField(label=_("Legal form"), choices=Organisation.LegalForm.choices)
    region = RegionField(label=_("Where it is registered"), help_text=_("Name or code of the town, city or county."))
    registered_on = forms.DateField(
        label=_("Registered on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    legal_representative = forms.CharField(label=_("Legal representative"), max_length=80, required=False)

    field_order = (
        "uscc",
        "uscc_override",
        "name",
        "name_en",
        "kind",
        "legal_form",
        "region",
        "registered_on",
        "legal_representative",
        "address",
        "phone",
        "email",
        "about",
        "about_en",
    )


class JoinForm(forms.Form):
    """A social organisation asks to join, and the person who asks becomes its owner."""

    uscc = forms.CharField(
        label=_("Unified social credit code"),
        help_text=_("18 characters, as on the registration certificate."),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=_("Registered name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in KINDS_THAT_ASK])
    legal_form = forms.ChoiceField(label=_("Legal form"), choices=Organisation.LegalForm.choices)
    region = RegionField(label=_("Where it is registered"), help_text=_("Name or code of the town, city or county."))
    registered_on = forms.DateField(
        label=_("Registered on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    about = forms.CharField(
        label=_("What the organisation does"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    person_name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    person_phone = forms.CharField(
        label=_("Your telephone number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    person_email = forms.CharField(
        label=_("Your e-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = new_password_field(_("Choose a password"))

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            for name in ("person_name", "person_phone", "person_email", "password"):
                del self.fields[name]
