"""Colleagues: who belongs here, inviting, joining, leaving; and for whom one acts."""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from marketplace.pages.views import ActionPage

from .. import actions, policies, queries
from ..actions.memberships import invited_person
from ..forms import AcceptForm, InviteForm
from ..middleware import SESSION_KEY
from ..models import Invitation, Membership, Organisation, Role
from .open import OpenPage


class Switch(LoginRequiredMixin, View):
    """Act for another of one's organisations."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            chosen = get_object_or_404(Organisation.objects.of(request.user), pk=request.POST.get("organisation"))
        except ValidationError:
            return HttpResponse(status=404)
        request.session[SESSION_KEY] = str(chosen.pk)
        target = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            target = resolve_url("desk")
        return HttpResponseRedirect(target)


class OrganisationGuard(LoginRequiredMixin):
    """Fetches the organisation of the address, for its members and the operator; for others it is not there."""

    organisation: Organisation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        mine = Organisation.objects.all() if request.user.is_superuser else Organisation.objects.of(request.user)
        self.organisation = get_object_or_404(mine, pk=self.kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)


class Members(OrganisationGuard, TemplateView):
    template_name = "parties/members.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_manage = policies.may_manage_members(self.request.user, self.organisation)
        return super().get_context_data(**kwargs) | {
            "subject": self.organisation,
            "people": queries.members_of(self.organisation),
            "may_manage": may_manage,
            "may_edit": policies.may_edit_organisation(self.request.user, self.organisation),
            "invitations": queries.open_invitations(self.organisation) if may_manage else [],
        }


class Invite(OrganisationGuard, ActionPage):
    form_class = InviteForm
    title = _("Invite a colleague")
    submit_label = _("Send the invitation")
    done_message = _("Invited. The link is on its way to your colleague.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policies.may_manage_members(request.user, self.organisation):
            raise PermissionDenied
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"organisation": self.organisation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}

    def get_success_url(self) -> str:
        return reverse("parties:members", args=[self.organisation.pk])

    def perform(self, form: InviteForm) -> Invitation:
        return actions.invite_colleague(
            self.organisation,
            contact=form.cleaned_data["contact"],
            role=Role(form.cleaned_data["role"]),
            by=self.request.user,
        )


class WithdrawInvitation(ActionPage):
    title = _("Withdraw the invitation")
    submit_label = _("Withdraw")
    done_message = _("The link works no more.")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = get_object_or_404(Invitation.objects.visible_to(request.user), pk=self.kwargs["pk"])
        self.intro = self.object.contact
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}

    def get_success_url(self) -> str:
        return reverse("parties:members", args=[self.object.organisation_id])

    def perform(self, form: Form) -> Invitation:
        return actions.withdraw_invitation(self.object, by=self.request.user)


class EndMembership(ActionPage):
    title = _("End this role")
    submit_label = _("End the role")
    done_message = _("The role has ended.")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = get_object_or_404(
            Membership.objects.visible_to(request.user).live().select_related("user", "organisation"),
            pk=self.kwargs["pk"],
        )
        if not policies.may_end_membership(request.user, self.object):
            raise PermissionDenied
        self.intro = _("%(name)s no longer acts as %(role)s for %(organisation)s. What was done stays on record.") % {
            "name": self.object.user.name,
            "role": self.object.get_role_display(),
            "organisation": self.object.organisation,
        }
        self.back = reverse("parties:members", args=[self.object.organisation_id])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.back}

    def get_success_url(self) -> str:
        stays = policies.may_see_members(self.request.user, self.object.organisation)
        return self.back if stays else reverse("desk")

    def perform(self, form: Form) -> Membership:
        return actions.end_membership(self.object, by=self.request.user)


class Accept(OpenPage):
    """Join by a signed link: with a new account, or as the person who is signed in."""

    template_name = "parties/accept.html"
    form_class = AcceptForm
    title = _("You are invited")
    invitation: Invitation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.invitation = actions.open_invitation(self.kwargs["token"])
        except ValidationError as refusal:
            return render(request, "parties/link_spent.html", {"reason": refusal.messages[0]}, status=410)
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[Form]:
        return Form if self.request.user.is_authenticated else AcceptForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_account = not self.request.user.is_authenticated and invited_person(self.invitation) is not None
        return super().get_context_data(**kwargs) | {"invitation": self.invitation, "has_account": has_account}

    def get_success_url(self) -> str:
        return reverse("desk")

    def perform(self, form: Form) -> Any:
        if self.request.user.is_authenticated:
            person = actions.accept_invitation(self.invitation, by=self.request.user)
        else:
            person = actions.accept_invitation(self.invitation, **form.cleaned_data, language=get_language() or "")
            login(self.request, person, backend="marketplace.parties.backends.PhoneOrEmailBackend")
        self.request.session[SESSION_KEY] = str(self.invitation.organisation_id)
        return person
