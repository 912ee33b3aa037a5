"""What the keeper of the library writes about an expert."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.directory.models import Category
from marketplace.pages.forms import asked
from marketplace.parties.models import Region, User


class ExpertForm(forms.Form):
    specialities = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Specialities"),
        queryset=Category.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None: the expert is drawn for every kind of service."),
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Works in"),
        queryset=Region.objects.none(),
        required=False,
        help_text=gettext_lazy("None: the expert is drawn everywhere."),
    )
    reason = asked(
        forms.CharField(
            label=gettext_lazy("Reason"),
            max_length=300,
            required=False,
            help_text=gettext_lazy("What the entry rests on: a certificate, a post, a letter. It stays on record."),
        )
    )

    def __init__(self, *args: Any, expert: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specialities"].queryset = Category.objects.all()
        here = expert.memberships.filter(role="expert", ended_at=None).select_related("organisation__region").first()
        province = here.organisation.region.code[:2] if here else ""
        self.fields["region"].queryset = Region.objects.filter(
            code__startswith=province, level__in=[Region.Level.PREFECTURE, Region.Level.COUNTY]
        ).order_by("code")
        self.fields["region"].empty_label = _("Everywhere")


class ExpertFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=40)
    speciality = forms.ModelChoiceField(
        label=gettext_lazy("Speciality"), queryset=Category.objects.none(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["speciality"].queryset = Category.objects.all()
        self.fields["speciality"].empty_label = _("All")
