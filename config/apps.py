from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShellConfig(AppConfig):
    """The shell that every page wears: base template, components, tokens, script."""

    name = "config"
    verbose_name = _("Shell")
