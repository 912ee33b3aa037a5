"""The public proof that nothing was bent, and the auditor's trail."""

import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage

from . import policies, queries
from .actions import authorise
from .events import THINGS, VERBS, in_words
from .forms import TrailFilter
from .heads import current_head
from .models import Entry
from .signing import public_key


class Proof(TemplateView):
    """How much is sealed, under which key, and how to check it."""

    template_name = "audit/proof.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "states": queries.stream_states(),
            "public_key": public_key(),
            "may_read_trail": policies.may_read_trail(self.request.user),
        }


class HeadFile(View):
    """The signed head, for anyone to keep."""

    def get(self, request: HttpRequest) -> HttpResponse:
        head = current_head()
        if not head.parts:
            raise Http404
        answer = HttpResponse(head.as_bytes(), content_type="application/json")
        answer["Content-Disposition"] = 'inline; filename="minfu-head.json"'
        answer["Cache-Control"] = "public, max-age=60"
        answer["Access-Control-Allow-Origin"] = "*"
        return answer


class Trail(LoginRequiredMixin, ListPage):
    title = _("Audit trail")
    intro = _("Everything that was done, the newest first. Nothing here can be changed; it is sealed within seconds.")
    filter_form = TrailFilter
    export_name = "audit-trail"
    columns = (
        Column(_("Time"), "happened_at", kind="moment"),
        Column(_("Event"), lambda entry: in_words(entry.event)),
        Column(_("Person"), queries.actor_name),
        Column(_("Object"), lambda entry: entry.subject_id[-8:]),
        Column(_("Details"), queries.detail_text),
    )
    export_columns = (
        Column(_("Time"), "happened_at", kind="moment"),
        Column(_("Event"), "event"),
        Column(_("Event in words"), lambda entry: in_words(entry.event)),
        Column(_("Person"), queries.actor_name),
        Column(_("Object"), "subject_type"),
        Column(_("Object's key"), "subject_id"),
        Column(_("Details"), queries.detail_text),
        Column(_("Entry's key"), lambda entry: str(entry.pk)),
    )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            authorise(policies.may_read_trail, request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[Entry]:
        return queries.trail()

    def filter(self, rows: QuerySet[Entry], cleaned: dict[str, Any]) -> QuerySet[Entry]:
        if event := cleaned.get("event"):
            rows = rows.filter(_events_like(event))
        if actor := cleaned.get("actor"):
            rows = rows.filter(actor__name__icontains=actor)
        if subject := cleaned.get("subject"):
            rows = rows.filter(subject_id=subject)
        if since := cleaned.get("since"):
            rows = rows.filter(created_at__gte=clock.at_hour(since, 0))
        if until := cleaned.get("until"):
            rows = rows.filter(created_at__lt=clock.at_hour(until + datetime.timedelta(days=1), 0))
        return rows


def _events_like(text: str) -> Q:
    """By the code (bid.awarded) or by a word of the reader's language (投标)."""
    wanted = Q(event__icontains=text)
    for code, word in THINGS.items():
        if text.lower() in str(word).lower():
            wanted |= Q(event__startswith=f"{code}.")
    for code, word in VERBS.items():
        if text.lower() in str(word).lower():
            wanted |= Q(event__endswith=f".{code}")
    return wanted
