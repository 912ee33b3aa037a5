"""Coming in and going out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from ..doorkeeper import remember_browser
from ..forms import SignInForm


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class SignIn(RedirectURLMixin, FormView):
    """Telephone or e-mail, and password. A refusal never says which part was wrong."""

    template_name = "parties/sign_in.html"
    form_class = SignInForm
    next_page = "desk"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url(), "title": _("Sign in")}

    def form_valid(self, form: SignInForm) -> HttpResponse:
        login(self.request, form.user)
        answer = HttpResponseRedirect(self.get_success_url())
        remember_browser(self.request, answer, form.user)
        return answer

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(View):
    """By POST only: a picture in someone's page must not sign anybody out."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        return HttpResponseRedirect(resolve_url(settings.LOGOUT_REDIRECT_URL))
