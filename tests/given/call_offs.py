"""A framework whose admitted providers take orders, and an order that becomes a contract."""

import datetime

from contracts import actions
from contracts.models import Contract
from marketplace.pages import clock
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.ordering import accept_call_off, order_from
from marketplace.tenders.models import CallOff, Tender

from .contracts import a_cast
from .tenders import a_ranked_tender, after_deadline, again


def a_framework(second_stage: str = "choice") -> Tender:
    """Three bid, two are admitted at 400 and 375 yuan an hour; the lot's total is 500,000 yuan."""
    tender = a_ranked_tender(method="framework", facts={"second_stage": second_stage})
    with after_deadline(tender, minutes=180):
        admit_bidders(tender.lots.get(), by=tender.cast.approver)
    return again(tender)


def an_order(quantity: int = 10) -> dict:
    """What an officer orders for the next thirty days."""
    today = clock.today()
    return {
        "need": "陪诊两次",
        "quantity": quantity,
        "starts_on": today,
        "ends_on": today + datetime.timedelta(days=30),
    }


def a_call_off(*, accepted: bool = True) -> CallOff:
    """Ten hours ordered from the second provider of a framework."""
    tender = a_framework()
    with after_deadline(tender, minutes=180):
        _first, second = tender.lots.get().admissions.order_by("rank")
        starts_on = datetime.date.fromordinal(tender.bids_due_at.date().toordinal() + 5)
        call_off = order_from(
            second, need="每周陪诊两次，含往返接送。", quantity=10, starts_on=starts_on,
            ends_on=starts_on + datetime.timedelta(days=60), reason="离村最近", by=tender.cast.officer,
        )  # fmt: skip
        if accepted:
            accept_call_off(call_off, by=tender.cast.bidders[tender.cast.suppliers.index(second.supplier)])
    call_off = CallOff.objects.select_related("lot__tender__bureau", "supplier").get(pk=call_off.pk)
    call_off.moment = tender.bids_due_at + datetime.timedelta(hours=4)
    call_off.cast = tender.cast
    return call_off


def a_contract_from(call_off: CallOff) -> Contract:
    cast = a_cast(call_off.lot.tender.bureau, call_off.supplier)
    with clock.pretend(call_off.moment):
        contract = actions.draft_from_call_off(call_off, by=cast.officer)
    contract.cast = cast
    return contract
