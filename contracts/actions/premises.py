"""Keys and inventory go to the supplier, and come back: each way one side's word and the other's confirmation."""

from collections.abc import Mapping
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import notices, policies
from contracts.models import Contract, Premises
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .locking import locked


def _locked_premises(premises: Premises) -> Premises:
    contract = locked(Contract(pk=premises.contract_id))
    premises = Premises.objects.select_for_update().get(pk=premises.pk)
    premises.contract = contract
    return premises


def _refuse_state() -> ValidationError:
    return ValidationError(_("This is not the step that comes next for the premises."), code="state")


@transaction.atomic
def hand_over_premises(premises: Premises, *, by: User) -> Premises:
    """The buyer gives the premises and their inventory. Raises ValidationError: "not_signed", "state"."""
    premises = _locked_premises(premises)
    authorise(policies.may_hand_over, by, premises)
    if premises.contract.state not in (Contract.State.SIGNED, Contract.State.IN_FORCE):
        raise ValidationError(_("Premises are handed over once the contract is signed."), code="not_signed")
    if not can_proceed(premises.hand_over):
        raise _refuse_state()
    premises.hand_over()
    premises.handed_over_at = clock.now()
    premises.save(update_fields=["state", "handed_over_at"])
    return _recorded(premises, "premises.handed_over", by)


@transaction.atomic
def take_over_premises(premises: Premises, *, note: str = "", by: User) -> Premises:
    """The supplier has counted and agrees; `note` says in what condition. Raises ValidationError(code="state")."""
    premises = _locked_premises(premises)
    authorise(policies.may_take_over, by, premises)
    if not can_proceed(premises.take_over):
        raise _refuse_state()
    premises.take_over()
    premises.taken_over_at, premises.note = clock.now(), note.strip()
    premises.save(update_fields=["state", "taken_over_at", "note"])
    return _recorded(premises, "premises.taken_over", by)


@transaction.atomic
def give_back_premises(
    premises: Premises, *, returned: Mapping[int, tuple[int, str]] | None = None, by: User
) -> Premises:
    """The supplier gives the premises back. `returned`: item's place → (quantity, condition); what is not named comes
    back whole. Raises ValidationError: "state", "quantity" for more than went out."""
    premises = _locked_premises(premises)
    authorise(policies.may_take_over, by, premises)
    if not can_proceed(premises.give_back):
        raise _refuse_state()
    _count_back(premises, returned or {})
    premises.give_back()
    premises.given_back_at = clock.now()
    premises.save(update_fields=["state", "given_back_at"])
    return _recorded(premises, "premises.given_back", by)


@transaction.atomic
def take_back_premises(
    premises: Premises, *, returned: Mapping[int, tuple[int, str]] | None = None, note: str = "", by: User
) -> Premises:
    """The buyer has counted: its figures stand. Raises ValidationError: "state", "quantity"."""
    premises = _locked_premises(premises)
    authorise(policies.may_hand_over, by, premises)
    if not can_proceed(premises.take_back):
        raise _refuse_state()
    if returned is not None:
        _count_back(premises, returned)
    premises.take_back()
    premises.returned_at, premises.note = clock.now(), note.strip() or premises.note
    premises.save(update_fields=["state", "returned_at", "note"])
    return _recorded(premises, "premises.taken_back", by)


def _count_back(premises: Premises, returned: Mapping[int, tuple[int, str]]) -> None:
    for item in premises.items.select_for_update():
        count, condition = returned.get(item.position, (item.quantity, item.condition))
        if not 0 <= count <= item.quantity:
            raise ValidationError(
                _("%(name)s: at most %(most)s came back."),
                code="quantity",
                params={"name": item.name, "most": item.quantity},
            )
        item.returned, item.returned_condition = count, condition.strip()
        item.save(update_fields=["returned", "returned_condition"])


def _recorded(premises: Premises, event: str, by: User) -> Premises:
    missing = sum(item.missing for item in premises.items.all())
    record(event, premises, by=by, organisation=premises.contract.buyer, number=premises.contract.number,
           missing=missing)  # fmt: skip
    transaction.on_commit(partial(notices.tell_premises.enqueue, str(premises.pk)))
    return premises
