"""The bureau's side of what counters accept without a connection: how much is risked, and who pays what was not
covered."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages.views import ActionPage
from marketplace.vouchers import actions, policies, queries
from marketplace.vouchers.counterforms import OfflineDecisionForm, OfflineLimitForm
from marketplace.vouchers.models import OfflineEntry, OfflineLimit, Programme


class Conflicts(LoginRequiredMixin, TemplateView):
    """What waits for a decision; above it what each programme has at risk."""

    template_name = "vouchers/offline_conflicts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        if not policies.may_see_programme_desks(user):
            raise PermissionDenied
        entries = list(queries.offline_conflicts(user)[:100])
        for entry in entries:
            entry.may_decide = policies.may_decide_offline(user, entry)
        return super().get_context_data(**kwargs) | {
            "entries": entries,
            "risks": queries.offline_risks(user),
            "decided": queries.offline_decided(user)[:25],
        }


class Decide(ActionPage):
    template_name = "vouchers/decide_offline.html"
    form_class = OfflineDecisionForm
    submit_label = gettext_lazy("Decide")
    done_message = gettext_lazy("Decided.")

    @property
    def entry(self) -> OfflineEntry:
        entry = get_object_or_404(queries.offline_conflicts(self.request.user), pk=self.kwargs["pk"])
        if not policies.may_decide_offline(self.request.user, entry):
            raise PermissionDenied
        return entry

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"promised": actions.within_caps(self.entry)}

    def get_title(self) -> str:
        return _("Accepted without a connection: %(entry)s") % {"entry": self.entry}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entry = self.entry
        return super().get_context_data(**kwargs) | {
            "entry": entry,
            "within_caps": actions.within_caps(entry),
            "back_url": reverse("vouchers:offline_conflicts"),
        }

    def perform(self, form: OfflineDecisionForm) -> Any:
        return actions.decide_offline(
            self.entry, bear=form.cleaned_data["bear"], note=form.cleaned_data["note"], by=self.request.user
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:offline_conflicts")


class Limit(ActionPage):
    """How much of the programme's money may be accepted by a device that is alone."""

    form_class = OfflineLimitForm
    title = gettext_lazy("Without a connection: the programme's risk")
    intro = gettext_lazy(
        "A counter that is cut off can't see balances. Up to these amounts a day it may accept all the same; what no "
        "voucher covers afterwards is paid from the programme's budget line when an approver says so."
    )
    submit_label = gettext_lazy("Save")
    done_message = gettext_lazy("Saved.")

    @property
    def programme(self) -> Programme:
        programme = get_object_or_404(Programme.objects.visible_to(self.request.user), code=self.kwargs["code"])
        if not policies.may_start_programme(self.request.user, programme):
            raise PermissionDenied
        return programme

    def get_initial(self) -> dict[str, Any]:
        limit = OfflineLimit.objects.filter(programme=self.programme).first()
        return {
            "resident_cap": f"{limit.resident_cap / 100:.2f}" if limit else "0",
            "device_cap": f"{limit.device_cap / 100:.2f}" if limit else "0",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.programme.get_absolute_url()}

    def perform(self, form: OfflineLimitForm) -> Any:
        actions.limit_offline(self.programme, **form.cleaned_data, by=self.request.user)

    def get_success_url(self) -> str:
        return self.programme.get_absolute_url()
