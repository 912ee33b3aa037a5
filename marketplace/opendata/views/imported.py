"""What other cities and countries bought: the list, one process, its original; and the operator's import."""

import json
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies, queries
from ..actions.importing import ImportReport, NotAPackage, import_package, preview_package
from ..forms import ImportedFilterForm, ImportForm
from ..models import ImportedProcess

SALT = "opendata.import"


class ImportedList(ListPage):
    """Search by words, source and stage."""

    title = _("Imported open data")
    intro = _("Social care that other cities and countries have bought, as they published it.")
    filter_form = ImportedFilterForm
    columns = (
        Column(_("Title"), str, link="get_absolute_url"),
        Column(_("Buyer"), "buyer"),
        Column(pgettext_lazy("open data", "Source"), "publisher"),
        Column(_("Stage"), "get_stage_display"),
        Column(pgettext_lazy("money", "Value"), "money"),
        Column(_("Released"), "released_at", kind="day"),
    )
    export_name = _("Imported open data")
    empty_title = _("Nothing has been imported yet")
    empty_text = _("The operator can import open contracting packages of other publishers.")
    template_name = "opendata/imported_list.html"

    def get_rows(self):
        return queries.imported_tenders()

    def filter(self, rows, cleaned: dict[str, Any]):
        return queries.imported_tenders(
            cleaned.get("q", ""), publisher=cleaned.get("publisher", ""), stage=cleaned.get("stage", "")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"may_import": policies.may_import(self.request.user)}


def _get(pk: Any) -> ImportedProcess:
    process = queries.imported_process(pk)
    if process is None:
        raise Http404
    return process


class ImportedPage(TemplateView):
    """One process as another publisher told it, with what of it we could not read."""

    template_name = "opendata/imported_process.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        process = _get(self.kwargs["pk"])
        issues = [(path, reason) for release in process.releases.all() for path, reason in release.issues]
        return super().get_context_data(**kwargs) | {"process": process, "issues": issues}


class ImportedOriginal(View):
    """The releases exactly as they came, in a package that names their publisher."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        process = _get(pk)
        frame = json.dumps(process.package.frame, ensure_ascii=False)[:-1]
        body = ",".join(release.original for release in process.releases.all())
        separator = "," if process.package.frame else ""
        answer = HttpResponse(f'{frame}{separator}"releases":[{body}]}}', content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{process.pk}.json"'
        answer["Access-Control-Allow-Origin"] = "*"
        return answer


class ForOperator:
    """Only the operator imports; others are told so."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_import(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ImportUpload(ForOperator, ActionPage):
    """First step: choose a package. It is only read; what would happen is shown next."""

    form_class = ImportForm
    title = _("Import open data")
    intro = _("An OCDS 1.0 or 1.1 release or record package. You see row by row what it holds before it is taken in.")
    submit_label = _("Show what it holds")

    def perform(self, form: Form) -> None:
        file = form.cleaned_data["file"]
        content = file.read()
        try:
            preview_package(content)
        except NotAPackage as fault:
            raise ValidationError({"file": str(fault)}, code="not_a_package") from fault
        name = default_storage.save("imports/package.json", ContentFile(content))
        self.token = signing.dumps([name, file.name], salt=SALT)

    def get_success_url(self) -> str:
        return reverse("opendata:import_preview", args=[self.token])


class ImportPreview(ForOperator, ActionPage):
    """Second step: row by row what will change and what is wrong; then all or nothing."""

    template_name = "opendata/import_preview.html"
    title = _("Check the import")
    submit_label = _("Import all of it")
    done_message = _("The package has been imported.")
    success_url = reverse_lazy("opendata:imported")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        try:
            self.stored, self.file_name = signing.loads(kwargs["token"], salt=SALT, max_age=24 * 3600)
        except signing.BadSignature as fault:
            raise Http404 from fault

    def _content(self) -> bytes:
        if not default_storage.exists(self.stored):
            raise Http404
        with default_storage.open(self.stored) as file:
            return file.read()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report: ImportReport = preview_package(self._content())
        return super().get_context_data(**kwargs) | {
            "report": report,
            "file_name": self.file_name,
            "kept": report.kept.most_common(30),
            "can_apply": not report.is_refused and any(one.state in ("new", "changed") for one in report.outcomes),
        }

    def perform(self, form: Form) -> None:
        report = import_package(self._content(), file_name=self.file_name, by=self.request.user)
        if report.is_refused:
            raise ValidationError(_("A release in it can't be read, so nothing was imported."), code="refused")
        default_storage.delete(self.stored)
