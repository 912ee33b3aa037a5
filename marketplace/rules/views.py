"""The rules as anyone may read them, and the operator's changes."""

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from . import actions, calendar, explanation, listing, policies
from .forms import ChangeRule, DecideDay, RuleFilter
from .grounds import GROUNDS
from .models import CalendarDay, Rule


class Rules(TemplateView):
    """The chapters; then every rule of one, or all that hold for what was asked, with source and how sure it is."""

    template_name = "rules/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = RuleFilter(self.request.GET)
        form.is_valid()
        asked = {name: value for name, value in form.cleaned_data.items() if value}
        chapters = listing.chapters(
            clock.today(),
            words=asked.get("q", ""),
            status=asked.get("status", ""),
            chapter=asked.get("chapter", ""),
            method=asked.get("method", ""),
        )
        return super().get_context_data(**kwargs) | {
            "filter_form": form,
            "filtered": bool(asked),
            "chapters": chapters,
            "surenesses": [(listing.SURE[status], status.label, listing.TONES[status]) for status in Rule.Status],
            "count": sum(len(chapter.entries) for chapter in chapters),
        }


class Why(TemplateView):
    """Why this number: what it says, for whom, since when, by which source, and what it said before."""

    template_name = "rules/why_page.html"

    def get_context_data(self, key: str, **kwargs: Any) -> dict[str, Any]:
        versions = listing.versions(key, clock.today())
        if not versions:
            raise Http404
        example = next((v.rule for v in versions if v.is_current and v.rule.unit in ("wd", "d")), None)
        return super().get_context_data(**kwargs) | {
            "key": key,
            "name": versions[0].rule.name,
            "is_ground": key in GROUNDS,
            "current": [version for version in versions if version.is_current],
            "earlier": [version for version in versions if not version.is_current],
            "explanation": explanation.explain(example, clock.today()) if example else None,
            "may_change": policies.may_change_rules(self.request.user),
        }


class OperatorPage(ActionPage):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not policies.may_change_rules(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Change(OperatorPage):
    form_class = ChangeRule
    submit_label = _("Add the new row")
    done_message = _("The rule was changed. The old row stays in its history.")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        rule = Rule.objects.filter(pk=kwargs["pk"]).first()
        if rule is None:
            raise Http404
        self.rule = rule
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Change: %(name)s") % {"name": self.rule.name}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"rule": self.rule}

    def get_initial(self) -> dict[str, Any]:
        rule = self.rule
        return {
            "value": int(rule.value) if rule.unit == Rule.Unit.FEN and rule.value is not None else rule.number,
            "data": rule.data,
            "region": rule.region,
            "source": rule.source,
            "source_url": rule.source_url,
            "status": rule.status,
            "valid_from": clock.today(),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.rule.get_absolute_url()}

    def perform(self, form: Form) -> Rule:
        return actions.change_rule(self.rule, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.rule.get_absolute_url()


class Calendar(TemplateView):
    """A year of working days."""

    template_name = "rules/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        this_year = clock.today().year
        year = kwargs.get("year") or this_year
        if not 2005 <= year <= this_year + 5:
            raise Http404
        return super().get_context_data(**kwargs) | {
            "year": year,
            "months": listing.months(year),
            "is_published": calendar.is_published(year),
            "decided": CalendarDay.objects.filter(day__year=year).select_related("by").order_by("-created_at"),
            "may_change": policies.may_change_rules(self.request.user),
            "earlier": year - 1 if year > 2005 else None,
            "later": year + 1 if year < this_year + 5 else None,
        }


class Decide(OperatorPage):
    form_class = DecideDay
    title = _("Decide a day")
    intro = _("Say that offices work or are closed on a day, over the published calendar.")
    submit_label = _("Save")
    done_message = _("The calendar was changed.")

    def perform(self, form: Form) -> CalendarDay:
        return actions.decide_day(by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        day: datetime.date = self.object.day if self.object else clock.today()
        return reverse("rules:calendar_year", args=[day.year])
