"""What an officer types while drafting."""

import datetime
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.directory.models import Category, StandardVersion
from marketplace.ledger.models import BudgetLine
from marketplace.pages.clock import SHANGHAI
from marketplace.pages.forms import asked
from marketplace.pages.money import YuanField, format_yuan
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation, Region, User

from ..checks import Level
from ..custodians import custodians_to_choose
from ..methods import METHODS
from ..models import Criterion, Lot, Tender, TenderDocument

DOCUMENT_BYTES = 20 * 1024 * 1024


class BudgetLineField(forms.ModelChoiceField):
    def label_from_instance(self, line: BudgetLine) -> str:
        return _("%(year)s %(line)s (%(fund)s), ¥%(left)s left") % {
            "year": line.year,
            "line": line.name,
            "fund": line.fund.name,
            "left": format_yuan(line.available),
        }


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return user.name


def places_of(bureau: Organisation) -> Any:
    """The bureau's own place and every town inside it."""
    return Region.objects.filter(
        code__startswith=bureau.region.prefix, level__in=[Region.Level.COUNTY, Region.Level.TOWN]
    )


class AboutForm(forms.ModelForm):
    """What is bought, from which money, by which method."""

    method = forms.ChoiceField(
        label=gettext_lazy("Method"),
        widget=forms.RadioSelect,
        choices=[(code, Tender.Method(code).label) for code in METHODS],
        initial=Tender.Method.CONSULTATION,
    )

    class Meta:
        model = Tender
        fields = [
            "title",
            "title_en",
            "about",
            "budget_line",
            "method",
            "panel_size",
            "region",
            "contact_name",
            "contact_phone",
        ]
        field_classes = {"budget_line": BudgetLineField}
        widgets = {"about": forms.Textarea(attrs={"rows": 7})}
        help_texts = {
            "title": gettext_lazy("As it will stand in the notice: place, service, year."),
            "about": gettext_lazy("For whom, what, how much of it, and what good looks like."),
            "panel_size": gettext_lazy("An odd number; the least depends on the method."),
        }

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["budget_line"].queryset = BudgetLine.objects.filter(bureau=bureau, closed_at=None).select_related(
            "fund"
        )
        self.fields["budget_line"].empty_label = _("Choose later")
        self.fields["region"].queryset = places_of(bureau)
        self.fields["region"].required = True

    def _post_clean(self) -> None:
        """The verb writes the tender, not the form."""


class LotForm(forms.ModelForm):
    """One lot. The verb holds it against the budget line and the rules."""

    ceiling = YuanField(label=gettext_lazy("Ceiling price"), help_text=gettext_lazy("In yuan, for the whole term."))
    term_months = forms.IntegerField(label=gettext_lazy("Term in months"), min_value=1, initial=12)

    class Meta:
        model = Lot
        fields = [
            "title",
            "description",
            "category",
            "place",
            "ceiling",
            "term_months",
            "long_term_reason",
            "reserved_for",
            "quantity",
            "unit",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"long_term_reason": gettext_lazy("Only when the term is longer than twelve months.")}

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places_of(bureau)
        self.fields["category"].queryset = Category.objects.all()

    def _post_clean(self) -> None:
        """The verb writes the lot, not the form."""


BIAS_HELP = gettext_lazy("Only where it speaks of rating, place, size or years: why the service can't do without it.")


