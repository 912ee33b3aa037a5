"""What of a tender is open data: its part of an OCDS 1.1 release, published when the fact happens."""

import datetime
from typing import Any

from django.urls import reverse

from marketplace.opendata import parts
from marketplace.opendata.actions import ocid_for, publish_release
from marketplace.parties.models import User

from .chinese import in_chinese
from .consortia import members_by_lead
from .disclosure import untold_lots
from .methods import method_of
from .models import Admission, Award, Envelope, Intention, Lot, Opening, Tender

STATES = {
    Tender.State.PUBLISHED: "active",
    Tender.State.CLOSED: "active",
    Tender.State.EVALUATING: "active",
    Tender.State.AWARDED: "complete",
    Tender.State.FAILED: "unsuccessful",
    Tender.State.CANCELLED: "cancelled",
}


def ocid_of(tender: Tender) -> str:
    """The open contracting id: the same for the tender, its awards and its contracts."""
    return ocid_for("tender", tender.number or "")


def ocid_of_intention(intention: Intention) -> str:
    """A planning process of its own: the tenders that follow name it as related."""
    return ocid_for("intention", intention.number)


@in_chinese
def release_intention(intention: Intention, *, at: datetime.datetime, by: User) -> None:
    """What will be bought, told thirty days ahead: a planning release with its plannedProcurementNotice."""
    line = intention.plan_line.budget_line
    publish_release(
        ocid_of_intention(intention),
        tags=["planning"],
        parts={
            "title": intention.title,
            "parties": [parts.party(intention.bureau, "buyer", "procuringEntity")],
            "buyer": parts.reference(intention.bureau),
            "planning": {
                "rationale": intention.about,
                "budget": {
                    "id": f"{line.year}-{line.code}",
                    "description": line.name,
                    "amount": parts.value(intention.amount),
                    "project": line.fund.name,
                },
                "documents": [
                    parts.document(
                        "intention",
                        "plannedProcurementNotice",
                        intention.title,
                        path=intention.get_absolute_url(),
                        published=at,
                    )
                ],
                "milestones": [
                    {
                        "id": "start",
                        "type": "preProcurement",
                        "title": "预计采购时间",
                        "dueDate": parts.moment(intention.planned_for),
                        "status": "scheduled",
                    }
                ],
            },
        },
        at=at,
        by=by,
    )


@in_chinese
def release_tender(tender: Tender, *, at: datetime.datetime, by: User) -> None:
    """The notice."""
    publish_release(ocid_of(tender), tags=["planning", "tender"], parts=notice_parts(tender), at=at, by=by)


def notice_parts(tender: Tender) -> dict[str, Any]:
    """Everything that the notice says."""
    return {
        "title": tender.title,
        "parties": [parts.party(tender.bureau, "buyer", "procuringEntity")],
        "buyer": parts.reference(tender.bureau),
        "planning": _planning(tender),
        "tender": _tender(tender),
        **_related(tender),
    }


@in_chinese
def release_opening(tender: Tender, *, at: datetime.datetime, by: User) -> None:
    """Who bid, and for how much where prices are read out at the opening."""
    if tender.state == Tender.State.FAILED:
        return  # release_end has told it all
    publish_release(ocid_of(tender), tags=["tenderUpdate"], parts=_with_bids(tender), at=at, by=by)


@in_chinese
def release_end(tender: Tender, *, at: datetime.datetime, by: User) -> None:
    """No award: failed or cancelled, with the reason."""
    content = _with_bids(tender) if Opening.objects.filter(tender=tender).exists() else _bare(tender)
    content["tender"]["statusDetails"] = tender.why_ended
    tag = "tenderCancellation" if tender.state == Tender.State.CANCELLED else "tenderUpdate"
    publish_release(ocid_of(tender), tags=[tag], parts=content, at=at, by=by)


@in_chinese
def release_award(award: Award, *, at: datetime.datetime, by: User) -> None:
    """The buyer's decision on one lot, and what became of the bids since the opening: who was excluded on the way."""
    tender = award.lot.tender
    content = _with_bids(tender)
    winners = [award.supplier, *members_by_lead(tender)[award.supplier_id]]
    content["parties"] = parts.merge_parties(
        *content["parties"], *(parts.party(winner, "supplier", "tenderer") for winner in winners)
    )
    content["awards"] = [
        {
            "id": award_id(award),
            "title": award.lot.title,
            "status": "active",
            "date": parts.moment(award.awarded_at),
            "value": parts.value(award.amount),
            "suppliers": [parts.reference(winner) for winner in winners],
            "relatedLots": [lot_id(award.lot)],
            "documents": [
                parts.document(
                    f"{award_id(award)}-notice",
                    "awardNotice",
                    award.lot.title,
                    path=reverse("tenders:result", args=[tender.number]),
                    published=award.awarded_at,
                )
            ],
        }
    ]
    publish_release(ocid_of(tender), tags=["award"], parts=content, at=at, by=by)


@in_chinese
def release_admissions(lot: Lot, admissions: list[Admission], *, at: datetime.datetime, by: User) -> None:
    """Who was admitted to a framework's lot: one award with several suppliers; orders follow as call-offs."""
    tender = lot.tender
    content = _bare(tender)
    content["parties"] = parts.merge_parties(
        *content["parties"], *(parts.party(one.supplier, "supplier", "tenderer") for one in admissions)
    )
    content["awards"] = [
        {
            "id": f"award-{lot.position}",
            "title": lot.title,
            "status": "active",
            "date": parts.moment(at),
            "suppliers": [parts.reference(one.supplier) for one in admissions],
            "relatedLots": [lot_id(lot)],
        }
    ]
    publish_release(ocid_of(tender), tags=["award"], parts=content, at=at, by=by)


