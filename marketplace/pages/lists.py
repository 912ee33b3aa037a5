"""The shared base of every list: filters kept in the address, 25 rows a page, a count, a file to take away."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.views.generic import ListView

from .exports import FORMATS, Column, export_rows


class LenientPaginator(Paginator):
    """A page number that does not exist shows the nearest one that does: old links keep working."""

    def validate_number(self, number: int | str) -> int:
        try:
            wanted = int(number)
        except (TypeError, ValueError):
            wanted = self.num_pages if number == "last" else 1
        return min(max(wanted, 1), self.num_pages)


class ListPage(ListView):
    """A list that others subclass.

    Set `title`, `columns` and, when there are filters, `filter_form` (a Form sent by GET, every field optional).
    Override `get_rows()` (all that this reader may see) and `filter(rows, cleaned)`. `columns` draw the table and the
    file; a template that extends "pages/list.html" may draw its own rows in `{% block rows %}` instead, and
    `export_columns` may hold more than the page shows. `empty` says what to do first. A long list names its
    `row_fields`: its rows are then plain dicts of these, those of its file of `export_fields`.
    """

    template_name = "pages/list.html"
    paginate_by = 25
    paginator_class = LenientPaginator
    title: Any = ""
    intro: Any = ""
    columns: Sequence[Column] = ()
    export_columns: Sequence[Column] = ()
    export_name: Any = ""
    row_fields: Sequence[str] = ()
    export_fields: Sequence[str] = ()
    filter_form: type[Form] | None = None
    empty_title: Any = ""
    empty_text: Any = ""
    empty_action_url: Any = ""
    empty_action_label: Any = ""

    def get_rows(self) -> QuerySet:
        return super().get_queryset()

    def filter(self, rows: QuerySet, cleaned: dict[str, Any]) -> QuerySet:
        return rows

    def get_title(self) -> Any:
        return self.title

    def get_filter_form(self) -> Form | None:
        return self.filter_form(self.request.GET) if self.filter_form else None

    def get_queryset(self) -> QuerySet:
        self.form = self.get_filter_form()
        rows = self.get_rows()
        if self.form is not None:
            self.form.is_valid()
            rows = self.filter(rows, {name: value for name, value in self.form.cleaned_data.items() if value})
        return rows

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        columns = self.export_columns or self.columns
        if columns and request.GET.get("format") in FORMATS:
            name = str(self.export_name or self.get_title())
            rows = self._only(self.get_queryset(), self.export_fields or self.row_fields)
            return export_rows(rows, columns, format=request.GET["format"], filename=name)
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> tuple[Any, Any, Any, bool]:
        """Fields are chosen after the count, which would join the tables of all of them otherwise."""
        paginator, page, rows, is_paginated = super().paginate_queryset(queryset, page_size)
        page.object_list = self._only(rows, self.row_fields)
        return paginator, page, page.object_list, is_paginated

    def _only(self, rows: Any, fields: Sequence[str]) -> Any:
        return rows.values(*fields) if fields else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = context["page_obj"]
        return context | {
            "title": self.get_title(),
            "intro": self.intro,
            "filter_form": self.form,
            "filtered": bool(self.form is not None and any(self.form.cleaned_data.values())),
            "count": page.paginator.count if page else len(context["object_list"]),
            "columns": self.columns,
            "table": self._table(context["object_list"]),
            "can_export": bool(self.export_columns or self.columns),
            "empty_title": self.empty_title,
            "empty_text": self.empty_text,
            "empty_action_url": self.empty_action_url,
            "empty_action_label": self.empty_action_label,
        }

    def _table(self, rows: Any) -> list[list[dict[str, Any]]]:
        """Cells as plain dicts: templates draw these three times faster than model instances."""
        return [
            [
                {"label": column.label, "value": column.of(row), "kind": column.kind, "link": column.link_of(row)}
                for column in self.columns
            ]
            for row in (rows if self.columns else ())
        ]