class QualificationRow(forms.Form):
    name = forms.CharField(label=gettext_lazy("Condition"), max_length=120, required=False)
    guidance = forms.CharField(
        label=gettext_lazy("How it is checked"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    bias_reason = forms.CharField(
        label=gettext_lazy("Reason, if it may discriminate"), max_length=300, required=False, help_text=BIAS_HELP
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("guidance") and not cleaned.get("name"):
            self.add_error("name", ValidationError(_("Name the condition."), code="required"))
        return cleaned


class CriterionRow(forms.Form):
    part = forms.ChoiceField(
        label=gettext_lazy("Part"),
        choices=[
            (part.value, part.label)
            for part in (Criterion.Part.PRICE, Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS)
        ],
        initial=Criterion.Part.TECHNICAL,
    )
    name = forms.CharField(label=gettext_lazy("Criterion"), max_length=120, required=False)
    guidance = forms.CharField(
        label=gettext_lazy("How it is judged"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    weight = forms.DecimalField(
        label=gettext_lazy("Points"), required=False, max_digits=5, decimal_places=2, min_value=0, max_value=100
    )
    group = forms.CharField(label=gettext_lazy("Branch"), max_length=120, required=False)
    levels = forms.CharField(
        label=gettext_lazy("Levels, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Name, from–to points, what it takes. For example: 优 32-40 具体完整"),
    )
    bias_reason = forms.CharField(
        label=gettext_lazy("Reason, if it may discriminate"), max_length=300, required=False, help_text=BIAS_HELP
    )
    standard = forms.ModelChoiceField(
        StandardVersion.objects.adopted().select_related("standard"),
        label=gettext_lazy("Standard of service"),
        required=False,
        empty_label=gettext_lazy("None"),
    )

    def clean_levels(self) -> tuple[Level, ...]:
        """“优 32-40 具体完整” on each line."""
        found = []
        for line in filter(str.strip, self.cleaned_data["levels"].splitlines()):
            said = re.fullmatch(r"\s*(\S+)\s+(\d+(?:\.\d+)?)\s*[-–—~～至]\s*(\d+(?:\.\d+)?)\s*(.*)", line)
            if said is None:
                raise ValidationError(
                    _("“%(line)s” is not a level: write its name, from–to points, and what it takes."),
                    code="levels",
                    params={"line": line},
                )
            name, least, most, text = said.groups()
            found.append(Level(name, Decimal(least), Decimal(most), text.strip()))
        return tuple(found)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("name") and cleaned.get("weight") is None and "weight" not in self.errors:
            self.add_error("weight", ValidationError(_("Give the points."), code="required"))
        if not cleaned.get("name") and cleaned.get("weight"):
            self.add_error("name", ValidationError(_("Name the criterion."), code="required"))
        return cleaned


class ScheduleForm(forms.Form):
    documents_until = forms.DateField(
        label=gettext_lazy("Documents available until"), widget=forms.DateInput, help_text=""
    )
    questions_until = forms.DateTimeField(label=gettext_lazy("Questions until"), widget=forms.DateTimeInput)
    bids_due_at = forms.DateTimeField(
        label=gettext_lazy("Bids due, and opening"),
        widget=forms.DateTimeInput,
        help_text=gettext_lazy("The envelopes can be opened from this moment on."),
    )

    def clean_questions_until(self) -> datetime.datetime:
        return self.cleaned_data["questions_until"].astimezone(SHANGHAI)

    def clean_bids_due_at(self) -> datetime.datetime:
        return self.cleaned_data["bids_due_at"].astimezone(SHANGHAI)


class DocumentForm(forms.ModelForm):
    file = CheckedFileField(
        label=gettext_lazy("File"), max_bytes=DOCUMENT_BYTES, kinds=("pdf", "docx", "xlsx", "png", "jpeg")
    )

    class Meta:
        model = TenderDocument
        fields = ["title"]


class NewVersionForm(forms.Form):
    file = CheckedFileField(
        label=gettext_lazy("File"), max_bytes=DOCUMENT_BYTES, kinds=("pdf", "docx", "xlsx", "png", "jpeg")
    )


class PeopleForm(forms.Form):
    """Three custodians, each a person of their own."""

    def __init__(self, *args: Any, tender: Tender, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [custodian.user_id for custodian in tender.custodians.all()]
        for number, label in enumerate((_("First custodian"), _("Second custodian"), _("Third custodian")), start=1):
            self.fields[f"custodian{number}"] = PersonField(
                label=label,
                queryset=custodians_to_choose(),
                initial=named[number - 1] if len(named) >= number else None,
            )

    def people(self) -> list[User]:
        return [self.cleaned_data[f"custodian{number}"] for number in (1, 2, 3)]


class ReasonForm(forms.Form):
    reason = asked(
        forms.CharField(
            label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, required=False
        )
    )


class PremisesForm(forms.Form):
    """Premises as an officer has them on a sheet: a room or a thing a line."""

    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    area = forms.DecimalField(
        label=gettext_lazy("Area in square metres"), max_digits=9, decimal_places=2, required=False
    )
    rooms = forms.CharField(
        label=gettext_lazy("Rooms, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Name, square metres, use. For example: 活动室 120 文体活动"),
    )
    inventory = forms.CharField(
        label=gettext_lazy("Things handed over, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Name, how many, condition. For example: 护理床 12 八成新"),
    )
    terms = forms.CharField(
        label=gettext_lazy("Upkeep, water and power, handing back"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_none = forms.BooleanField(label=gettext_lazy("No premises come with this lot"), required=False)

    def clean_area(self) -> Decimal:
        return self.cleaned_data["area"] or Decimal(0)

    def clean_rooms(self) -> list[tuple[str, Decimal, str]]:
        return [(name, Decimal(count), rest) for name, count, rest in _lines(self.cleaned_data["rooms"])]

    def clean_inventory(self) -> list[tuple[str, int, str]]:
        found = _lines(self.cleaned_data["inventory"])
        if any("." in count for _name, count, _rest in found):
            raise ValidationError(gettext_lazy("Things are counted in whole numbers."), code="line")
        return [(name, int(count), rest) for name, count, rest in found]


def _lines(text: str) -> list[tuple[str, str, str]]:
    """“name number rest” on each line."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        said = re.fullmatch(r"\s*(\S+)\s+(\d+(?:\.\d{1,2})?)\s*(.*)", line)
        if said is None:
            raise ValidationError(
                _("“%(line)s” can't be read: write a name, a number, and the rest."), code="line", params={"line": line}
            )
        found.append((said[1][:60], said[2], said[3].strip()[:120]))
    return found
