"""Where a page of the register stands: at a bureau's desk, and about one resident whom the reader may see."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse

from marketplace.parties.models import Organisation
from marketplace.residents import policies
from marketplace.residents.models import Resident

__all__ = ["AtDesk", "LoginRequiredMixin", "OneResident"]


class AtDesk:
    """For officers and community workers of a bureau, about the people of its region."""

    @property
    def bureau(self) -> Organisation:
        organisation = self.request.organisation
        if not organisation or organisation.kind != Organisation.Kind.BUREAU:
            raise PermissionDenied
        if not policies.may_open_register(self.request.user):
            raise PermissionDenied
        return Organisation.objects.select_related("region").get(pk=organisation.pk)

    @property
    def prefixes(self) -> list[str]:
        return [self.bureau.region.prefix]


class OneResident:
    @property
    def resident(self) -> Resident:
        return get_object_or_404(
            Resident.objects.visible_to(self.request.user).select_related("region"), pk=self.kwargs["pk"]
        )

    def get_success_url(self) -> str:
        return reverse("residents:resident", args=[self.kwargs["pk"]])
