"""What is typed around a counter: devices, offline acceptance, bookings, visits at home; and what officers find."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from marketplace.directory.models import Service
from marketplace.pages.money import YuanField
from marketplace.pages.templatetags.pages import spoken_moment
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation

from .codes import CODE_DIGITS
from .forms import CardForm, PinField
from .models import Opening


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
    """What the programme never promised can only be refused."""

    bear = forms.TypedChoiceField(
        label=_("Who pays?"),
        choices=[("yes", _("The programme: it promised this")), ("no", _("Nobody: the provider settles it itself"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, promised: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not promised:
            field = self.fields["bear"]
            field.choices = [choice for choice in field.choices if choice[0] == "no"]
            field.initial = "no"


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
        free = ngettext("%(count)s place free", "%(count)s places free", opening.left) % {"count": opening.left}
        return f"{spoken_moment(opening.starts_at)} · {free}"


class OpenPlacesForm(forms.Form):
    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"))
    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    minutes = forms.IntegerField(
        label=pgettext_lazy("length of a service", "Minutes"), min_value=10, max_value=1440, initial=60
    )
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
        label=pgettext_lazy("case", "Finding"),
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
