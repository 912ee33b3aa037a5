from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .sealing import register_stream


class AuditConfig(AppConfig):
    name = "marketplace.audit"
    label = "audit"
    verbose_name = _("Audit trail")

    def ready(self) -> None:
        register_stream("audit", self.get_model("Entry"))
