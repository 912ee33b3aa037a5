"""What the working pages share: fetch the contract, and let nobody in who may not do the page's verb."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract, Deliverable
from marketplace.pages.views import ActionPage


class ContractAction(ActionPage):
    """A page of one contract. Strangers get 404; colleagues without the role 403."""

    policy: Callable[..., bool]
    verb: Callable[..., Any]  # called on the subject with what was typed

    def perform(self, form: Form) -> Any:
        return type(self).verb(self.subject, by=self.request.user, **form.cleaned_data)

    @cached_property
    def contract(self) -> Contract:
        return get_object_or_404(
            Contract.objects.of_people(self.request.user).select_related(
                "buyer", "supplier", "budget_line", "programme"
            ),
            number=self.kwargs["number"],
        )

    @property
    def subject(self) -> Any:
        """What the policy judges."""
        return self.contract

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.subject):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.contract.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "contract": self.contract,
            "back_url": self.get_success_url(),
            "breadcrumbs": [
                (_("Contracts"), reverse("contracts:desk")),
                (self.contract.title, self.contract.get_absolute_url()),
                (self.get_title(), ""),
            ],
        }


class DeliverableAction(ContractAction):
    """A page of one instalment."""

    @cached_property
    def deliverable(self) -> Deliverable:
        return get_object_or_404(
            Deliverable.objects.filter(contract__in=Contract.objects.of_people(self.request.user)).select_related(
                "contract__buyer", "contract__supplier", "contract__budget_line"
            ),
            pk=self.kwargs["pk"],
        )

    @cached_property
    def contract(self) -> Contract:
        return self.deliverable.contract

    @property
    def subject(self) -> Deliverable:
        return self.deliverable

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"deliverable": self.deliverable}
