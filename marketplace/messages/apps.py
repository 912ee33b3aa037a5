from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.parties.texting import register_texter


class MessagesConfig(AppConfig):
    name = "marketplace.messages"
    label = "notices"
    verbose_name = _("Messages")

    def ready(self) -> None:
        register_texter("marketplace.messages.actions.text_number")
