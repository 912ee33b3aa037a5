"""Is this paper genuine? Public, in both languages, and never a word about a person."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView, ListView

from marketplace.pages.views import ActionPage

from . import actions, authority, documents, policies, queries, receipts
from .forms import FileCheckForm, SealForm, VerifyForm
from .models import Paper, Receipt, tidy_code


class VerifyFormPage(FormView):
    """Type the code, or choose the file."""

    template_name = "papers/verify_form.html"
    form_class = VerifyForm

    def form_valid(self, form: VerifyForm) -> HttpResponse:
        file = form.cleaned_data.get("file")
        if form.cleaned_data.get("code"):
            code = tidy_code(form.cleaned_data["code"])
            found = Paper.objects.filter(code=code).first() or Receipt.objects.filter(code=code).first()
            if found is None:
                form.add_error("code", _("We have given out no document with this code. Compare it with the paper."))
                return self.form_invalid(form)
            if not file:
                return HttpResponseRedirect(found.get_absolute_url())
        else:
            found = None
        content = file.read()
        found = found or queries.find_copy(content)
        if found is None:
            form.add_error("file", _("This file is none of ours, or it was altered. Try with the code on the paper."))
            return self.form_invalid(form)
        return _answer(self.request, found, FileCheckForm(), content)

    def form_invalid(self, form: VerifyForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class VerifyPage(FormView):
    """What we know of one code; and whether the visitor's copy is the same."""

    form_class = FileCheckForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        code = tidy_code(kwargs["code"])
        self.found: Paper | Receipt | None = (
            Paper.objects.select_related("organisation").filter(code=code).first()
            or Receipt.objects.filter(code=code).first()
        )
        if self.found is None:
            return _unknown(request, kwargs["code"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _answer(request, self.found, self.get_form())

    def form_valid(self, form: FileCheckForm) -> HttpResponse:
        return _answer(self.request, self.found, FileCheckForm(), form.cleaned_data["file"].read())

    def form_invalid(self, form: FileCheckForm) -> HttpResponse:
        return _answer(self.request, self.found, form)


def _unknown(request: HttpRequest, code: str) -> HttpResponse:
    context = {"form": VerifyForm(initial={"code": code[:60]}), "unknown_code": code[:60]}
    return render(request, "papers/verify_form.html", context, status=404)


def _answer(
    request: HttpRequest, found: Paper | Receipt, form: FileCheckForm, content: bytes | None = None
) -> HttpResponse:
    """The page about one paper or receipt, and about the visitor's copy when there is one."""
    context: dict[str, Any] = {
        "form": form,
        "is_mine": type(found).objects.visible_to(request.user).filter(pk=found.pk).exists(),
        "copy": None,
    }
    if isinstance(found, Paper):
        template = "papers/verify_paper.html"
        context |= {"paper": found, "check": queries.check_paper(found)}
        if content is not None:
            context["copy"] = queries.compare_copy(found, content)
    else:
        template = "papers/verify_receipt.html"
        context |= {"receipt": found, "holds": queries.receipt_holds(found)}
        if content is not None:
            context["copy"] = queries.compare_receipt(found, content)
    response = render(request, template, context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


def key_file(request: HttpRequest) -> HttpResponse:
    """The public keys that receipts are signed with."""
    answer = JsonResponse(receipts.published_keys())
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


class PaperList(LoginRequiredMixin, ListView):
    """Every paper that the person may fetch again."""

    template_name = "papers/paper_list.html"
    paginate_by = 25

    def get_queryset(self):
        papers = Paper.objects.visible_to(self.request.user).select_related("organisation").order_by("-issued_at")
        if text := self.request.GET.get("q", "").strip()[:100]:
            papers = papers.filter(title__icontains=text)
        return papers

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Receipt.objects.visible_to(self.request.user).order_by("-issued_at")
        return super().get_context_data(**kwargs) | {
            "receipts": mine[:25],
            "q": self.request.GET.get("q", ""),
            "may_deposit_seal": policies.may_deposit_seal(self.request.user, self.request.organisation),
        }


class PaperFile(LoginRequiredMixin, View):
    """The PDF, with the seals so far."""

    def get(self, request: HttpRequest, code: str) -> FileResponse:
        paper = get_object_or_404(Paper.objects.visible_to(request.user), code=code)
        return FileResponse(
            paper.file.open("rb"),
            as_attachment="download" in request.GET,
            filename=paper.file_name,
            content_type="application/pdf",
        )


class ReceiptFile(LoginRequiredMixin, View):
    """The signed JSON."""

    def get(self, request: HttpRequest, code: str) -> JsonResponse:
        receipt = get_object_or_404(Receipt.objects.visible_to(request.user), code=code)
        answer = JsonResponse(documents.receipt_file(receipt), json_dumps_params={"ensure_ascii": False, "indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="{receipt.code}.json"'
        return answer


class ReceiptPrint(LoginRequiredMixin, View):
    """The receipt on paper, in the reader's language."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        receipt = get_object_or_404(Receipt.objects.visible_to(request.user), code=code)
        pdf = documents.render_receipt(receipt, get_language() or "zh-hans")
        return HttpResponse(
            pdf,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{receipt.code}.pdf"'},
        )


class SealPage(ActionPage):
    """With which certificate my organisation seals, and another one in its place."""

    template_name = "papers/seal_page.html"
    form_class = SealForm
    title = _("Electronic seal")
    submit_label = _("Seal with this certificate")
    done_message = _("Your organisation seals with this certificate from now on.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_deposit_seal(request.user, request.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: SealForm) -> None:
        actions.deposit_seal(
            self.request.organisation,
            form.cleaned_data["file"],
            passphrase=form.cleaned_data["passphrase"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("papers:seal")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "organisation": self.request.organisation,
            "facts": authority.seal_facts(self.request.organisation),
            "back_url": reverse("papers:papers"),
        }
