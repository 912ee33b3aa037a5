"""Framework agreements: admitting suppliers after elimination."""

import math
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.calendar import add_months

from .. import notices, ocds, policies
from ..indexing import index_tender
from ..models import Admission, Lot, Tender
from ..rulebook import day_of_publication, rule_for
from .awarding import refuse_before_report


@transaction.atomic
def admit_bidders(lot: Lot, *, by: User) -> list[Admission]:
    """Admit the ranked bidders of a lot but those who must be left out: at least a fifth and at least one (Order 110).

    Raises ValidationError `nobody_left` when that leaves none, `no_unit_price` when a price is below a fen a unit.
    """
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=lot.tender_id)
    lot = Lot.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(pk=lot.pk)
    authorise(policies.may_admit, by, lot)
    refuse_before_report(tender)
    ranked = list(lot.bids.select_for_update(of=("self",)).standing().select_related("supplier").order_by("rank"))
    rule = rule_for(tender, "tender.framework_elimination", on=day_of_publication(tender))
    out = left_out(len(ranked), rule.value or Decimal(0), int(rule.data.get("at_least", 0)))
    if out >= len(ranked):
        raise ValidationError(
            _("At least %(percent)s%% and at least one must be left out (%(source)s): nobody could be admitted."),
            code="nobody_left",
            params={"percent": rule.number, "source": rule.citation},
        )
    now = clock.now()
    admitted = []
    for place, bid in enumerate(ranked):
        if place >= len(ranked) - out:
            bid.lose()
            bid.save(update_fields=["state"])
            continue
        unit_price = int((Decimal(bid.amount) / lot.quantity).quantize(Decimal(1), ROUND_HALF_UP))
        if unit_price <= 0:
            raise ValidationError(_("A price comes to less than a fen a unit."), code="no_unit_price")
        bid.admit()
        bid.save(update_fields=["state"])
        admitted.append(
            Admission.objects.create(
                lot=lot,
                bid=bid,
                supplier=bid.supplier,
                unit_price=unit_price,
                rank=bid.rank,
                admitted_at=now,
                admitted_by=by,
                valid_until=add_months(clock.today(), lot.term_months),
            )
        )
    lot.award()
    lot.save(update_fields=["state"])
    if not tender.lots.undecided().exists():
        tender.award()
        tender.finished_at = now
        tender.save(update_fields=["state", "finished_at"])
        index_tender(tender)
    record("lot.admitted", lot, by=by, organisation=tender.bureau, admitted=len(admitted), left_out=out)
    ocds.release_admissions(lot, admitted, at=now, by=by)
    transaction.on_commit(partial(notices.tell_bidders.enqueue, str(lot.pk)))
    return admitted


def left_out(bidders: int, percent: Decimal, at_least: int) -> int:
    """How many are not admitted: the percentage rounded up, and never fewer than the least."""
    return max(math.ceil(bidders * percent / 100), at_least)
