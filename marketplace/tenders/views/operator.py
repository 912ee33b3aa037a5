"""The operator's pages: interruptions of the platform, and ties between suppliers."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation, Role
from marketplace.parties.policies import has_role_anywhere, is_operator
from marketplace.rules.queries import resolve

from .. import policies
from ..actions import decide_outage, drop_outage, end_tie, propose_outage, record_tie
from ..forms.amendments import OutageForm
from ..models import Outage, Tie
from ..queries.outages import deadlines_hit


class OutagesPage(ActionPage):
    """Every interruption on record; the operator adds one."""

    title = gettext_lazy("Interruptions of the platform")
    intro = gettext_lazy("Deadlines that fall into one move by the same time for all, when a second person agrees.")
    template_name = "tenders/outages.html"
    form_class = OutageForm
    submit_label = gettext_lazy("Propose the extension")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not (is_operator(user) or has_role_anywhere(user, Role.APPROVER)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> Outage:
        return propose_outage(**form.cleaned_data, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:outage", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "outages": list(Outage.objects.select_related("proposed_by", "decided_by")[:25]),
            "may_propose": policies.may_propose_outage(self.request.user),
            "margin": resolve("tender.outage_margin"),
            "breadcrumbs": [(_("Interruptions of the platform"), None)],
        }


class OutagePage(ActionPage):
    """One interruption: which deadlines it hit; the second person decides."""

    template_name = "tenders/outage.html"
    outage: Outage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            if not (is_operator(user) or has_role_anywhere(user, Role.APPROVER)):
                raise PermissionDenied
            self.outage = get_object_or_404(Outage, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Interruption of the platform")

    def perform(self, form: forms.Form) -> object:
        if self.request.POST.get("answer") == "drop":
            self.done_message = _("Dropped. No deadline moves.")
            return drop_outage(self.outage, by=self.request.user)
        moved = decide_outage(self.outage, by=self.request.user)
        self.done_message = _("Decided: %(count)s deadlines have moved.") % {"count": len(moved)}
        return self.outage

    def get_success_url(self) -> str:
        return reverse("tenders:outage", args=[self.outage.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, outage = self.request.user, self.outage
        is_proposed = outage.state == Outage.State.PROPOSED
        return super().get_context_data(**kwargs) | {
            "outage": outage,
            "hits": deadlines_hit(outage) if is_proposed else [],
            "may_decide": policies.may_decide_outage(user, outage),
            "may_drop": is_proposed and policies.may_propose_outage(user),
            "breadcrumbs": [
                (_("Interruptions of the platform"), reverse("tenders:outages")),
                (str(self.get_title()), None),
            ],
        }


class SupplierField(forms.CharField):
    """A supplier by its code."""

    def clean(self, value: Any) -> Organisation:
        found = Organisation.objects.providers().filter(uscc=super().clean(value).strip().upper()).first()
        if found is None:
            raise forms.ValidationError(_("No supplier of this portal has this code."), code="unknown")
        return found


class TieForm(forms.Form):
    one = SupplierField(label=gettext_lazy("Unified social credit code of one supplier"), max_length=18)
    other = SupplierField(label=gettext_lazy("and of the other"), max_length=18)
    kind = forms.ChoiceField(label=gettext_lazy("Tie"), choices=Tie.Kind.choices)
    evidence = forms.CharField(label=gettext_lazy("How it is known"), max_length=300)


class TiesPage(ActionPage):
    """Suppliers that may not bid for one lot, and namesakes that may."""

    title = gettext_lazy("Ties between suppliers")
    template_name = "tenders/ties.html"
    form_class = TieForm
    submit_label = gettext_lazy("Put on record")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_record_ties(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> Tie:
        given = form.cleaned_data
        return record_tie(given["one"], given["other"], given["kind"], given["evidence"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:ties")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "ties": list(Tie.objects.live().select_related("one", "other")[:100]),
            "rule": resolve("tender.linked_bidders"),
            "breadcrumbs": [(_("Ties between suppliers"), None)],
        }


class EndTie(ActionPage):
    title = gettext_lazy("This tie has ended?")
    submit_label = gettext_lazy("It has ended")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_record_ties(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> Tie:
        return end_tie(get_object_or_404(Tie, pk=self.kwargs["pk"]), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:ties")
