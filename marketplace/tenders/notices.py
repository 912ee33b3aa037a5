"""Who is told what, after commit, each in their own language."""

import uuid
from collections.abc import Iterable

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Membership, Organisation, Role, User

from .models import Bid, CallOff, Envelope, Lot, MethodChange, Panel, Panellist, Tender
from .queries.results import is_told


def people_of(organisations: Iterable[Organisation | uuid.UUID], *roles: Role) -> list[User]:
    """Who holds one of the roles there today."""
    seats = Membership.objects.filter(organisation__in=organisations, role__in=roles, ended_at=None).values("user_id")
    return list(User.objects.filter(pk__in=seats, is_active=True))


def bidders_of(tender: Tender) -> list[User]:
    """The people of everyone whose bid stands."""
    standing = tender.envelopes.exclude(state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])
    return people_of([envelope.supplier_id for envelope in standing], Role.BIDDER, Role.OWNER)


def buyers_of(tender: Tender) -> list[User]:
    """The bureau's procurement people."""
    return people_of([tender.bureau_id], Role.OFFICER, Role.APPROVER)


def tender_of(pk: str) -> Tender:
    """With its buyer."""
    return Tender.objects.select_related("bureau").get(pk=pk)


@task
def tell_returned(pk: str) -> None:
    """The drafter: the second officer wants changes."""
    tender = tender_of(pk)
    tell(
        [tender.drafted_by],
        template="tenders/returned",
        context={"tender": tender},
        url=tender.get_desk_url(),
        about=tender,
        key=f"tender-returned-{pk}-{tender.submitted_at.isoformat() if tender.submitted_at else ''}",
    )


@task
def tell_published(pk: str) -> None:
    """The drafter and the custodians: it is out, and who holds the key."""
    tender = tender_of(pk)
    tell(
        buyers_of(tender),
        template="tenders/published",
        context={"tender": tender},
        url=tender.get_absolute_url(),
        about=tender,
        key=f"tender-published-{pk}",
    )
    tell(
        [custodian.user for custodian in tender.custodians.select_related("user")],
        template="tenders/key_in_your_hands",
        context={"tender": tender},
        url=tender.get_absolute_url(),
        about=tender,
        key=f"tender-custody-{pk}",
    )


@task
def tell_sealed(pk: str) -> None:
    """The bidder's people: your receipt."""
    envelope = Envelope.objects.select_related("tender", "supplier").get(pk=pk)
    tell(
        people_of([envelope.supplier_id], Role.BIDDER, Role.OWNER),
        template="tenders/sealed",
        context={"envelope": envelope, "tender": envelope.tender},
        url=reverse("tenders:bid", args=[envelope.tender.number]),
        about=envelope,
        key=f"bid-sealed-{pk}",
    )


@task
def tell_closed(pk: str) -> None:
    """The custodians and the buyer: the deadline is past, open."""
    tender = tender_of(pk)
    people = [custodian.user for custodian in tender.custodians.select_related("user")]
    tell(
        {user.pk: user for user in [*people, *buyers_of(tender)]}.values(),
        template="tenders/closed",
        context={"tender": tender},
        url=reverse("tenders:opening", args=[tender.number]),
        about=tender,
        key=f"tender-closed-{pk}",
    )


@task
def tell_second_custodian(pk: str) -> None:
    """The other custodians: one share is in, yours is needed within the half hour."""
    tender = tender_of(pk)
    waiting = tender.custodians.filter(unlocked_at=None).select_related("user")
    tell(
        [custodian.user for custodian in waiting],
        template="tenders/second_share",
        context={"tender": tender},
        url=reverse("tenders:opening", args=[tender.number]),
        about=tender,
    )


@task
def tell_opened(pk: str) -> None:
    """Everyone who bid, and the buyer: the record of the opening."""
    tender = tender_of(pk)
    tell(
        [*bidders_of(tender), *buyers_of(tender)],
        template="tenders/opened",
        context={"tender": tender},
        url=reverse("tenders:opening", args=[tender.number]),
        about=tender,
        key=f"tender-opened-{pk}",
    )


@task
def tell_appointed(pk: str) -> None:
    """The experts: you have been drawn."""
    panel = Panel.objects.select_related("tender__bureau").get(pk=pk)
    for member in panel.members.filter(state=Panellist.State.APPOINTED).select_related("user"):
        tell(
            [member.user],
            template="tenders/appointed",
            context={"tender": panel.tender},
            url=reverse("tenders:assignment", args=[member.pk]),
            about=panel.tender,
            key=f"panel-appointed-{member.pk}",
        )


