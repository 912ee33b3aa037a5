"""A person's own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from marketplace.pages.views import ActionPage

from .. import actions, queries
from ..actions.accounts import holder_of_reset
from ..forms import AskResetForm, ChangePasswordForm, NewPasswordForm, ProfileForm, TokenForm
from ..models import ApiToken
from .open import OpenPage


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class Profile(ActionPage):
    template_name = "parties/profile.html"
    form_class = ProfileForm
    title = _("My account")
    submit_label = _("Save")
    done_message = _("Saved.")
    success_url = reverse_lazy("parties:profile")

    def get_initial(self) -> dict[str, Any]:
        user = self.request.user
        return {"name": user.name, "phone": user.phone, "email": user.email, "language": user.language}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"held": queries.roles_of(self.request.user)}

    def perform(self, form: Form) -> Any:
        return actions.change_profile(self.request.user, **form.cleaned_data, by=self.request.user)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePassword(ActionPage):
    form_class = ChangePasswordForm
    title = _("Change my password")
    intro = _("Other devices are signed out, and programs that act in your name need new tokens.")
    submit_label = _("Change password")
    done_message = _("Your password has been changed. Other devices have been signed out, tokens revoked.")
    success_url = reverse_lazy("parties:profile")
    extra_context = {"back_url": reverse_lazy("parties:profile")}

    def perform(self, form: Form) -> Any:
        user = actions.change_password(self.request.user, **form.cleaned_data, by=self.request.user)
        update_session_auth_hash(self.request, user)
        return user


class AskReset(OpenPage):
    """The answer is the same whether or not there is such an account."""

    form_class = AskResetForm
    title = _("Set a new password")
    intro = _("We send you a link with which you choose a new password.")
    submit_label = _("Send me the link")
    success_url = reverse_lazy("parties:reset_sent")

    def perform(self, form: Form) -> None:
        actions.ask_password_reset(form.cleaned_data["contact"])


class ResetSent(TemplateView):
    template_name = "parties/reset_sent.html"


class ResetPassword(OpenPage):
    form_class = NewPasswordForm
    title = _("Choose a new password")
    submit_label = _("Save the new password")
    success_url = reverse_lazy("parties:sign_in")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if holder_of_reset(self.kwargs["uid"], self.kwargs["token"]) is None:
            return render(request, "parties/link_spent.html", {"ask_url": reverse("parties:ask_reset")}, status=410)
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        user = actions.reset_password(self.kwargs["uid"], self.kwargs["token"], password=form.cleaned_data["password"])
        messages.success(self.request, _("Your new password is set. Sign in with it."))
        return user


class Tokens(LoginRequiredMixin, TemplateView):
    template_name = "parties/tokens.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"tokens": queries.tokens_of(self.request.user)}


@method_decorator(never_cache, name="dispatch")
class IssueToken(ActionPage):
    """The one page that ever shows the token: it is not kept, so this answer can't be a redirect."""

    form_class = TokenForm
    title = _("New access for a program")
    submit_label = _("Make the token")
    success_url = reverse_lazy("parties:tokens")
    extra_context = {"back_url": reverse_lazy("parties:tokens")}
    token = ""

    def perform(self, form: Form) -> Any:
        held, self.token = actions.issue_token(
            form.cleaned_data["name"], self.request.organisation or None, by=self.request.user
        )
        return held

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        if not self.token:
            return response
        return render(self.request, "parties/token_made.html", {"held": self.object, "token": self.token})


class RevokeToken(ActionPage):
    title = _("Revoke this access")
    submit_label = _("Revoke")
    done_message = _("The token opens nothing any more.")
    danger = True
    success_url = reverse_lazy("parties:tokens")
    extra_context = {"back_url": reverse_lazy("parties:tokens")}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = get_object_or_404(ApiToken.objects.visible_to(request.user).live(), pk=self.kwargs["pk"])
        self.intro = _("Programs that use “%(name)s” are refused from now on.") % {"name": self.object.name}
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return actions.revoke_token(self.object, by=self.request.user)
