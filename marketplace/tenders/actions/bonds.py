"""Bid bonds: asked for within the rule, declared, held in the ledger, given back by the clock (REG 33)."""

from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger import actions as ledger
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, User

from .. import bidnotices, policies
from ..events import when_due
from ..events.bonds import RETURN_BONDS
from ..models import Award, BidBond, Tender
from ..rulebook import rule_for
from .biddrafts import open_tender
from .drafting import locked_draft


@transaction.atomic
def set_bid_bond(tender: Tender, amount: int, *, by: User) -> Tender:
    """Ask bidders for a bond of so many fen, or for none with 0. Raises ValidationError(code="bond_too_large")."""
    tender = locked_draft(tender, by)
    rule = rule_for(tender, "tender.bid_bond_max")
    most = tender.ceiling * int(rule.value or 0) // 100
    if amount > most:
        raise ValidationError(
            {
                "bid_bond": ValidationError(
                    _("A bid bond may be at most %(percent)s%% of the budget, here %(most)s yuan (%(source)s)."),
                    code="bond_too_large",
                    params={"percent": int(rule.value or 0), "most": format_yuan(most), "source": rule.citation},
                )
            }
        )
    tender.bid_bond = max(amount, 0)
    tender.save(update_fields=["bid_bond"])
    record("tender.bond_set", tender, by=by, organisation=tender.bureau, amount=tender.bid_bond)
    return tender


@transaction.atomic
def declare_bond(
    tender: Tender, supplier: Organisation, form: str, reference: str, *, file: UploadedFile | None = None, by: User
) -> BidBond:
    """Tell how the bond was given: by transfer with the bank's reference, or by a guarantee with its file. No cash.

    The buyer sees it only after the deadline, so that nobody learns from it who bids.
    """
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    tender = open_tender(tender)
    authorise(policies.may_bid, by, supplier)
    rule = rule_for(tender, "tender.bid_bond_max")
    if not tender.bid_bond:
        raise ValidationError(_("This tender asks for no bid bond."), code="no_bond_asked")
    if form not in BidBond.Form.values:
        raise ValidationError(
            {
                "form": ValidationError(
                    _("A bond is given by transfer or guarantee, never in cash (%(source)s)."),
                    code="cash",
                    params={"source": rule.citation},
                )
            }
        )
    if not reference.strip():
        raise ValidationError({"reference": ValidationError(_("Give the reference or number."), code="required")})
    if form == BidBond.Form.GUARANTEE and file is None:
        raise ValidationError({"file": ValidationError(_("Upload the letter of guarantee."), code="required")})
    if BidBond.objects.standing().filter(tender=tender, supplier=supplier).exists():
        raise ValidationError(_("You have declared a bond for this tender already."), code="declared")
    bond = BidBond(
        tender=tender,
        supplier=supplier,
        form=form,
        amount=tender.bid_bond,
        reference=reference.strip(),
        declared_by=by,
        declared_at=clock.now(),
    )
    if file is not None:
        bond.file_name = (file.name or "")[:200]
        bond.file.save("guarantee", File(file), save=False)
    bond.save()
    record("bond.declared", bond, by=by, organisation=supplier, form=str(form))
    return bond


def _decided(bond: BidBond, by: User) -> BidBond:
    bond = (
        BidBond.objects.select_for_update(of=("self",))
        .select_related("tender__bureau__region", "supplier")
        .get(pk=bond.pk)
    )
    authorise(policies.may_decide_bonds, by, bond.tender)
    if bond.tender.takes_bids_at(clock.now()):
        raise ValidationError(
            _("Who gave a bond is shown only after the deadline: it would tell who bids (Order 87, Article 28)."),
            code="too_early",
        )
    if bond.state != BidBond.State.DECLARED:
        raise ValidationError(_("This bond was decided on before."), code="decided")
    bond.decided_by, bond.decided_at = by, clock.now()
    return bond


@transaction.atomic
def hold_bid_bond(bond: BidBond, *, by: User) -> BidBond:
    """The buyer's finance found the money on the account by the deadline, or the guarantee good."""
    bond = _decided(bond, by)
    if bond.form == BidBond.Form.TRANSFER:
        ledger.hold_bond(
            bond.supplier,
            bond.amount,
            holder=bond.tender.bureau,
            key=f"bid-bond-{bond.pk}",
            reference=bond.tender.number or "",
            by=by,
        )
    bond.hold()
    bond.save(update_fields=["state", "decided_by", "decided_at"])
    record("bond.held", bond, by=by, organisation=bond.tender.bureau, amount=bond.amount)
    return bond


@transaction.atomic
def refuse_bid_bond(bond: BidBond, note: str, *, by: User) -> BidBond:
    """Nothing arrived by the deadline: the envelope will stay shut."""
    bond = _decided(bond, by)
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Say why."), code="reason_missing")})
    bond.refuse()
    bond.note = note.strip()
    bond.save(update_fields=["state", "note", "decided_by", "decided_at"])
    record("bond.refused", bond, by=by, organisation=bond.tender.bureau, reason=note)
    return bond


@transaction.atomic
def release_bid_bond(bond: BidBond, *, by: User) -> BidBond:
    """Give it back: a loser's after the award notice, the winner's after signing, each within the rule's days."""
    bond = BidBond.objects.select_for_update(of=("self",)).select_related("tender__bureau", "supplier").get(pk=bond.pk)
    authorise(policies.may_release_bonds, by, bond.tender)
    if bond.state not in (BidBond.State.HELD, BidBond.State.DECLARED):
        raise ValidationError(_("This bond is not held any more."), code="not_held")
    if bond.state == BidBond.State.HELD and bond.form == BidBond.Form.TRANSFER:
        ledger.release_bond(
            bond.supplier,
            bond.amount,
            holder=bond.tender.bureau,
            key=f"bid-bond-back-{bond.pk}",
            reference=bond.tender.number or "",
            by=by,
        )
    bond.release()
    bond.released_at = clock.now()
    bond.save(update_fields=["state", "released_at"])
    record("bond.released", bond, by=by, organisation=bond.tender.bureau, amount=bond.amount)
    transaction.on_commit(partial(bidnotices.tell_bond_released.enqueue, str(bond.pk)))
    return bond


@when_due(RETURN_BONDS)
def return_bonds(tender: Tender, *, by: User) -> int:
    """By the clock: once the tender is decided, bonds go back, a winner's once its contract is signed. How many did."""
    if tender.finished_at is None:
        return 0
    bonds = list(BidBond.objects.standing().filter(tender=tender).free().select_related("supplier"))
    for bond in bonds:
        release_bid_bond(bond, by=by)
    return len(bonds)


def return_winners_bond(award: Award) -> BidBond | None:
    """At the signing of its last contract the winner's bond is free, long before the rule's five working days (REG 33).

    Done in the name of the clock: whoever signs the contract need not be the buyer's finance.
    """
    bond = BidBond.objects.standing().free().filter(tender=award.lot.tender, supplier=award.supplier_id).first()
    if bond is None:
        return None
    return release_bid_bond(bond, by=service_user("tenders.clock"))
