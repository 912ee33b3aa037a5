"""Lots and criteria of a draft."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..actions import add_lot, change_lot, remove_lot, set_qualifications, set_scored_criteria
from ..actions.criteria import rows_of
from ..actions.premises import provide_premises, withdraw_premises
from ..checks import Level, ScoredRow
from ..forms.drafting import CriterionRow, LotForm, PremisesForm, QualificationRow
from ..methods import PriceFormula
from ..models import Criterion, Lot, Tender
from ..pricing import formula_of
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
    template_name = "tenders/draft_form.html"
    keeps_typing = True
    form_class = LotForm
    submit_label = gettext_lazy("Save the lot")

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        initial = {"place": self.tender.region_id, "title": self.tender.title if self.is_first() else ""}
        return kwargs | {"bureau": self.tender.bureau, "initial": initial | kwargs["initial"]}

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
        kwargs = super().get_form_kwargs()
        return kwargs | {"instance": self.lot, "initial": kwargs["initial"] if self.typed else {}}

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
    keeps_typing = True
    row_form: type[forms.Form]
    spare_rows = 3

    def saved_rows(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def get_form_kwargs(self) -> dict[str, Any]:
        saved = self.typed_rows() or self.saved_rows()
        form_set = forms.formset_factory(self.row_form, extra=self.spare_rows, max_num=60)
        rows = form_set(self.request.POST if self.request.method == "POST" else None, initial=saved, prefix="rows")
        kwargs = super().get_form_kwargs()
        kwargs.pop("initial", None)
        return kwargs | {"rows": rows}

    def typed_rows(self) -> list[dict[str, Any]]:
        """Rows that were typed and never saved, without the empty ones."""
        rows: dict[int, dict[str, Any]] = {}
        for name, values in self.typed.items():
            prefix, number, field = (*name.split("-", 2), "", "")[:3]
            if prefix == "rows" and number.isdecimal():
                rows.setdefault(int(number), {})[field] = values[0]
        return [row for _number, row in sorted(rows.items()) if row.get("name")]


class QualificationsPage(RowsPage):
    title = gettext_lazy("Conditions of taking part")
    intro = gettext_lazy("Met or not met: they are never scored, and what is not published here can't exclude anyone.")
    row_form = QualificationRow

    def saved_rows(self) -> list[dict[str, Any]]:
        rows = [
            {"name": c.name, "guidance": c.guidance, "bias_reason": c.bias_reason}
            for c in self.tender.criteria.qualification()
        ]
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
        rows = [(row["name"], row["guidance"], row["bias_reason"]) for row in form.filled()]
        set_qualifications(self.tender, rows, by=self.request.user)


class CriteriaPage(RowsPage):
    title = gettext_lazy("What earns points")
    template_name = "tenders/draft_criteria.html"
    row_form = CriterionRow

    def saved_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "part": row.part,
                "group": row.group,
                "name": row.name,
                "weight": row.weight,
                "guidance": row.guidance,
                "levels": "\n".join(_level_line(level) for level in row.levels),
                "bias_reason": row.bias_reason,
                "standard": row.standard,
            }
            for row in rows_of(self.tender) or self.proposed()
        ]

    def proposed(self) -> list[ScoredRow]:
        """A first tree that the rules allow: the officer writes what each level takes."""
        price, plan, team = Criterion.Part.PRICE, Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS
        formula = _("Lowest valid price ÷ this price × points")
        if formula_of(self.tender) == PriceFormula.LOWEST_PRICE:
            return [ScoredRow(price, _("Price"), "", Decimal(100))]
        if formula_of(self.tender) == Tender.Pricing.FIXED:
            return [
                _leaf(plan, _("Service"), _("Service plan"), 50),
                _leaf(plan, _("Service"), _("Quality assurance and emergency plan"), 20),
                _leaf(team, _("Organisation"), _("Team"), 20),
                _leaf(team, _("Organisation"), _("Comparable services delivered"), 10),
            ]
        return [
            ScoredRow(price, _("Price"), formula, Decimal(20)),
            _leaf(plan, _("Service"), _("Service plan"), 40),
            _leaf(plan, _("Service"), _("Quality assurance and emergency plan"), 15),
            _leaf(team, _("Organisation"), _("Team"), 15),
            _leaf(team, _("Organisation"), _("Comparable services delivered"), 10),
        ]

    def perform(self, form: RowsForm) -> None:
        set_scored_criteria(
            self.tender,
            [
                ScoredRow(
                    row["part"],
                    row["name"],
                    row["guidance"],
                    row["weight"],
                    row["group"],
                    row["levels"],
                    row["bias_reason"],
                    row["standard"],
                )
                for row in form.filled()
            ],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        least, most, source = price_weight_range(self.tender)
        return super().get_context_data(**kwargs) | {
            "least": least,
            "most": most,
            "source": source,
            "is_fixed": formula_of(self.tender) == Tender.Pricing.FIXED,
        }


def _leaf(part: str, group: str, name: str, points: int) -> ScoredRow:
    good, fair = Decimal(points * 4 // 5), Decimal(points * 3 // 5)
    levels = (
        Level(_("good"), good, Decimal(points)),
        Level(_("fair"), fair, good - 1),
        Level(_("poor"), Decimal(0), fair - 1),
    )
    return ScoredRow(part, name, "", Decimal(points), group, levels)


def _level_line(level: Level) -> str:
    least, most = (format(points.normalize(), "f") for points in (level.least, level.most))
    return f"{level.name} {least}-{most} {level.text}".rstrip()


class PremisesPage(TenderPage):
    """Rooms and things that come with a lot."""

    title = gettext_lazy("Premises provided with the lot")
    template_name = "tenders/draft_form.html"
    keeps_typing = True
    form_class = PremisesForm
    submit_label = gettext_lazy("Save and return")

    def get_lot(self) -> Lot:
        return get_object_or_404(self.tender.lots.select_related("premises"), pk=self.kwargs["lot"])

    def get_initial(self) -> dict[str, Any]:
        premises = getattr(self.get_lot(), "premises", None)
        if premises is None:
            return {}
        return {
            "address": premises.address,
            "area": premises.area,
            "terms": premises.terms,
            "rooms": "\n".join(f"{r.name} {r.area.normalize():f} {r.purpose}".rstrip() for r in premises.rooms.all()),
            "inventory": "\n".join(f"{i.name} {i.quantity} {i.condition}".rstrip() for i in premises.inventory.all()),
        }

    def perform(self, form: forms.Form) -> None:
        if form.cleaned_data.pop("is_none"):
            withdraw_premises(self.get_lot(), by=self.request.user)
        else:
            provide_premises(self.get_lot(), by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("tenders:lots", args=[self.tender.pk])
