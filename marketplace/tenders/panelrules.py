"""What the rules ask of a panel's composition."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import Tender
from .rulebook import day_of_publication, rule_or_none


def refuse_share_of_experts(tender: Tender, experts: int) -> None:
    """Two thirds at least are experts. Raises ValidationError `too_few_experts`."""
    rule = rule_or_none(tender, "tender.panel_experts_share", on=day_of_publication(tender))
    if rule is None:
        return
    numerator, denominator = rule.data["numerator"], rule.data["denominator"]
    if experts * denominator < tender.panel_size * numerator:
        raise ValidationError(
            {
                "representatives": ValidationError(
                    _("Of %(size)s members at least %(share)s must be experts (%(source)s)."),
                    code="too_few_experts",
                    params={
                        "size": tender.panel_size,
                        "share": -(-tender.panel_size * numerator // denominator),
                        "source": rule.citation,
                    },
                )
            }
        )
