from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.pages.doors import register_door


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    label = "evaluations"
    verbose_name = _("Evaluations")

    def ready(self) -> None:
        for page in ("receipt", "my", "window", "call_back"):
            register_door(page, f"evaluations.voices.doors.doors_of_{page}")
        import_module("evaluations.measurecounts")  # registers what the system can count
