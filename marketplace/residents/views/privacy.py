"""Alerts about opened records, and records made unrecognisable."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.parties.policies import is_operator
from marketplace.residents import actions, policies
from marketplace.residents.forms import ReviewAlertForm, StateForm
from marketplace.residents.models import RecordView, Resident, ViewAlert

from .base import LoginRequiredMixin, OneResident


def alerts_for(request: Any) -> QuerySet[ViewAlert]:
    """Of the reader's bureau; all for the operator. Never one's own."""
    user, organisation = request.user, request.organisation
    if not policies.may_see_alerts(user, organisation):
        raise PermissionDenied
    rows = ViewAlert.objects.select_related("viewer", "organisation", "reviewed_by").exclude(viewer=user)
    return rows if is_operator(user) else rows.filter(organisation=organisation)


class Alerts(LoginRequiredMixin, ListPage):
    title = _("Alerts about opened records")
    intro = _("Somebody opened unusually many records in a day. Ask what it was for, and write down what you found.")
    columns = (
        Column(_("Day"), "day", "day", link=lambda row: reverse("residents:alert", args=[row.pk])),
        Column(_("Who"), "viewer.name"),
        Column(_("Organisation"), lambda row: row.organisation or ""),
        Column(_("Records opened"), "count", "number"),
        Column(_("Outcome"), "get_outcome_display"),
    )
    empty_title = _("No alert")
    empty_text = _("Nobody has opened unusually many records.")

    def get_rows(self) -> QuerySet[ViewAlert]:
        return alerts_for(self.request)


class Alert(ActionPage):
    form_class = ReviewAlertForm
    template_name = "residents/alert.html"
    submit_label = _("Record it")
    done_message = _("Recorded.")
    title = _("Alert about opened records")

    @property
    def alert(self) -> ViewAlert:
        return get_object_or_404(alerts_for(self.request), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        alert = self.alert
        purposes = (
            RecordView.objects.filter(viewer=alert.viewer_id, viewed_at__date=alert.day)
            .order_by("-viewed_at")
            .values_list("viewed_at", "purpose")[:100]
        )
        is_open = alert.outcome == ViewAlert.Outcome.OPEN
        return super().get_context_data(**kwargs) | {"alert": alert, "purposes": purposes, "is_open": is_open}

    def perform(self, form: ReviewAlertForm) -> ViewAlert:
        return actions.review_alert(self.alert, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("residents:alerts")


class Erase(OneResident, ActionPage):
    form_class = StateForm
    title = _("Make the record unrecognisable")
    intro = _(
        "Name, number, telephone, address, scores and plans go for good. Money that was spent stays on record for "
        "fifteen years, tied to a key that names nobody."
    )
    submit_label = _("Erase it")
    danger = True
    done_message = _("Erased.")

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_erase(user, resident)

    def perform(self, form: StateForm) -> Resident:
        return actions.erase_resident(self.resident, reason=form.cleaned_data["reason"], by=self.request.user)
