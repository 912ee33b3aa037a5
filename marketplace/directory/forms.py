"""What is typed into the directory."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.money import YuanField
from marketplace.parties.models import Organisation, Region

from .models import Category, ProviderRating, Service, ServicePoint
from .queries import categories_in_use, regions_with_providers


class ProviderFilter(forms.Form):
    q = forms.CharField(label=_("Name or service"), required=False, max_length=60)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("Kind of service"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Place"), required=False)
    grade = forms.ChoiceField(label=_("Grade"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        every = _("All")
        self.fields["category"].queryset = categories_in_use()
        self.fields["region"].queryset = regions_with_providers()
        self.fields["category"].empty_label = self.fields["region"].empty_label = every
        self.fields["grade"].choices = [("", every), *ProviderRating.Grade.choices]


class ServiceFilter(forms.Form):
    q = forms.CharField(label=_("Service or provider"), required=False, max_length=60)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("Kind of service"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Place"), required=False)
    price = YuanField(label=_("Price at most (yuan)"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = categories_in_use()
        self.fields["region"].queryset = regions_with_providers()
        self.fields["category"].empty_label = self.fields["region"].empty_label = _("All")


class ServiceForm(forms.Form):
    """One line of a price list."""

    category = forms.ModelChoiceField(Category.objects.all(), label=_("Kind of service"))
    name = forms.CharField(
        label=_("Name of the service"), max_length=120, help_text=_("As residents would say it: an hour of home care")
    )
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    description = forms.CharField(
        label=_("What is included"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    unit = forms.ChoiceField(label=_("Price for one"), choices=Service.Unit.choices)
    price = YuanField(label=_("Price (yuan)"))
    point = forms.ModelChoiceField(
        ServicePoint.objects.none(), label=_("Where"), required=False, empty_label=_("At the resident's home")
    )

    def __init__(self, *args, organisation: Organisation, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point"].queryset = organisation.points.filter(is_open=True)


class PointForm(forms.Form):
    """A place where residents can come."""

    name = forms.CharField(label=_("Name of the service point"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Town or community"))
    address = forms.CharField(label=_("Address"), max_length=200)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    opens_at = forms.TimeField(
        label=_("Opens at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes_at = forms.TimeField(
        label=_("Closes at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    places = forms.IntegerField(
        label=_("Places a day"),
        required=False,
        min_value=1,
        max_value=2000,
        help_text=_("How many residents it takes at one time; needed for the map of needs and supply."),
    )
    lat = forms.DecimalField(label=_("Latitude"), required=False, max_digits=9, decimal_places=6)
    lng = forms.DecimalField(label=_("Longitude"), required=False, max_digits=9, decimal_places=6)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(level__in=[Region.Level.TOWN, Region.Level.COMMUNITY])


class StandardForm(forms.Form):
    """A new standard: what it is called, and its first draft."""

    code = forms.SlugField(
        label=pgettext_lazy("standard", "Code"),
        max_length=40,
        help_text=_("Letters, digits and hyphens, as it will be cited: TC-RZ-01"),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    category = forms.ModelChoiceField(
        Category.objects.all(), label=_("Kind of service"), required=False, empty_label=_("All kinds")
    )
    text = forms.CharField(
        label=_("Text, one clause a line"),
        widget=forms.Textarea(attrs={"rows": 16}),
        required=False,
        help_text=_("Begin each line with its number: 4.1 opening hours …"),
    )
    text_en = forms.CharField(
        label=_("English text, one clause a line"), widget=forms.Textarea(attrs={"rows": 8}), required=False
    )


class VersionForm(forms.Form):
    """The words of a draft."""

    text = forms.CharField(
        label=_("Text, one clause a line"), widget=forms.Textarea(attrs={"rows": 18}), required=False
    )
    text_en = forms.CharField(
        label=_("English text, one clause a line"), widget=forms.Textarea(attrs={"rows": 8}), required=False
    )
