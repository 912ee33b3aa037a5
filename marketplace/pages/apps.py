from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class PagesConfig(AppConfig):
    name = "marketplace.pages"
    label = "pages"
    verbose_name = pgettext_lazy("pagination", "Pages")
