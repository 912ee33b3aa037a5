"""Who may do what to a tender, a bid, a score. Plain bools."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_operator, is_service
from marketplace.residents.models import Resident
from marketplace.residents.policies import may_act_for

from .methods import Ending, Rounds, method_of
from .models import (
    Amendment,
    Award,
    Bid,
    CallOff,
    Challenge,
    Complaint,
    Custodian,
    Lot,
    MethodChange,
    Outage,
    Panellist,
    Partner,
    SavedSearch,
    Tender,
)


def may_draft(user: User, bureau: Organisation | None) -> bool:
    """Officers of a bureau begin tenders."""
    return bureau is not None and bureau.kind == Organisation.Kind.BUREAU and has_role(user, bureau, Role.OFFICER)


def may_edit(user: User, tender: Tender) -> bool:
    """An officer of the bureau, while it is a draft."""
    return tender.state == Tender.State.DRAFT and has_role(user, tender.bureau, Role.OFFICER)


def may_approve(user: User, tender: Tender) -> bool:
    """A second person: neither who drafted it nor who handed it in."""
    return (
        tender.state == Tender.State.PENDING_APPROVAL
        and user.pk not in (tender.drafted_by_id, tender.submitted_by_id)
        and has_role(user, tender.bureau, Role.APPROVER)
    )


def may_manage(user: User, tender: Tender) -> bool:
    """The bureau's procurement people run the tender after publication."""
    return has_role(user, tender.bureau, Role.OFFICER, Role.APPROVER)


def may_cancel(user: User, tender: Tender) -> bool:
    """The drafter's side while unpublished; an approving officer once the public knows of it."""
    if tender.state in (Tender.State.AWARDED, Tender.State.FAILED, Tender.State.CANCELLED):
        return False
    needed = Role.OFFICER if tender.published_at is None else Role.APPROVER
    return has_role(user, tender.bureau, needed)


def may_repeat(user: User, tender: Tender) -> bool:
    """What failed, a whole tender or one of its lots, may be tendered again (GPL 37)."""
    return has_role(user, tender.bureau, Role.OFFICER) and (
        tender.state in (Tender.State.FAILED, Tender.State.CANCELLED)
        or (
            tender.state in (Tender.State.EVALUATING, Tender.State.AWARDED)
            and tender.lots.filter(state=Lot.State.FAILED).exists()
        )
    )


def may_ask_for_another_method(user: User, tender: Tender) -> bool:
    """After a failure; what was given up is simply planned anew."""
    return tender.state != Tender.State.CANCELLED and may_repeat(user, tender)


def may_decide_method_change(user: User, change: MethodChange) -> bool:
    """An approving officer of the finance department that was asked."""
    return (
        change.state == MethodChange.State.PROPOSED
        and change.proposed_by_id != user.pk
        and has_role(user, change.reviewer, Role.APPROVER)
    )


def may_withdraw_method_change(user: User, change: MethodChange) -> bool:
    return change.state == MethodChange.State.PROPOSED and has_role(user, change.tender.bureau, Role.OFFICER)


def may_keep_expert(user: User, expert: User) -> bool:
    """Officers of the department or bureau whose library holds the expert; nobody keeps an entry of their own."""
    keepers = Organisation.objects.filter(
        memberships__user=user, memberships__ended_at=None, memberships__role__in=[Role.OFFICER, Role.APPROVER]
    )
    return (
        user.pk != expert.pk
        and expert.memberships.filter(role=Role.EXPERT, ended_at=None, organisation__in=keepers).exists()
    )


def may_see_experts(user: User) -> bool:
    """Who draws panels or keeps the library."""
    return has_role_anywhere(user, Role.OFFICER, Role.APPROVER)


def may_hold_key(user: User) -> bool:
    """Custodians set a passphrase of their own."""
    return user.is_authenticated and user.memberships.filter(role=Role.CUSTODIAN, ended_at=None).exists()


def may_unlock(user: User, tender: Tender) -> bool:
    """Who holds a share of this tender's key and is a custodian still: with the role the right to give it ends."""
    return may_hold_key(user) and Custodian.objects.filter(tender=tender, user=user).exists()


