"""Who is told while a tender takes bids: of questions and answers, changes, consortia, bonds."""

import datetime
import uuid

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Role

from .models import Amendment, BidBond, Outage, Partner, Question, Tender
from .notices import buyers_of, people_of
from .queries.amendments import interested_in, unconfirmed_amendments
from .queries.outages import Kind


def _changes_url(tender: Tender) -> str:
    return reverse("tenders:changes", args=[tender.number])


@task
def tell_asked(pk: str) -> None:
    """The buyer: a question waits. Not from whom."""
    question = Question.objects.select_related("tender__bureau").get(pk=pk)
    tell(
        buyers_of(question.tender),
        template="tenders/asked",
        context={"tender": question.tender, "question": question},
        url=reverse("tenders:answer", args=[question.pk]),
        about=question.tender,
        key=f"question-asked-{pk}",
    )


@task
def tell_answered(pk: str) -> None:
    """Everyone who works on a bid, the asker among them: a question was answered."""
    question = Question.objects.select_related("tender__bureau").get(pk=pk)
    tell(
        people_of(interested_in(question.tender), Role.BIDDER, Role.OWNER),
        template="tenders/answered",
        context={"tender": question.tender, "question": question},
        url=_changes_url(question.tender),
        about=question.tender,
        key=f"question-answered-{pk}",
    )


@task
def tell_amendment_proposed(pk: str) -> None:
    """The approving officers: a change waits for a second pair of eyes."""
    amendment = Amendment.objects.select_related("tender__bureau").get(pk=pk)
    tell(
        [
            user
            for user in people_of([amendment.tender.bureau_id], Role.APPROVER)
            if user.pk != amendment.proposed_by_id
        ],
        template="tenders/amendment_proposed",
        context={"tender": amendment.tender, "amendment": amendment},
        url=reverse("tenders:amendment", args=[amendment.pk]),
        about=amendment.tender,
        key=f"amendment-proposed-{pk}",
    )


@task
def tell_amended(pk: str) -> None:
    """Everyone who works on a bid; those whose bid is sealed already are asked to say that it stands."""
    amendment = Amendment.objects.select_related("tender__bureau").get(pk=pk)
    tender = amendment.tender
    to_confirm = [
        envelope.supplier
        for envelope in tender.envelopes.standing().select_related("supplier")
        if unconfirmed_amendments(envelope).exists()
    ]
    asked = people_of(to_confirm, Role.BIDDER, Role.OWNER)
    tell(
        asked,
        template="tenders/confirm",
        context={"tender": tender, "amendment": amendment},
        url=reverse("tenders:bid", args=[tender.number]),
        about=tender,
        key=f"amendment-confirm-{pk}",
    )
    told = {user.pk for user in asked}
    others = [user for user in people_of(interested_in(tender), Role.BIDDER, Role.OWNER) if user.pk not in told]
    tell(
        [*others, *buyers_of(tender)],
        template="tenders/amended",
        context={"tender": tender, "amendment": amendment},
        url=_changes_url(tender),
        about=tender,
        key=f"amendment-published-{pk}",
    )


@task
def tell_partner_asked(pk: str) -> None:
    """The partner: you are asked to bid together."""
    partner = Partner.objects.select_related("tender__bureau", "lead").get(pk=pk)
    tell(
        people_of([partner.member_id], Role.BIDDER, Role.OWNER),
        template="tenders/partner_asked",
        context={"tender": partner.tender, "partner": partner},
        url=reverse("tenders:partner", args=[partner.pk]),
        about=partner.tender,
        key=f"partner-asked-{pk}",
    )


@task
def tell_partner_answered(pk: str) -> None:
    """The lead: the partner takes part, or does not."""
    partner = Partner.objects.select_related("tender__bureau", "member").get(pk=pk)
    tell(
        people_of([partner.lead_id], Role.BIDDER, Role.OWNER),
        template="tenders/partner_answered",
        context={"tender": partner.tender, "partner": partner},
        url=reverse("tenders:consortium", args=[partner.tender.number]),
        about=partner.tender,
        key=f"partner-answered-{pk}-{partner.state}",
    )


@task
def tell_bond_released(pk: str) -> None:
    """The bidder: your bid bond goes back."""
    bond = BidBond.objects.select_related("tender__bureau", "supplier").get(pk=pk)
    tell(
        people_of([bond.supplier_id], Role.BIDDER, Role.OWNER, Role.FINANCE),
        template="tenders/bond_released",
        context={"tender": bond.tender, "bond": bond},
        url=reverse("tenders:bond", args=[bond.tender.number]),
        about=bond.tender,
        key=f"bond-released-{pk}",
    )


@task
def tell_extended(outage_pk: str, tender_pk: str, kind: str, due: str, suppliers: list[str]) -> None:
    """Who runs against a deadline that an outage hit: until when there is time now."""
    tender = Tender.objects.get(pk=tender_pk)
    tell(
        people_of([uuid.UUID(supplier) for supplier in suppliers], Role.BIDDER, Role.OWNER, Role.SIGNATORY),
        template="tenders/extended",
        context={
            "outage": Outage.objects.get(pk=outage_pk),
            "tender": tender,
            "what": Kind(kind).label,
            "due": datetime.datetime.fromisoformat(due),
        },
        url=reverse("desk"),  # each of these waits there, with its way
        about=tender,
        key=f"extended-{outage_pk}-{tender_pk}-{kind}-{due}",
    )
