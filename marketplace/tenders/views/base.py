"""What the officer's pages share: a tender of their own bureau, and the policy that its verb asks."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from marketplace.pages.views import ActionPage
from marketplace.parties.models import Role, User
from marketplace.parties.policies import is_auditor

from .. import policies
from ..actions.typing import forget_typed, keep_typed, typed_on
from ..models import Tender


def desk_tenders(user: User) -> QuerySet[Tender]:
    """The tenders that this person's desk shows: their bureaus', and all of them to an auditor."""
    rows = Tender.objects.select_related("bureau__region", "region", "budget_line__fund", "drafted_by", "approved_by")
    return rows if is_auditor(user) else rows.of_bureaus_of(user, Role.OFFICER, Role.APPROVER, Role.SIGNATORY)


def desk_crumbs(tender: Tender | None, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    crumbs: list[tuple[str, str | None]] = [(_("Procurement desk"), reverse("tenders:procurement"))]
    if tender is not None:
        crumbs.append((tender.number or str(tender), tender.get_desk_url()))
    return [*crumbs, *more]


def _as_typed(post: QueryDict) -> dict[str, list[str]]:
    private = {"csrfmiddlewaretoken", "submission_key", "autosave"}
    return {name: values for name, values in post.lists() if name not in private}


class TenderPage(ActionPage):
    """A page of one tender of the officer's own bureau. `policy` is the one that guards the verb."""

    policy: Callable[[User, Tender], bool] = staticmethod(policies.may_edit)
    keeps_typing = False  # what is typed and not yet saved comes back
    tender: Tender

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.tender = get_object_or_404(desk_tenders(request.user), pk=kwargs["pk"])
            if not self.policy(request.user, self.tender):
                if answered := self.answer_of_first_press():
                    return answered
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.keeps_typing and request.POST.get("autosave"):
            keep_typed(self.tender, self.page, _as_typed(request.POST), by=request.user)
            return HttpResponse(_("Kept, not yet checked."))
        return super().post(request, *args, **kwargs)

    @property
    def page(self) -> str:
        """Which page of the draft this is: its address after the tender's own."""
        return self.request.path.rpartition(str(self.tender.pk))[2].strip("/")[:100]

    @cached_property
    def typed(self) -> dict[str, list[str]]:
        """What was typed here before and never saved."""
        if not self.keeps_typing or self.request.method != "GET":
            return {}
        return typed_on(self.tender, self.page)

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if self.typed:
            typed = {name: values if len(values) > 1 else values[0] for name, values in self.typed.items()}
            kwargs["initial"] = {**(kwargs.get("initial") or {}), **typed}
        return kwargs

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        if self.keeps_typing and not form.errors:
            forget_typed(self.tender, self.page)
        return answer

    def get_success_url(self) -> str:
        return self.tender.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "is_restored": bool(self.typed),
            "back_url": self.tender.get_desk_url(),
            "breadcrumbs": desk_crumbs(self.tender, (str(self.get_title()), None)),
        }