def may_bid(user: User, supplier: Organisation | None) -> bool:
    """Bid writers and owners of a social organisation or enterprise. Whether it is fit to, `eligibility` says."""
    return (
        supplier is not None
        and supplier.kind in (Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE)
        and has_role(user, supplier, Role.BIDDER, Role.OWNER)
    )


def may_answer_for_partner(user: User, partner: Partner) -> bool:
    """The partner itself leaves, or the lead goes on without it."""
    return may_bid(user, partner.member) or may_bid(user, partner.lead)


def may_publish_amendment(user: User, amendment: Amendment) -> bool:
    """A second, approving officer of the bureau: not who proposed it."""
    return (
        amendment.state == Amendment.State.PROPOSED
        and amendment.proposed_by_id != user.pk
        and has_role(user, amendment.tender.bureau, Role.APPROVER)
    )


def may_name_designer(user: User, tender: Tender) -> bool:
    """The bureau's officers, until the bids are opened."""
    return tender.state in (Tender.State.DRAFT, Tender.State.PUBLISHED) and has_role(user, tender.bureau, Role.OFFICER)


def may_decide_bonds(user: User, tender: Tender) -> bool:
    """The buyer's finance people."""
    return has_role(user, tender.bureau, Role.FINANCE)


def may_release_bonds(user: User, tender: Tender) -> bool:
    """The buyer's finance people, and the clock."""
    return may_decide_bonds(user, tender) or is_service(user)


def may_record_ties(user: User, *_subject: object) -> bool:
    """The operator keeps the register of suppliers."""
    return is_operator(user)


def may_propose_outage(user: User, *_subject: object) -> bool:
    """The operator, who knows when the platform was down."""
    return is_operator(user)


def may_decide_outage(user: User, outage: Outage) -> bool:
    """A second person: another operator, or an approving officer."""
    return (
        outage.state == Outage.State.PROPOSED
        and outage.proposed_by_id != user.pk
        and (is_operator(user) or has_role_anywhere(user, Role.APPROVER))
    )


def may_draw_panel(user: User, tender: Tender) -> bool:
    """The bureau's officers, once the envelopes are open and the bidders known."""
    return tender.state == Tender.State.EVALUATING and method_of(tender).has_panel and may_manage(user, tender)


def may_score(user: User, panellist: Panellist) -> bool:
    """The expert in that seat."""
    return user.is_authenticated and panellist.user_id == user.pk


def may_rank(user: User, tender: Tender) -> bool:
    """The expert who hands in last sets the formula off; the bureau may set it off again."""
    return may_manage(user, tender) or user.panel_seats.filter(panel__tender=tender).exists()


def may_read_bid(user: User, bid: Bid) -> bool:
    """Opened bids: the buyer's people, the experts who have declared, and the bidder's own."""
    return (
        may_manage(user, bid.lot.tender)
        or has_role(user, bid.supplier, Role.BIDDER, Role.OWNER, Role.SIGNATORY)
        or user.panel_seats.filter(
            panel__tender=bid.lot.tender_id, state__in=[Panellist.State.DECLARED, Panellist.State.SUBMITTED]
        ).exists()
    )


def is_expert(user: User) -> bool:
    """In the library of experts."""
    return user.is_authenticated and user.memberships.filter(role=Role.EXPERT, ended_at=None).exists()


def may_vote(user: User, seat: Panellist | None) -> bool:
    """A member of this panel who has declared."""
    return seat is not None and seat.user_id == user.pk


def may_question_price(user: User, lot: Lot) -> bool:
    """A member who has declared, while the lot is being evaluated."""
    return (
        lot.state == Lot.State.EVALUATING
        and user.is_authenticated
        and Panellist.objects.who_declared().filter(user=user, panel__tender=lot.tender_id).exists()
    )


def may_moderate(user: User, moderator: Panellist | None) -> bool:
    """The one who decides on this sheet (chairing.moderator_of)."""
    return moderator is not None and moderator.user_id == user.pk


def may_call_for_quotes(user: User, lot: Lot) -> bool:
    """The bureau's officers for the panel, or a member of it."""
    return lot.state == Lot.State.EVALUATING and (
        may_manage(user, lot.tender)
        or Panellist.objects.who_declared().filter(user=user, panel__tender=lot.tender_id).exists()
    )


