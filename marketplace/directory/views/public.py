"""What everyone may read: providers, services, prices, grades."""

from typing import Any

from django.db.models import Sum
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.directory import queries
from marketplace.directory.forms import ProviderFilter, ServiceFilter
from marketplace.directory.models import GRADE_TONES, Accreditation, ProviderVoices
from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.language import local
from marketplace.pages.lists import ListPage
from marketplace.parties.links import public_links


class Providers(ListPage):
    """Who offers care, best grade first."""

    template_name = "directory/providers.html"
    title = _("Service providers")
    intro = _("Social organisations and companies that care for older people here, with how they were graded.")
    filter_form = ProviderFilter
    paginate_by = 12
    empty_title = _("No provider is listed yet")
    empty_text = _("Providers appear here as soon as they list a service.")
    export_columns = (
        Column(_("Name"), "name"),
        Column(_("Unified social credit code"), "uscc"),
        Column(_("Place"), "region"),
        Column(_("Grade"), "grade"),
        Column(_("Score"), "score", "number"),
        Column(_("Evaluated on"), "rated_on", "day"),
        Column(_("Number of services"), "service_count", "number"),
    )

    def get_rows(self):
        return queries.providers()

    def filter(self, rows, cleaned):
        return queries.filter_providers(rows, cleaned)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        cards = queries.provider_cards(context["object_list"])
        return context | {"cards": cards, "can_export": True}


class ProviderPage(TemplateView):
    """Everything the public may know of one provider."""

    template_name = "directory/provider.html"

    def get_context_data(self, uscc: str, **kwargs: Any) -> dict[str, Any]:
        provider = get_object_or_404(queries.providers(), uscc=uscc)
        ratings = list(provider.ratings.all())
        contracts = provider.public_contracts.all()
        totals = contracts.aggregate(amount=Sum("amount"))
        contract_list = list(contracts[:10])
        levels = list(provider.level_ratings.all())
        return super().get_context_data(**kwargs) | {
            "provider": provider,
            "name": str(provider),
            "about": local(provider.about, provider.about_en),
            "place": str(provider.region),
            "services": provider.listed_services,
            "points": provider.open_points,
            "ratings": [(rating, GRADE_TONES[rating.grade]) for rating in ratings],
            "rating": ratings[0] if ratings else None,
            "voices": ProviderVoices.objects.filter(organisation=provider).first(),
            "rating_tone": GRADE_TONES[ratings[0].grade] if ratings else "",
            "levels": levels,
            "level": next((level for level in levels if level.holds), None),
            "contracts": contract_list,
            "contract_count": contracts.count() if len(contract_list) == 10 else len(contract_list),
            "contract_amount": totals["amount"] or 0,
            "links": public_links(provider),
            "takes_vouchers": Accreditation.objects.valid_on(clock.today()).filter(organisation=provider).exists(),
        }


class Services(ListPage):
    """The public price list."""

    template_name = "directory/services.html"
    title = _("Services and prices")
    intro = _("Listed prices of every provider. With a voucher you pay only what it does not cover.")
    filter_form = ServiceFilter
    empty_title = _("No service is listed yet")
    export_columns = (
        Column(_("Kind of service"), "category"),
        Column(_("Service"), "name"),
        Column(_("Provider"), "organisation"),
        Column(_("Place"), "organisation.region"),
        Column(_("Price"), "price", "money"),
        Column(_("Unit"), "get_unit_display"),
    )

    def get_rows(self):
        return queries.services(self.request.user)

    def filter(self, rows, cleaned):
        return queries.filter_services(rows, cleaned)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = [
            {
                "name": str(service),
                "category": str(service.category),
                "provider": str(service.organisation),
                "uscc": service.organisation.uscc,
                "place": str(service.point.region if service.point else service.organisation.region),
                "at_home": service.point is None,
                "price": service.price,
                "unit": service.get_unit_display(),
                "grade": service.grade,
                "grade_label": queries.grade_label(service.grade),
                "grade_tone": GRADE_TONES.get(service.grade, "quiet"),
            }
            for service in context["object_list"]
        ]
        return context | {"services": rows, "can_export": True}