@in_chinese
def release_award_ended(award: Award, *, at: datetime.datetime, by: User) -> None:
    """An award that was declined or annulled."""
    content = _bare(award.lot.tender)
    content["awards"] = [
        {
            "id": award_id(award),
            "title": award.lot.title,
            "status": "unsuccessful" if award.state == Award.State.DECLINED else "cancelled",
            "date": parts.moment(award.awarded_at),
            "value": parts.value(award.amount),
            "suppliers": [parts.reference(award.supplier)],
            "relatedLots": [lot_id(award.lot)],
            "description": award.end_reason,
        }
    ]
    content["parties"] = parts.merge_parties(*content["parties"], parts.party(award.supplier, "supplier", "tenderer"))
    publish_release(ocid_of(award.lot.tender), tags=["awardUpdate"], parts=content, at=at, by=by)


def award_id(award: Award) -> str:
    """The award's id in the open data: what a contract's awardID names. A later award of the lot counts on."""
    earlier = Award.objects.filter(lot=award.lot_id, awarded_at__lt=award.awarded_at).count()
    return f"award-{award.lot.position}" + (f"-{earlier + 1}" if earlier else "")


def lot_id(lot: Lot) -> str:
    return f"lot-{lot.position}"


def _bare(tender: Tender) -> dict[str, Any]:
    return {
        "parties": [parts.party(tender.bureau, "buyer", "procuringEntity")],
        "buyer": parts.reference(tender.bureau),
        "tender": {"id": tender.number, "title": tender.title, "status": STATES[Tender.State(tender.state)]},
    }


def _related(tender: Tender) -> dict[str, Any]:
    """The planning process that led here."""
    intention = Intention.objects.filter(plan_line=tender.plan_line_id).first() if tender.plan_line_id else None
    if intention is None:
        return {}
    return {
        "relatedProcesses": [
            {
                "id": "intention",
                "relationship": ["planning"],
                "title": intention.title,
                "scheme": "ocid",
                "identifier": ocid_of_intention(intention),
            }
        ]
    }


def _planning(tender: Tender) -> dict[str, Any]:
    line = tender.budget_line
    if line is None:
        return {"rationale": tender.title}
    return {
        "budget": {
            "id": f"{line.year}-{line.code}",
            "description": line.name,
            "amount": parts.value(tender.ceiling),
            "project": line.fund.name,
        }
    }


def _tender(tender: Tender) -> dict[str, Any]:
    lots = list(tender.lots.select_related("category", "place"))
    text = {"description": tender.about} if tender.about else {}
    english = {"title_en": tender.title_en} if tender.title_en else {}
    return {
        "id": tender.number,
        "title": tender.title,
        **english,
        **text,
        "status": STATES[Tender.State(tender.state)],
        "procuringEntity": parts.reference(tender.bureau),
        "mainProcurementCategory": "services",
        "procurementMethod": method_of(tender).ocds,
        "procurementMethodDetails": str(tender.get_method_display()),
        "awardCriteria": "ratedCriteria",
        "submissionMethod": ["electronicSubmission"],
        "value": parts.value(tender.ceiling),
        "tenderPeriod": parts.period(tender.published_at, tender.bids_due_at),
        "enquiryPeriod": parts.period(tender.published_at, tender.questions_until),
        "items": [
            {
                "id": f"item-{lot.position}",
                "description": lot.title,
                "classification": {
                    "scheme": "MINFU-CATEGORY",
                    "id": lot.category.code,
                    "description": lot.category.name,
                },
                "quantity": lot.term_months,
                "unit": {"name": "月"},
                "relatedLot": lot_id(lot),
            }
            for lot in lots
        ],
        "lots": [
            {
                "id": lot_id(lot),
                "title": lot.title,
                **({"description": lot.description} if lot.description else {}),
                "value": parts.value(lot.ceiling),
            }
            for lot in lots
        ],
        "documents": [
            parts.document(
                "notice",
                "tenderNotice",
                tender.title,
                path=reverse("tenders:detail", args=[tender.number]),
                published=tender.published_at,
            ),
            *(
                parts.document(
                    f"document-{number}",
                    "biddingDocuments",
                    document.title,
                    path=reverse("tenders:document", args=[document.pk]),
                    published=tender.published_at,
                    format=document.content_type,
                )
                for number, document in enumerate(tender.documents.current(), start=1)
            ),
        ],
    }


def _with_bids(tender: Tender) -> dict[str, Any]:
    envelopes = list(
        tender.envelopes.exclude(state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])
        .select_related("supplier__region")
        .prefetch_related("bids__lot")
    )
    content = _bare(tender)
    content["tender"]["numberOfTenderers"] = len(envelopes)
    if not envelopes:
        return content
    together = members_by_lead(tender)
    bidders = {envelope.pk: [envelope.supplier, *together[envelope.supplier_id]] for envelope in envelopes}
    everyone = [bidder for group in bidders.values() for bidder in group]
    content["parties"] = parts.merge_parties(
        *content["parties"], *(parts.party(bidder, "tenderer") for bidder in everyone)
    )
    content["tender"]["tenderers"] = [parts.reference(bidder) for bidder in everyone]
    untold = untold_lots(tender)
    details = [
        {
            "id": f"bid-{number}-{bid.lot.position}",
            "date": parts.moment(envelope.submitted_at),
            "status": "disqualified" if bid.state == "excluded" else "valid",
            "tenderers": [parts.reference(bidder) for bidder in bidders[envelope.pk]],
            **({} if bid.lot_id in untold else {"value": parts.value(bid.amount)}),
            "relatedLots": [lot_id(bid.lot)],
        }
        for number, envelope in enumerate(envelopes, start=1)
        for bid in envelope.bids.all()
    ]
    if details:
        content["bids"] = {"details": details}
    return content
