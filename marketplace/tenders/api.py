"""Tenders over the JSON API: read by anyone, bid by suppliers."""

import datetime
import uuid
from collections.abc import Callable
from contextlib import closing
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import File, Form, Query, Router, Schema
from ninja.decorators import decorate_view
from ninja.files import UploadedFile
from pydantic import Field, ValidationError

from marketplace.pages.spools import Spool
from marketplace.pages.uploadhandlers import SpoolingUploadHandler
from marketplace.pages.uploads import check_file
from marketplace.papers.documents import receipt_file
from marketplace.parties.api import Problem, bearer, idempotent
from marketplace.search.queries import matching_ids

from .actions import deliver_promised, submit_bid
from .bidcontent import MOST_BYTES, BidContent, BidFile
from .indexing import KIND
from .models import Envelope, Lot, PromisedFile, Tender
from .models.bid import SEALED
from .ocds import ocid_of
from .queries.public import public_tender, public_tenders

router = Router(tags=["Tenders"])
FILE_KINDS = ("pdf", "docx", "xlsx", "png", "jpeg")
MOST_A_PAGE = 100


class LotAnswer(Schema):
    id: str
    position: int
    title: str
    description: str
    category: str
    place: str
    ceiling: int
    term_months: int
    state: str
    awarded_to: str | None
    awarded_amount: int | None


class TenderAnswer(Schema):
    number: str
    ocid: str
    title: str
    title_en: str
    buyer: str
    buyer_uscc: str
    method: str
    state: str
    region: str | None
    ceiling: int
    published_at: datetime.datetime
    bids_due_at: datetime.datetime
    url: str


class CriterionAnswer(Schema):
    part: str
    name: str
    guidance: str
    weight: float


class DocumentAnswer(Schema):
    title: str
    name: str
    size: int
    sha256: str


class WholeTenderAnswer(TenderAnswer):
    about: str
    documents_until: datetime.date | None
    questions_until: datetime.datetime | None
    public_key: str
    reason: str
    lots: list[LotAnswer]
    criteria: list[CriterionAnswer]
    documents: list[DocumentAnswer]


class TenderPageAnswer(Schema):
    tenders: list[TenderAnswer]
    next_offset: int | None


def _row(tender: Tender, request: HttpRequest) -> dict[str, Any]:
    return {
        "number": tender.number,
        "ocid": ocid_of(tender),
        "title": tender.title,
        "title_en": tender.title_en,
        "buyer": tender.bureau.name,
        "buyer_uscc": tender.bureau.uscc,
        "method": tender.method,
        "state": tender.state,
        "region": tender.region_id,
        "ceiling": tender.ceiling,
        "published_at": tender.published_at,
        "bids_due_at": tender.bids_due_at,
        "url": request.build_absolute_uri(tender.get_absolute_url()),
    }


class TenderQuery(Schema):
    q: str = ""
    category: str = ""
    region: str = ""
    state: str = ""
    since: datetime.date | None = None
    offset: int = Field(0, ge=0)
    limit: int = Field(25, ge=1, le=MOST_A_PAGE)


@router.get("", response=TenderPageAnswer, summary="Published tenders, newest first")
def list_tenders(request: HttpRequest, query: Query[TenderQuery]) -> dict[str, Any]:
    rows = public_tenders()
    if query.q:
        rows = rows.filter(pk__in=matching_ids(query.q, KIND))
    if query.category:
        rows = rows.filter(pk__in=Lot.objects.filter(category=query.category).values("tender"))
    if query.region:
        rows = rows.filter(region__code__startswith=query.region.rstrip("0") or query.region)
    if query.state:
        rows = rows.filter(state=query.state)
    if query.since:
        rows = rows.filter(published_at__date__gte=query.since)
    found = list(rows[query.offset : query.offset + query.limit + 1])
    more = len(found) > query.limit
    return {
        "tenders": [_row(tender, request) for tender in found[: query.limit]],
        "next_offset": query.offset + query.limit if more else None,
    }


@router.get("/{number}", response=WholeTenderAnswer, summary="One tender with its lots and criteria")
def read_tender(request: HttpRequest, number: str) -> dict[str, Any]:
    tender = public_tender(number)
    lots = []
    for lot in tender.lots.all():
        award = lot.award_decision if lot.state == Lot.State.AWARDED else None
        lots.append(
            {
                "id": str(lot.pk),
                "position": lot.position,
                "title": lot.title,
                "description": lot.description,
                "category": lot.category_id,
                "place": lot.place_id,
                "ceiling": lot.ceiling,
                "term_months": lot.term_months,
                "state": lot.state,
                "awarded_to": award.supplier.name if award else None,
                "awarded_amount": award.amount if award else None,
            }
        )
    return _row(tender, request) | {
        "about": tender.about,
        "documents_until": tender.documents_until,
        "questions_until": tender.questions_until,
        "public_key": bytes(tender.public_key).hex(),
        "reason": tender.why_ended,
        "lots": lots,
        "criteria": [
            {"part": c.part, "name": c.name, "guidance": c.guidance, "weight": float(c.weight)}
            for c in tender.criteria.all()
        ],
        "documents": [
            {"title": d.title, "name": d.name, "size": d.size, "sha256": d.sha256} for d in tender.documents.all()
        ],
    }


