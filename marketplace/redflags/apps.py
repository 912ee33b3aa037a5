from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RedFlagsConfig(AppConfig):
    name = "marketplace.redflags"
    label = "redflags"
    verbose_name = _("Red flags")
