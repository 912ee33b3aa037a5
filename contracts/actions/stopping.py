"""What runs under a contract stops with it: vouchers under an agreement, an order under a framework."""

from contracts.models import Contract
from contracts.money import money_of
from marketplace.directory.actions import end_accreditation, reinstate_accreditation, suspend_accreditation
from marketplace.directory.models import Accreditation
from marketplace.parties.models import User
from marketplace.tenders.actions.ordering import end_call_off
from marketplace.tenders.models import CallOff

State = Accreditation.State


def _accreditation(contract: Contract) -> Accreditation | None:
    """By which the provider of an agreement takes vouchers."""
    if contract.programme is None:
        return None
    live = Accreditation.objects.exclude(state=State.ENDED)
    return live.filter(organisation=contract.supplier, programme_code=contract.programme.code).first()


def stop_for_now(contract: Contract, *, by: User) -> None:
    """A suspended agreement takes no vouchers. What had been suspended before, for a cause of its own, stays so."""
    accreditation = _accreditation(contract)
    if accreditation and accreditation.state == State.ACTIVE:
        suspend_accreditation(accreditation, reason=contract.reason, by=by)
        contract.stopped_vouchers = True


def go_on(contract: Contract, *, by: User) -> None:
    """What the suspension stopped goes on, and nothing else."""
    accreditation = _accreditation(contract)
    if contract.stopped_vouchers and accreditation and accreditation.state == State.SUSPENDED:
        reinstate_accreditation(accreditation, reason=f"{contract.number} 恢复履行", by=by)
    contract.stopped_vouchers = False


def stop_for_good(contract: Contract, *, by: User) -> None:
    """Ended early: no more vouchers; what an order did not deliver is free in its framework again."""
    if accreditation := _accreditation(contract):
        end_accreditation(accreditation, reason=contract.reason, by=by)
    order = contract.call_off
    if order and order.state == CallOff.State.ACCEPTED:
        given_up = max(0, (order.amount or 0) - money_of(contract).accepted)
        end_call_off(order, given_up=given_up, reason=contract.reason, by=by)