class OfferBody(Schema):
    lot: str = Field(description="The lot's id, or its number within the tender")
    price: int = Field(description="fen", gt=0)


class PromiseBody(Schema):
    name: str = Field(description="The file's name, as it will be sent", max_length=200)
    sha256: str = Field(description="SHA-256 of the file, 64 hexadecimal digits")


class BidBody(Schema):
    """What stands in the multipart field `bid`, as JSON."""

    eligible: bool = Field(False, description="We meet every condition of taking part")
    offers: list[OfferBody]
    plan: str = ""
    contact: str = ""
    promised: list[PromiseBody] = Field([], description="Files whose fingerprint counts now; their bodies follow")


class PromiseAnswer(Schema):
    id: str
    sha256: str
    received_at: datetime.datetime | None
    due_at: datetime.datetime
    body_url: str


class BidAnswer(Schema):
    id: str
    state: str
    sha256: str
    submitted_at: datetime.datetime
    receipt_code: str
    receipt_url: str
    receipt: dict[str, Any]
    promised: list[PromiseAnswer]


def _into_a_spool(run: Callable[..., HttpResponse], *, hashed: bool = False) -> Callable[..., HttpResponse]:
    @wraps(run)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        with closing(Spool(SEALED)) as spool:
            request.spool = spool
            request.upload_handlers = [SpoolingUploadHandler(request, spool=spool, hashed=hashed)]
            return run(request, **kwargs)

    return wrapper


into_a_spool = decorate_view(_into_a_spool)
into_a_hashed_spool = decorate_view(partial(_into_a_spool, hashed=True))
"""Above `@idempotent`: what is sent is encrypted while it comes in, into the file that is kept when all is well."""


@router.post("/{number}/bids", auth=bearer, response={201: BidAnswer}, summary="Seal a bid and hand it in")
@into_a_spool
@idempotent
def hand_in_bid(
    request: HttpRequest,
    number: str,
    bid: str = Form(..., description="JSON: eligible, offers [{lot, price}], plan, contact"),
    files: list[UploadedFile] = File(default=[]),  # noqa: B008 - ninja's own way to say so
) -> Any:
    """The whole bid is encrypted to the tender's key before it is stored. An earlier bid of yours is replaced."""
    # Read again, whole and under lock, by the verb.
    tender = get_object_or_404(Tender.objects.public().only("state", "bids_due_at", "published_at"), number=number)
    try:
        body = BidBody.model_validate_json(bid)
    except ValidationError as fault:
        first = fault.errors()[0]
        detail = f"bid.{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise Problem("invalid_request", detail) from None
    for one in files:
        check_file(one, max_bytes=MOST_BYTES, kinds=FILE_KINDS)
    envelope = submit_bid(
        tender,
        request.organisation,
        BidContent(
            prices={offer.lot: offer.price for offer in body.offers},
            plan=body.plan,
            is_eligible=body.eligible,
            contact=body.contact,
            promised=[{"name": one.name, "sha256": one.sha256.lower()} for one in body.promised],
        ),
        [BidFile.uploaded(one) for one in files],
        by=request.user,
        spool=request.spool,
    )
    receipt = envelope.receipt
    return 201, {
        "id": str(envelope.pk),
        "state": envelope.state,
        "sha256": envelope.sha256,
        "submitted_at": envelope.submitted_at,
        "receipt_code": receipt.code,
        "receipt_url": request.build_absolute_uri(receipt.get_absolute_url()),
        "receipt": receipt_file(receipt),
        "promised": [_promise(one, request) for one in envelope.promised.all()] if body.promised else [],
    }


def _promise(promise: PromisedFile, request: HttpRequest) -> dict[str, Any]:
    address = reverse("api:deliver_body", kwargs={"number": promise.envelope.tender.number, "promise": promise.pk})
    return {
        "id": str(promise.pk),
        "sha256": promise.sha256,
        "received_at": promise.received_at,
        "due_at": promise.envelope.tender.bodies_due_at,
        "body_url": request.build_absolute_uri(address),
    }


@router.post(
    "/{number}/bids/promised/{promise}",
    auth=bearer,
    response=PromiseAnswer,
    summary="The body of a file whose fingerprint was handed in with a bid",
    url_name="deliver_body",
)
@into_a_hashed_spool
@idempotent
def deliver_body(
    request: HttpRequest,
    number: str,
    promise: uuid.UUID,
    file: UploadedFile = File(...),  # noqa: B008 - ninja's own way to say so
) -> Any:
    """Until `due_at`, after the deadline too. Refused with `body_differs`, `body_late`, `received_already`."""
    mine = PromisedFile.objects.filter(
        envelope__in=Envelope.objects.visible_to(request.user),
        envelope__supplier=request.organisation,
        envelope__tender__number=number,
    )
    found = get_object_or_404(mine.select_related("envelope__tender__bureau__region", "envelope__supplier"), pk=promise)
    check_file(file, max_bytes=MOST_BYTES, kinds=FILE_KINDS)
    return _promise(deliver_promised(found, file, by=request.user, spool=request.spool), request)
