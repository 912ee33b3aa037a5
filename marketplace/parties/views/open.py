"""The base of pages with a form that anyone may open."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from marketplace.pages.views import refuse


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class OpenPage(FormView):
    """As ActionPage, for those who are not signed in: what was sent twice is caught by the verb itself."""

    template_name = "pages/action.html"
    title: Any = ""
    intro: Any = ""
    submit_label: Any = None
    object: Any = None

    def perform(self, form: Form) -> Any:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "intro": self.intro,
            "submit_label": self.submit_label,
        }

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            with transaction.atomic():
                self.object = self.perform(form)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
