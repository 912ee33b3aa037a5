"""Where a page of the register stands: at a bureau's desk, and about one resident whom the reader may see."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from marketplace.parties.models import Organisation, User
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


class OneResident(LoginRequiredMixin):
    """A page of the desk about one resident. Who does not keep the resident's record finds no page, not even an empty
    form, and be it the resident: theirs is `/my/`. Who keeps it but may not do what the page is for (`allows`) is told
    so."""

    home = "residents:resident"

    def allows(self, user: User, resident: Resident) -> bool:
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.allows(request.user, self.resident):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def resident(self) -> Resident:
        kept = Resident.objects.kept_by(self.request.user).select_related("region")
        return get_object_or_404(kept, pk=self.kwargs["pk"])

    def get_success_url(self) -> str:
        return reverse(self.home, args=[self.kwargs["pk"]])
