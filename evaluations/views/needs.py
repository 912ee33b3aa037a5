"""Needs and supply by community: the public's page, and the bureau's with every figure."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView

from evaluations.needs import Community, Overview, draw_map, overview
from marketplace.pages.exports import FORMATS, Column, export_rows
from marketplace.pages.language import in_english, local
from marketplace.parties.models import Organisation, Region
from marketplace.residents.policies import may_open_register

ROWS_ON_A_PAGE = 25
ORDERS = {
    "gap": gettext_lazy("Where most is missing"),
    "need": gettext_lazy("Most people in need"),
    "waiting": gettext_lazy("Most people waiting"),
    "organisations": gettext_lazy("Fewest organisations for the goal"),
    "place": gettext_lazy("By place"),
}


class NeedsFilter(forms.Form):
    town = forms.ChoiceField(label=gettext_lazy("Town"), required=False)
    side = forms.ChoiceField(
        label=gettext_lazy("Urban or rural"),
        required=False,
        choices=[("", gettext_lazy("Both")), ("urban", gettext_lazy("Urban")), ("rural", gettext_lazy("Rural"))],
    )
    order = forms.ChoiceField(label=pgettext_lazy("list", "Order"), required=False, choices=list(ORDERS.items()))

    def __init__(self, *args: Any, towns: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].choices = [("", _("All")), *((town.code, str(town)) for town in towns)]


COLUMNS = (
    Column(gettext_lazy("Town"), "town"),
    Column(gettext_lazy("Community"), "region"),
    Column(gettext_lazy("Region code"), "region.code"),
    Column(gettext_lazy("Rural"), lambda row: row.region.is_rural),
    Column(gettext_lazy("Residents in the register"), lambda row: shown(row.residents), "number"),
    Column(gettext_lazy("Aged 80 and over"), lambda row: shown(row.aged), "number"),
    Column(gettext_lazy("Moderate or worse loss of ability"), lambda row: shown(row.need), "number"),
    Column(gettext_lazy("On a waiting list"), lambda row: shown(row.waiting), "number"),
    Column(gettext_lazy("Refused in the last year"), lambda row: shown(row.refused), "number"),
    Column(gettext_lazy("Service points"), "points", "number"),
    Column(gettext_lazy("Places a day"), "places", "number"),
    Column(gettext_lazy("Open hours a week"), "hours", "number"),
    Column(gettext_lazy("In need without a place"), lambda row: shown(row.gap), "number"),
    Column(gettext_lazy("Social organisations"), "organisations", "number"),
    Column(gettext_lazy("Goal"), "goal", "number"),
)


def shown(count: int | None) -> Any:
    return _("hidden") if count is None else count


def ordered(rows: list[Community], order: str) -> list[Community]:
    """Hidden figures stand between something and nothing; equal ones by how many old people live there."""
    if order == "place":
        return rows
    if order == "organisations":
        return sorted(rows, key=lambda row: -row.missing_organisations)

    def rank(row: Community) -> tuple[float, int]:
        value = getattr(row, order)
        return -(0.5 if value is None else value), -(row.aged or 0)

    return sorted(rows, key=rank)


class NeedsPage(TemplateView):
    """What anyone may read: few people are hidden."""

    template_name = "evaluations/needs.html"
    title = gettext_lazy("Needs and supply")
    for_public = True

    def place(self) -> Region | None:
        """The city: the county-level region with most of its towns here."""
        return Region.objects.filter(level=Region.Level.COUNTY).order_by("code").first()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        place = self.place()
        self.region = place
        self.found = overview(place.prefix if place else "-", for_public=self.for_public)
        towns = list(Region.objects.filter(level=Region.Level.TOWN, parent=place)) if place else []
        self.form = NeedsFilter(request.GET, towns=towns)
        self.form.is_valid()
        self.rows = self._rows(self.found, self.form.cleaned_data)
        if request.GET.get("format") in FORMATS:
            return export_rows(self.rows, COLUMNS, format=request.GET["format"], filename=str(self.title))
        return super().get(request, *args, **kwargs)

    @staticmethod
    def _rows(found: Overview, cleaned: dict[str, Any]) -> list[Community]:
        rows = found.rows
        if town := cleaned.get("town"):
            rows = [row for row in rows if row.region.code.startswith(town[:9])]
        if side := cleaned.get("side"):
            rows = [row for row in rows if row.region.is_rural == (side == "rural")]
        return ordered(rows, cleaned.get("order") or "gap")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.rows, ROWS_ON_A_PAGE).get_page(self.request.GET.get("page"))
        drawing = draw_map(self.found)
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "city": str(self.region or local(settings.CITY_NAME, settings.CITY_NAME_EN)),
            "found": self.found,
            "page_obj": page,
            "rows": [(row, str(row.region), str(row.parent or "")) for row in page.object_list],
            "filter_form": self.form,
            "filtered": any(self.form.cleaned_data.values()),
            "map": drawing,
            "labels": [(label, str(label.town)) for label in drawing.labels] if drawing else [],
            "kinds": [(kind, kind.name.split("\n")[in_english()]) for kind in self.found.kinds],
            "for_public": self.for_public,
        }


class NeedsDesk(LoginRequiredMixin, NeedsPage):
    """The bureau's own page: every figure of its region, for who may open the register."""

    title = gettext_lazy("Needs and supply, all figures")
    for_public = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            organisation = request.organisation
            if not organisation or organisation.kind != Organisation.Kind.BUREAU or not may_open_register(request.user):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def place(self) -> Region | None:
        return Region.objects.get(pk=self.request.organisation.region_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "breadcrumbs": [(_("Desk"), reverse("desk")), (str(self.title), None)]
        }
