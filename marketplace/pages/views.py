"""The shared base of every screen: one page, one verb."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import FormView

from .models import Submission


def refuse(form: Form, refusal: ValidationError) -> None:
    """Put a verb's refusal on the form, on the field it names when the form has that field."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


class SentTwice(Exception):
    """The form had been sent before: show what came of it the first time."""

    def __init__(self, answer_url: str) -> None:
        self.answer_url = answer_url


class ActionPage(LoginRequiredMixin, FormView):
    """A page whose form calls one verb. Without a `form_class` it has only the button.

    Override `perform(form)` to call the verb and return what it made. A ValidationError it raises becomes an error
    on the form (422, all that was typed is kept), PermissionDenied becomes 403, a form sent twice is answered with
    the page of the first time.
    """

    template_name = "pages/action.html"
    form_class: Any = Form
    title: Any = ""
    submit_label: Any = None
    intro: Any = ""
    done_message: Any = None
    danger = False
    object: Any = None

    def perform(self, form: Form) -> Any:
        raise NotImplementedError

    def get_title(self) -> Any:
        return self.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.get_title(),
            "intro": self.intro,
            "submit_label": self.submit_label,
            "danger": self.danger,
            "submission_key": self.request.POST.get("submission_key") or uuid.uuid4(),
            "object": self.object,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Once the verb is done its page may be gone, and what was chosen taken: a second press is not told off."""
        return self.answer_of_first_press() or super().post(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            with transaction.atomic():
                submission = self._claim_submission()
                self.object = self.perform(form) or self.object
                url = self.get_success_url()
                if submission:
                    Submission.objects.filter(pk=submission.pk).update(answer_url=url)
        except SentTwice as earlier:
            return HttpResponseRedirect(earlier.answer_url or self.request.path)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        if self.done_message:
            messages.success(self.request, self.done_message)
        return HttpResponseRedirect(url)

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def answer_of_first_press(self) -> HttpResponse | None:
        """Where the same form, sent before by the same person, has led; for a `dispatch` that refuses, too."""
        try:
            key = uuid.UUID(self.request.POST.get("submission_key", ""))
        except ValueError:
            return None
        earlier = Submission.objects.filter(pk=key, user=self.request.user.pk, path=self.request.path[:500]).first()
        return HttpResponseRedirect(earlier.answer_url) if earlier and earlier.answer_url else None

    def _claim_submission(self) -> Submission | None:
        try:
            key = uuid.UUID(self.request.POST.get("submission_key", ""))
        except ValueError:
            return None
        submission, is_first = Submission.objects.get_or_create(
            pk=key, defaults={"user": self.request.user, "path": self.request.path[:500]}
        )
        if submission.user_id != self.request.user.pk:
            return None  # the page was opened by another person: their answer is not this one's to see
        if not is_first:
            raise SentTwice(submission.answer_url)
        return submission
