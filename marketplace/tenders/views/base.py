"""What the officer's pages share: a tender of their own bureau, and the policy that its verb asks."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages.views import ActionPage
from marketplace.parties.models import Role, User
from marketplace.parties.policies import is_auditor

from .. import policies
from ..models import Tender


def desk_tenders(user: User) -> QuerySet[Tender]:
    """The tenders that this person's desk shows: their bureaus', and all of them to an auditor."""
    rows = Tender.objects.select_related("bureau__region", "region", "budget_line__fund", "drafted_by", "approved_by")
    return rows if is_auditor(user) else rows.of_bureaus_of(user, Role.OFFICER, Role.APPROVER, Role.SIGNATORY)


def desk_crumbs(tender: Tender | None, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    crumbs: list[tuple[str, str | None]] = [(_("Procurement desk"), reverse("tenders:procurement"))]
    if tender is not None:
        crumbs.append((tender.number or tender.title, tender.get_desk_url()))
    return [*crumbs, *more]


class TenderPage(ActionPage):
    """A page of one tender of the officer's own bureau. `policy` is the one that guards the verb."""

    policy: Callable[[User, Tender], bool] = staticmethod(policies.may_edit)
    tender: Tender

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.tender = get_object_or_404(desk_tenders(request.user), pk=kwargs["pk"])
            if not self.policy(request.user, self.tender):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "back_url": self.tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(self.tender, (str(self.get_title()), None)),
        }
