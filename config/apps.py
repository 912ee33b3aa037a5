from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

from marketplace.audit.sealing import register_stream


class ShellConfig(AppConfig):
    """The shell that every page wears: base template, components, tokens, script."""

    name = "config"
    verbose_name = _("Shell")

    def ready(self) -> None:
        """The rules are the audit's neighbours and may not ask it themselves to seal what they say."""
        rules = apps.get_app_config("rules")
        register_stream("rules", rules.get_model("Rule"))
        register_stream("calendar", rules.get_model("CalendarDay"))
