"""Questions, answers and amendments as they are typed."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.clock import SHANGHAI
from marketplace.pages.money import YuanField
from marketplace.pages.uploads import CheckedFileField

from ..models import Amendment, Criterion, Lot, Tender

DOCUMENT_BYTES = 20 * 1024 * 1024
WHEN = "%Y-%m-%dT%H:%M"


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Don't name your organisation: question and answer are published, the asker is not."),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("It is published at once. What changes the tender file is an amendment."),
    )


class ClarificationForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What you explain"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class OutageForm(forms.Form):
    began_at = forms.DateTimeField(
        label=gettext_lazy("It began"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN)
    )
    ended_at = forms.DateTimeField(
        label=gettext_lazy("It ended"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN)
    )
    minutes = forms.IntegerField(label=gettext_lazy("Deadlines move by (minutes)"), min_value=1, max_value=100_000)
    cause = forms.CharField(
        label=gettext_lazy("What happened"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AmendmentForm(forms.Form):
    """The tender as it stands, to be written over: what differs is the amendment."""

    weight = forms.ChoiceField(
        label=gettext_lazy("Weight of the change"),
        choices=[
            (Amendment.Weight.MATERIAL, gettext_lazy("Material: bears on how bids are written")),
            (Amendment.Weight.MINOR, gettext_lazy("Minor: a contact, a later date")),
        ],
        widget=forms.RadioSelect,
        initial=Amendment.Weight.MATERIAL,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, in words for the public"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, tender: Tender, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tender = tender
        self.groups: list[tuple[str, list[str]]] = [("", ["weight", "reason"])]
        self._about()
        self.lots = list(tender.lots.all())
        for lot in self.lots:
            self._lot(lot)
        self.criteria = list(tender.criteria.exclude(part=Criterion.Part.QUALIFICATION))
        for criterion in self.criteria:
            self._criterion(criterion)
        titles = list(tender.documents.current().values_list("title", flat=True))
        self._add(
            _("Tender file"),
            {
                "file_title": forms.ChoiceField(
                    label=_("New version of"),
                    required=False,
                    choices=[("", _("a document of its own")), *((title, title) for title in titles)],
                ),
                "file": CheckedFileField(
                    label=_("New document"), required=False, max_bytes=DOCUMENT_BYTES, kinds=("pdf", "docx", "xlsx")
                ),
            },
        )

    def _add(self, title: str, fields: dict[str, forms.Field]) -> None:
        self.fields |= fields
        self.groups.append((title, list(fields)))

    def _about(self) -> None:
        tender = self.tender
        moment = {"type": "datetime-local"}
        self._add(
            _("Dates and contact"),
            {
                "bids_due_at": forms.DateTimeField(
                    label=_("Bids due"),
                    initial=timezone.localtime(tender.bids_due_at, SHANGHAI).strftime(WHEN),
                    widget=forms.DateTimeInput(attrs=moment, format=WHEN),
                    help_text=_("A material change moves it by itself as far as the rule asks."),
                ),
                "questions_until": forms.DateTimeField(
                    label=_("Questions until"),
                    required=False,
                    initial=timezone.localtime(tender.questions_until, SHANGHAI).strftime(WHEN)
                    if tender.questions_until
                    else None,
                    widget=forms.DateTimeInput(attrs=moment, format=WHEN),
                ),
                "documents_until": forms.DateField(
                    label=_("Documents available until"),
                    required=False,
                    initial=tender.documents_until.isoformat() if tender.documents_until else None,
                    widget=forms.DateInput(attrs={"type": "date"}),
                ),
                "contact_name": forms.CharField(label=_("Contact person"), max_length=60, initial=tender.contact_name),
                "contact_phone": forms.CharField(
                    label=_("Contact telephone"), max_length=40, initial=tender.contact_phone
                ),
                "about": forms.CharField(
                    label=_("What is needed"), initial=tender.about, widget=forms.Textarea(attrs={"rows": 5})
                ),
            },
        )

    def _lot(self, lot: Lot) -> None:
        self._add(
            f"{lot.position}. {lot.title}",
            {
                f"{lot.pk}-title": forms.CharField(label=_("Title"), max_length=120, initial=lot.title),
                f"{lot.pk}-description": forms.CharField(
                    label=_("Service required"),
                    required=False,
                    initial=lot.description,
                    widget=forms.Textarea(attrs={"rows": 4}),
                ),
                f"{lot.pk}-ceiling": YuanField(label=_("Ceiling price"), initial=lot.ceiling),
                f"{lot.pk}-term_months": forms.IntegerField(
                    label=_("Term in months"), min_value=1, max_value=120, initial=lot.term_months
                ),
            },
        )

    def _criterion(self, criterion: Criterion) -> None:
        self._add(
            _("Criterion “%(name)s”") % {"name": criterion.name},
            {
                f"{criterion.pk}-name": forms.CharField(label=_("Criterion"), max_length=120, initial=criterion.name),
                f"{criterion.pk}-guidance": forms.CharField(
                    label=_("How it is judged"),
                    required=False,
                    initial=criterion.guidance,
                    widget=forms.Textarea(attrs={"rows": 2}),
                ),
                f"{criterion.pk}-weight": forms.DecimalField(
                    label=_("Points"), max_digits=5, decimal_places=2, min_value=0, initial=criterion.weight.normalize()
                ),
            },
        )

    def parts(self) -> list[dict[str, Any]]:
        """The fields as they stand on the page, under their headings."""
        return [{"title": title, "fields": [self[name] for name in names]} for title, names in self.groups]

    def _of(self, thing: Lot | Criterion) -> dict[str, Any]:
        mark = f"{thing.pk}-"
        return {name.removeprefix(mark): value for name, value in self.cleaned_data.items() if name.startswith(mark)}

    def wanted(self) -> dict[str, Any]:
        """As `propose_amendment` takes it. What was not touched is told the minute by, so it is left out."""
        given = self.cleaned_data
        names = ("bids_due_at", "questions_until", "documents_until", "contact_name", "contact_phone", "about")
        return {
            "about": {name: given[name] for name in names if name in self.changed_data and given[name]},
            "lots": {lot: self._of(lot) for lot in self.lots},
            "criteria": {criterion: self._of(criterion) for criterion in self.criteria},
            "file": given["file"] or None,
            "file_title": given["file_title"],
        }
