"""Is this paper genuine? Public, in both languages, and never a word about a person."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.generic import TemplateView

from . import receipts
from .models import Paper, tidy_code


class VerifyFormPage(TemplateView):
    template_name = "papers/verify_form.html"


class VerifyPage(TemplateView):
    template_name = "papers/verify.html"

    def get_context_data(self, **kwargs):
        code = tidy_code(self.kwargs["code"])
        paper = Paper.objects.filter(code=code).first()
        if paper is None:
            raise Http404
        return super().get_context_data(**kwargs) | {"paper": paper}


def key_file(request: HttpRequest) -> HttpResponse:
    """The public keys that receipts are signed with."""
    answer = JsonResponse(receipts.published_keys())
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
