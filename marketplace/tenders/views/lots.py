"""Lots and criteria of a draft."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..actions import add_lot, change_lot, remove_lot, set_qualifications, set_scored_criteria
from ..forms.drafting import CriterionRow, LotForm, QualificationRow
from ..models import Criterion, Lot
from ..rulebook import price_weight_range
from .base import TenderPage


class LotsPage(TenderPage):
    """The lots, and what they come to."""

    title = gettext_lazy("Lots")
    template_name = "tenders/draft_lots.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lots = list(self.tender.lots.select_related("category", "place"))
        return super().get_context_data(**kwargs) | {"lots": lots, "total": sum(lot.ceiling for lot in lots)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.http_method_not_allowed(request)


class NewLot(TenderPage):
    title = gettext_lazy("Add a lot")
    form_class = LotForm
    submit_label = gettext_lazy("Save the lot")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "bureau": self.tender.bureau,
            "initial": {"place": self.tender.region_id, "title": self.tender.title if self.is_first() else ""},
        }

    def is_first(self) -> bool:
        return not self.tender.lots.exists()

    def perform(self, form: forms.Form) -> Lot:
        return add_lot(self.tender, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("tenders:lots", args=[self.tender.pk])


class ChangeLot(NewLot):
    title = gettext_lazy("Change the lot")

    def get_form_kwargs(self) -> dict[str, Any]:
        self.lot = get_object_or_404(self.tender.lots, pk=self.kwargs["lot"])
        return super().get_form_kwargs() | {"instance": self.lot, "initial": {}}

    def perform(self, form: forms.Form) -> Lot:
        return change_lot(self.lot, by=self.request.user, **form.cleaned_data)


class RemoveLot(TenderPage):
    title = gettext_lazy("Remove this lot?")
    submit_label = gettext_lazy("Remove")
    danger = True

    def perform(self, form: forms.Form) -> None:
        remove_lot(get_object_or_404(self.tender.lots, pk=self.kwargs["lot"]), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:lots", args=[self.tender.pk])


class RowsForm(forms.Form):
    """Several rows on one page, each a small form. A row that is wrong keeps the page from being taken."""

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        if not self.rows.is_valid():
            for number, row in enumerate(self.rows.forms, start=1):
                for name, errors in row.errors.items():
                    label = row.fields[name].label if name in row.fields else ""
                    self.add_error(
                        NON_FIELD_ERRORS,
                        [
                            ValidationError(
                                _("Row %(number)s, %(label)s: %(error)s"),
                                code="row",
                                params={"number": number, "label": label, "error": error},
                            )
                            for error in errors
                        ],
                    )
        return super().clean() or {}

    def filled(self) -> list[dict[str, Any]]:
        return [row.cleaned_data for row in self.rows.forms if row.cleaned_data.get("name")]


class RowsPage(TenderPage):
    """A table of rows that is saved as a whole."""

    template_name = "tenders/draft_rows.html"
    form_class = RowsForm
    submit_label = gettext_lazy("Save and return")
    row_form: type[forms.Form]
    spare_rows = 3

    def saved_rows(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def get_form_kwargs(self) -> dict[str, Any]:
        saved = self.saved_rows()
        form_set = forms.formset_factory(self.row_form, extra=self.spare_rows, max_num=60)
        rows = form_set(self.request.POST if self.request.method == "POST" else None, initial=saved, prefix="rows")
        kwargs = super().get_form_kwargs()
        kwargs.pop("initial", None)
        return kwargs | {"rows": rows}


class QualificationsPage(RowsPage):
    title = gettext_lazy("Conditions of taking part")
    intro = gettext_lazy("Met or not met: they are never scored, and what is not published here can't exclude anyone.")
    row_form = QualificationRow

    def saved_rows(self) -> list[dict[str, Any]]:
        rows = [{"name": c.name, "guidance": c.guidance} for c in self.tender.criteria.qualification()]
        return rows or [
            {
                "name": _("General conditions of Article 22 of the Government Procurement Law"),
                "guidance": _("Registration certificate, accounts of last year, tax and social-insurance records."),
            },
            {
                "name": _("No serious violation in the last three years"),
                "guidance": _("Checked on Credit China, ccgp.gov.cn and the register of social organisations."),
            },
        ]

    def perform(self, form: RowsForm) -> None:
        set_qualifications(self.tender, [(row["name"], row["guidance"]) for row in form.filled()], by=self.request.user)


class CriteriaPage(RowsPage):
    title = gettext_lazy("What earns points")
    template_name = "tenders/draft_criteria.html"
    row_form = CriterionRow

    def saved_rows(self) -> list[dict[str, Any]]:
        rows = [
            {"part": c.part, "name": c.name, "guidance": c.guidance, "weight": c.weight}
            for c in self.tender.criteria.scored()
        ]
        if rows:
            return rows
        price, plan, team = Criterion.Part.PRICE, Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS
        return [
            {
                "part": price,
                "name": _("Price"),
                "guidance": _("Lowest valid price ÷ this price × points"),
                "weight": 20,
            },
            {"part": plan, "name": _("Service plan"), "guidance": "", "weight": 40},
            {"part": plan, "name": _("Quality assurance and emergency plan"), "guidance": "", "weight": 15},
            {"part": team, "name": _("Team"), "guidance": "", "weight": 15},
            {"part": team, "name": _("Comparable services delivered"), "guidance": "", "weight": 10},
        ]

    def perform(self, form: RowsForm) -> None:
        set_scored_criteria(
            self.tender,
            [(row["part"], row["name"], row["guidance"], row["weight"]) for row in form.filled()],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        least, most, source = price_weight_range(self.tender)
        return super().get_context_data(**kwargs) | {"least": least, "most": most, "source": source}