@task
def tell_bidders(lot_pk: str) -> None:
    """The winner; each loser with their own scores and rank; those who were excluded with the reason (REG 43)."""
    lot = Lot.objects.select_related("tender__bureau").get(pk=lot_pk)
    result = reverse("tenders:result", args=[lot.tender.number])
    templates = {
        Bid.State.WON: "tenders/won",
        Bid.State.ADMITTED: "tenders/admitted",
        Bid.State.LOST: "tenders/lost",
        Bid.State.EXCLUDED: "tenders/excluded",
    }
    for bid in lot.bids.select_related("supplier", "lot"):
        if bid.state in templates:
            tell(
                people_of([bid.supplier_id], Role.BIDDER, Role.OWNER),
                template=templates[Bid.State(bid.state)],
                context={"bid": bid, "lot": lot, "tender": lot.tender},
                url=reverse("tenders:letter", args=[bid.pk]) if is_told(bid) else result,
                about=bid,
                key=f"bid-decided-{bid.pk}-{lot.awards.count()}",
            )


@task
def tell_ended(pk: str) -> None:
    """Everyone who bid, and the buyer: no award, and why (GPL 37)."""
    tender = tender_of(pk)
    tell(
        [*bidders_of(tender), *buyers_of(tender)],
        template="tenders/ended",
        context={"tender": tender},
        url=tender.get_absolute_url(),
        about=tender,
        key=f"tender-ended-{pk}",
    )


def _call_off(pk: str) -> CallOff:
    return CallOff.objects.select_related("lot__tender__bureau", "supplier", "created_by", "resident").get(pk=pk)


def _tell_of_order(people: list[User], template: str, call_off: CallOff) -> None:
    tell(
        people,
        template=f"tenders/{template}",
        context={"call_off": call_off, "tender": call_off.lot.tender},
        url=call_off.get_absolute_url(),
        about=call_off,
        key=f"{template}-{call_off.pk}-{call_off.state}",
    )


@task
def tell_ordered(pk: str) -> None:
    """The provider: an order has come."""
    call_off = _call_off(pk)
    _tell_of_order(people_of([call_off.supplier_id], Role.OWNER, Role.BIDDER, Role.SIGNATORY), "ordered", call_off)


@task
def tell_chosen(pk: str) -> None:
    """The buyer: a resident has chosen, confirm."""
    call_off = _call_off(pk)
    _tell_of_order(buyers_of(call_off.lot.tender), "chosen", call_off)


@task
def tell_quotes_wanted(pk: str) -> None:
    """Every admitted provider: quote until then."""
    call_off = _call_off(pk)
    admitted = list(call_off.lot.admissions.values_list("supplier", flat=True))
    _tell_of_order(people_of(admitted, Role.OWNER, Role.BIDDER), "quotes_wanted", call_off)


@task
def tell_call_off_answered(pk: str) -> None:
    """The buyer, the provider and who chose it: how it ended or went on."""
    call_off = _call_off(pk)
    people = [*buyers_of(call_off.lot.tender), call_off.created_by]
    if call_off.supplier_id:
        people += people_of([call_off.supplier_id], Role.OWNER, Role.BIDDER)
    _tell_of_order(list({user.pk: user for user in people}.values()), "call_off_answered", call_off)


@task
def tell_invited(pk: str) -> None:
    """Those who may bid when not everyone may: the invitation (REG, Order 87 Article 14)."""
    tender = tender_of(pk)
    tell(
        people_of(list(tender.invitations.values_list("supplier", flat=True)), Role.OWNER, Role.BIDDER),
        template="tenders/invited",
        context={"tender": tender},
        url=tender.get_absolute_url(),
        about=tender,
        key=f"tender-invited-{pk}",
    )


@task
def tell_method_change(pk: str) -> None:
    """The finance department that was asked; when it has decided, the bureau."""
    change = MethodChange.objects.select_related("tender__bureau", "reviewer").get(pk=pk)
    is_asked = change.state == MethodChange.State.PROPOSED
    tell(
        people_of([change.reviewer_id], Role.APPROVER) if is_asked else buyers_of(change.tender),
        template="tenders/method_change_asked" if is_asked else "tenders/method_change_decided",
        context={"change": change, "tender": change.tender},
        url=change.get_absolute_url(),
        about=change.tender,
        key=f"method-change-{pk}-{change.state}",
    )
