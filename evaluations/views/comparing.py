"""Cities beside each other, and the evaluators evaluated: for anyone."""

from typing import Any

from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from evaluations import comparison
from evaluations.models import Engagement
from marketplace.rules.cells import smallest_shown


class ComparisonPage(TemplateView):
    template_name = "evaluations/comparison.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": gettext_lazy("Evaluations by city"),
            "cities": comparison.cities(),
            "grades": [label for _value, label in Engagement.Grade.choices],
            "least": smallest_shown(),
        }


class EvaluatorsPage(TemplateView):
    template_name = "evaluations/evaluators.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": gettext_lazy("How the evaluators work"),
            "records": comparison.evaluators(),
        }