def may_answer_for(user: User, supplier: Organisation) -> bool:
    """Who speaks for a bidder in an evaluation or a challenge: its bid writers, owners and signatories."""
    return user.is_authenticated and has_role(user, supplier, Role.BIDDER, Role.OWNER, Role.SIGNATORY)


def may_decline(user: User, award: Award) -> bool:
    """The supplier's own people; or the buyer, who records a refusal that was told on paper."""
    return award.is_standing and (
        has_role(user, award.supplier, Role.OWNER, Role.SIGNATORY) or may_manage(user, award.lot.tender)
    )


def may_award(user: User, lot: Lot) -> bool:
    """The buyer's approving officer decides; the computer only ranks. A framework admits instead."""
    return (
        lot.state == Lot.State.RANKED
        and method_of(lot.tender).ending == Ending.AWARD
        and has_role(user, lot.tender.bureau, Role.APPROVER)
    )


def may_run_the_clock(user: User, *_subject: object) -> bool:
    """The named service user that acts when a deadline passes."""
    return is_service(user)


def may_save_search(user: User, *_subject: object) -> bool:
    """Anybody with an account may ask to be told."""
    return user.is_authenticated and user.is_active


def may_forget_search(user: User, search: SavedSearch) -> bool:
    return search.owner_id == user.pk


def may_publish_notice(user: User, tender: Tender) -> bool:
    """A second officer of the bureau: an approver who did not draft it."""
    return (
        tender.state == Tender.State.DRAFT
        and user.pk != tender.drafted_by_id
        and has_role(user, tender.bureau, Role.APPROVER)
    )


def may_admit(user: User, lot: Lot) -> bool:
    """The buyer's approving officer, once a framework's lot is ranked."""
    return (
        lot.state == Lot.State.RANKED
        and method_of(lot.tender).ending == Ending.ADMISSION
        and has_role(user, lot.tender.bureau, Role.APPROVER)
    )


def may_agree_price(user: User, lot: Lot) -> bool:
    """The bureau's officers, with a single source that has been opened."""
    return (
        lot.state == Lot.State.EVALUATING
        and method_of(lot.tender).rounds == Rounds.AGREEMENT
        and may_manage(user, lot.tender)
    )


def may_order(user: User, lot: Lot) -> bool:
    """The buyer's officers, under a framework that has admitted its suppliers."""
    return (
        lot.state == Lot.State.AWARDED
        and method_of(lot.tender).ending == Ending.ADMISSION
        and may_manage(user, lot.tender)
    )


def may_choose_for(user: User, resident: Resident, lot: Lot) -> bool:
    """The resident, or who acts for them, living where the lot's service is given."""
    return (
        lot.state == Lot.State.AWARDED
        and method_of(lot.tender).ending == Ending.ADMISSION
        and resident.state == Resident.State.ACTIVE
        and resident.region_id.startswith(lot.place.prefix)
        and may_act_for(user, resident)
    )


def may_answer_call_off(user: User, call_off: CallOff) -> bool:
    """The provider's owner, bid writer or signatory."""
    return call_off.supplier is not None and has_role(user, call_off.supplier, Role.OWNER, Role.BIDDER, Role.SIGNATORY)


def may_end_call_off(user: User, call_off: CallOff) -> bool:
    """Whoever may end the contract of the order: an officer or approver of the buyer."""
    return has_role(user, call_off.lot.tender.bureau, Role.OFFICER, Role.APPROVER)


def may_decide_challenge(user: User, challenge: Challenge) -> bool:
    """The buyer's officers answer for their bureau."""
    return may_manage(user, challenge.tender)


def may_review_complaint(user: User, complaint: Complaint) -> bool:
    """Officers of the finance department that it was filed with."""
    return has_role(user, complaint.reviewer, Role.OFFICER, Role.APPROVER)


def may_read_challenge(user: User, challenge: Challenge) -> bool:
    """Decided ones are everybody's; before, only those whom it concerns."""
    return challenge.state in (Challenge.State.UPHELD, Challenge.State.REJECTED) or (
        user.is_authenticated and Challenge.objects.visible_to(user).filter(pk=challenge.pk).exists()
    )
