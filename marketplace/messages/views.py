"""The inbox."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.forms import BooleanField, Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import ListView, TemplateView

from marketplace.pages.views import ActionPage

from . import actions, queries
from .models import Message


class Inbox(LoginRequiredMixin, ListView):
    template_name = "notices/inbox.html"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Message]:
        return queries.inbox(self.request.user, only_unread=self.request.GET.get("show") == "unread")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "only_unread": self.request.GET.get("show") == "unread",
            "unread": queries.unread_count(self.request.user),
        }


class Letter(LoginRequiredMixin, TemplateView):
    """One message; opening it is reading it."""

    template_name = "notices/letter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = get_object_or_404(Message.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        if message.read_at is None and self.request.method == "GET":
            message = actions.read_message(message, by=self.request.user)
        return super().get_context_data(**kwargs) | {"letter": message}


class ReadAll(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        actions.read_all_messages(by=request.user)
        return HttpResponseRedirect(reverse("notices:inbox"))


class MailForm(Form):
    by_mail = BooleanField(
        label=_("Also send me messages by e-mail"),
        help_text=_("The inbox here has them in any case."),
        required=False,
    )


class Preferences(ActionPage):
    form_class = MailForm
    title = _("Messages to me")
    submit_label = _("Save")
    done_message = _("Saved.")
    success_url = reverse_lazy("parties:profile")
    extra_context = {"back_url": reverse_lazy("parties:profile")}

    def get_initial(self) -> dict[str, Any]:
        return {"by_mail": queries.wants_mail(self.request.user)}

    def perform(self, form: Form) -> Any:
        return actions.choose_mail(by_mail=form.cleaned_data["by_mail"], by=self.request.user)
