"""The list of signs, and one of them with its reasons and what came of it."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from . import policies, queries
from .actions import review_flag
from .explanations import GROUPS, value_in_words, words_of
from .finding import Group
from .forms import OURS, FlagFilterForm, ReviewForm
from .models import Flag, Review
from .rulebook import row


def _finding(flag: Flag) -> str:
    return Review.Finding(flag.finding).label if flag.finding else ""


class Flags(LoginRequiredMixin, ListPage):
    """Everything that the reader may see, ours and imported."""

    title = _("Red flags")
    intro = _(
        "Signs in published data that somebody should look closer. A sign is no proof, and says nothing of guilt."
    )
    filter_form = FlagFilterForm
    columns = (
        Column(pgettext_lazy("red flag", "Sign"), lambda flag: words_of(flag.indicator).title, link="get_absolute_url"),
        Column(_("Points at"), lambda flag: GROUPS[Group(flag.group)]),
        Column(_("Name"), "name"),
        Column(_("How much"), lambda flag: value_in_words(flag.indicator, flag.value)),
        Column(pgettext_lazy("open data", "Source"), lambda flag: flag.publisher or _("This portal")),
        Column(_("Found"), "found_at", kind="day"),
        Column(pgettext_lazy("red flag", "Finding"), _finding),
    )
    export_name = _("Red flags")
    empty_title = _("No sign stands")
    empty_text = _("The indicators are computed several times a day from what has been published.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_see_flags(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self):
        return queries.flags_for(self.request.user)

    def filter(self, rows, cleaned: dict[str, Any]):
        if text := cleaned.get("q"):
            rows = rows.filter(name__icontains=text)
        if indicator := cleaned.get("indicator"):
            rows = rows.filter(indicator=indicator)
        if publisher := cleaned.get("publisher"):
            rows = rows.filter(publisher="" if publisher == OURS else publisher)
        if finding := cleaned.get("finding"):
            rows = rows.filter(finding=None if finding == "none" else finding)
        return rows


class FlagPage(ActionPage):
    """One sign: what was seen, where it begins, what else it may be; an auditor's review."""

    template_name = "redflags/flag.html"
    form_class = ReviewForm
    submit_label = _("Keep this review")
    done_message = _("Your review has been kept.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.object = get_object_or_404(queries.flag_with_reviews(request.user), pk=kwargs["pk"])

    def get_title(self) -> Any:
        return words_of(self.object.indicator).title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flag, words = self.object, words_of(self.object.indicator)
        facts = [
            (GROUPS[Group(flag.group)], flag.name),
            (_("How much"), value_in_words(flag.indicator, flag.value)),
            (pgettext_lazy("open data", "Source"), flag.publisher or _("This portal")),
            (_("Parties"), "、".join(flag.parties)),
            (_("Indicator"), f"Cardinal {flag.indicator}"),
        ]
        return super().get_context_data(**kwargs) | {
            "flag": flag,
            "words": words,
            "rules": [rule for key in words.rules if (rule := row(key))],
            "subject_url": queries.subject_url(flag),
            "may_review": flag.gone_at is None and policies.may_review(self.request.user, flag),
            "facts": [(label, value) for label, value in facts if value],
        }

    def perform(self, form: Form) -> None:
        review_flag(self.object, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()
