"""The performance bond: it comes in, goes back, or is lost in part or whole for a breach."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import notices, policies
from contracts.models import Bond, Contract, Forfeiture
from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import forfeit_bond, hand_over_forfeit, hold_bond, release_bond
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import User

from .locking import locked, need_words


@transaction.atomic
def receive_bond(contract: Contract, *, form: str, amount: int, document: str, by: User) -> Bond:
    """The performance bond has come in: a transfer stands in the ledger, a guarantee letter is noted.

    Raises ValidationError: "state", by field "bond_too_large" beyond what the contract asks for, "no_document".
    """
    contract = locked(contract)
    authorise(policies.may_hold_bond, by, contract)
    if contract.state not in Contract.STANDING_STATES:
        raise ValidationError(_("Only a signed contract has a bond."), code="state")
    document = need_words(document, _("Give the number of the transfer or the letter."), field="document",
                          code="no_document")  # fmt: skip
    held = contract.bonds.filter(state=Bond.State.HELD).aggregate(sum=Sum(F("amount") - F("kept")))["sum"] or 0
    if not 0 < amount <= contract.bond_amount - held:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("The contract asks for a bond of ¥%(asked)s; ¥%(held)s is held."),
                    code="bond_too_large",
                    params={"asked": format_yuan(contract.bond_amount), "held": format_yuan(held)},
                )
            }
        )
    bond = Bond.objects.create(
        contract=contract, form=form, amount=amount, document=document, held_by=by, held_at=clock.now()
    )
    if form == Bond.Form.TRANSFER:
        hold_bond(
            contract.supplier, amount, holder=contract.buyer, key=f"bond/{bond.pk}/hold", reference=bond.reference,
            by=by,
        )  # fmt: skip
    record(
        "performance_bond.received",
        bond,
        by=by,
        organisation=contract.buyer,
        number=contract.number,
        amount=amount,
        form=form,
    )
    return bond


def refuse_while_premises_are_out(contract: Contract) -> None:
    """Raises ValidationError(code="premises_out") while the supplier has them."""
    if any(premises.is_out for premises in contract.premises.all()):
        raise ValidationError(_("The premises are still to be returned."), code="premises_out")


def release_bond_of(bond: Bond, contract: Contract, *, by: User) -> Bond:
    """Give back what is left of one bond. The caller holds the contract."""
    bond.contract = contract
    bond.release()
    bond.released_at = clock.now()
    bond.save(update_fields=["state", "released_at"])
    if bond.form == Bond.Form.TRANSFER:
        release_bond(
            contract.supplier, bond.left, holder=contract.buyer, key=f"bond/{bond.pk}/release",
            reference=bond.reference, by=by,
        )  # fmt: skip
    record(
        "performance_bond.released",
        bond,
        by=by,
        organisation=contract.buyer,
        number=contract.number,
        amount=bond.left,
    )
    return bond


@transaction.atomic
def return_bond(bond: Bond, *, by: User) -> Bond:
    """Give the bond back after an early end (closing does it by itself). Raises ValidationError: "settled",
    "state" while the contract stands, "premises_out" while the supplier has the premises."""
    contract = locked(bond.contract)
    authorise(policies.may_hold_bond, by, contract)
    bond = contract.bonds.select_for_update().get(pk=bond.pk)
    if not can_proceed(bond.release):
        raise ValidationError(_("Nothing of this bond is held any more."), code="settled")
    if contract.state in Contract.STANDING_STATES:
        raise ValidationError(_("The bond is held until the contract has ended."), code="state")
    refuse_while_premises_are_out(contract)
    return release_bond_of(bond, contract, by=by)


@transaction.atomic
def forfeit(bond: Bond, *, amount: int, reason: str, by: User) -> Forfeiture:
    """The supplier loses so many fen of its bond for a breach, as the contract says; the rest stays held.

    A transfer's money leaves the supplier's account in the ledger and waits to go to the treasury; of a guarantee
    letter the guarantor pays there itself. Decided by an approver who did not take the bond in. Raises
    ValidationError: "settled" once nothing of it is held, by field "too_much", "no_reason".
    """
    contract = locked(bond.contract)
    bond = contract.bonds.select_for_update().get(pk=bond.pk)
    bond.contract = contract
    authorise(policies.may_forfeit, by, bond)
    if not can_proceed(bond.forfeit) or contract.state == Contract.State.CLOSED:
        raise ValidationError(_("Nothing of this bond is held any more."), code="settled")
    if not 0 < amount <= bond.left:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("¥%(left)s of the bond is held."), code="too_much", params={"left": format_yuan(bond.left)}
                )
            }
        )
    reason = need_words(reason, _("Name the breach and the article of the contract."))
    made = Forfeiture.objects.create(bond=bond, amount=amount, reason=reason, decided_by=by, decided_at=clock.now())
    bond.kept += amount
    if not bond.left:
        bond.forfeit()
    bond.save(update_fields=["state", "kept"])
    if bond.form == Bond.Form.TRANSFER:
        forfeit_bond(
            contract.supplier, amount, holder=contract.buyer, key=f"forfeiture/{made.pk}", reference=bond.reference,
            by=by,
        )  # fmt: skip
    record(
        "performance_bond.forfeited", bond, by=by, organisation=contract.buyer, number=contract.number, amount=amount
    )
    transaction.on_commit(partial(notices.tell_forfeited.enqueue, str(made.pk)))
    return made


@transaction.atomic
def hand_over(forfeiture: Forfeiture, *, document: str, by: User) -> Forfeiture:
    """What was forfeited has arrived at the treasury; `document` is the number of its receipt 缴款书.

    Raises ValidationError: "handed_over", by field "no_document".
    """
    contract = locked(forfeiture.bond.contract)
    authorise(policies.may_hold_bond, by, contract)
    forfeiture = Forfeiture.objects.select_for_update(of=("self",)).select_related("bond").get(pk=forfeiture.pk)
    bond = forfeiture.bond
    bond.contract = contract
    if forfeiture.handed_over_at is not None:
        raise ValidationError(_("It has been handed over already."), code="handed_over")
    forfeiture.document = need_words(
        document, _("Give the number of the treasury's receipt."), field="document", code="no_document"
    )
    forfeiture.handed_over_at = clock.now()
    forfeiture.save(update_fields=["document", "handed_over_at"])
    if bond.form == Bond.Form.TRANSFER:
        hand_over_forfeit(
            contract.buyer, forfeiture.amount, key=f"forfeiture/{forfeiture.pk}/handed-over",
            reference=bond.reference, by=by,
        )  # fmt: skip
    record(
        "performance_bond.handed_over", bond, by=by, organisation=contract.buyer, number=contract.number,
        amount=forfeiture.amount,
    )  # fmt: skip
    return forfeiture
