"""Searches that a person keeps, and the calendar of a search."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from ..actions import forget_search, save_search
from ..calendars import calendar_of
from ..forms.public import SearchForm, TenderFilter
from ..models import SavedSearch
from ..queries.public import calendar_tenders, filtered


class SavedSearches(LoginRequiredMixin, ListView):
    """What one is told about, and where to change it."""

    template_name = "tenders/searches.html"

    def get_queryset(self):
        return SavedSearch.objects.visible_to(self.request.user)


class SaveSearch(ActionPage):
    """From the list's filters, which the address carries, to a search with a name."""

    form_class = SearchForm
    title = gettext_lazy("Keep this search")
    intro = gettext_lazy("Once a day you are told of new tenders that match, in your inbox and by e-mail.")
    submit_label = gettext_lazy("Keep the search")
    done_message = gettext_lazy("The search is kept. You will be told of new tenders.")
    success_url = reverse_lazy("tenders:searches")
    template_name = "tenders/save_search.html"

    def filters(self) -> TenderFilter:
        return TenderFilter(self.request.GET)

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.filters().in_words()[:80]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"in_words": self.filters().in_words()}

    def perform(self, form: Form) -> SavedSearch:
        return save_search(name=form.cleaned_data["name"], filters=self.filters().typed(), by=self.request.user)


class ForgetSearch(ActionPage):
    title = gettext_lazy("Forget this search")
    intro = gettext_lazy("You are no longer told of new tenders that match it.")
    submit_label = gettext_lazy("Forget it")
    done_message = gettext_lazy("The search is forgotten.")
    success_url = reverse_lazy("tenders:searches")
    danger = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=kwargs["pk"])

    def get_title(self) -> str:
        return _("Forget “%(name)s”") % {"name": self.object.name}

    def perform(self, form: Form) -> None:
        forget_search(self.object, by=self.request.user)


class DeadlineCalendar(View):
    """The list's filters, as a calendar to subscribe to. Public: only what every notice says."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TenderFilter(request.GET)
        tenders = filtered(calendar_tenders(), form.typed())
        body = calendar_of(tenders, now=clock.now(), name=_("Tenders: deadlines"))
        answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'inline; filename="tenders.ics"'
        answer["Cache-Control"] = "public, max-age=3600"
        return answer
