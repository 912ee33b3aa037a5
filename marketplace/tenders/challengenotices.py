"""Who is told what of queries, challenges and complaints, after commit."""

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Role

from .models import Challenge, Complaint, Query, Tender
from .notices import bidders_of, buyers_of, people_of

SPEAKERS = (Role.BIDDER, Role.OWNER, Role.SIGNATORY)


def _query(pk: str) -> Query:
    return Query.objects.select_related("tender__bureau", "supplier").get(pk=pk)


def _challenge(pk: str) -> Challenge:
    return Challenge.objects.select_related("tender__bureau", "supplier").get(pk=pk)


def _complaint(pk: str) -> Complaint:
    return Complaint.objects.select_related("challenge__tender__bureau", "challenge__supplier", "reviewer").get(pk=pk)


@task
def tell_query_asked(pk: str) -> None:
    """The buyer: a supplier asks, answer by then."""
    query = _query(pk)
    tell(
        buyers_of(query.tender),
        template="tenders/query_asked",
        context={"query": query, "tender": query.tender},
        url=reverse("tenders:challenges", args=[query.tender.number]),
        about=query.tender,
        key=f"query-asked-{pk}",
    )


@task
def tell_query_answered(pk: str) -> None:
    """The supplier: the answer."""
    query = _query(pk)
    tell(
        people_of([query.supplier_id], *SPEAKERS),
        template="tenders/query_answered",
        context={"query": query, "tender": query.tender},
        url=reverse("tenders:challenges", args=[query.tender.number]),
        about=query.tender,
        key=f"query-answered-{pk}",
    )


@task
def tell_challenge_lodged(pk: str) -> None:
    """The buyer: reply by then; signing waits."""
    challenge = _challenge(pk)
    tell(
        buyers_of(challenge.tender),
        template="tenders/challenge_lodged",
        context={"challenge": challenge, "tender": challenge.tender},
        url=challenge.get_absolute_url(),
        about=challenge.tender,
        key=f"challenge-lodged-{pk}",
    )


@task
def tell_challenge_ended(pk: str) -> None:
    """The challenger and the suppliers concerned: the reply (GPL 53); the buyer when it was withdrawn."""
    challenge = _challenge(pk)
    suppliers = [challenge.supplier_id, *challenge.affected.values_list("pk", flat=True)]
    tell(
        [*people_of(suppliers, *SPEAKERS), *buyers_of(challenge.tender)],
        template="tenders/challenge_ended",
        context={"challenge": challenge, "tender": challenge.tender},
        url=challenge.get_absolute_url(),
        about=challenge.tender,
        key=f"challenge-ended-{pk}",
    )


@task
def tell_complaint(pk: str, what: str) -> None:
    """The finance department on filing; the parties and the suppliers concerned on everything after."""
    complaint = _complaint(pk)
    challenge = complaint.challenge
    people = [*people_of([challenge.supplier_id], *SPEAKERS), *people_of([complaint.reviewer_id], Role.OFFICER)]
    if what not in ("filed", "correcting", "refused"):
        people += [*buyers_of(challenge.tender), *bidders_of(challenge.tender)]
    tell(
        {user.pk: user for user in people}.values(),
        template="tenders/complaint",
        context={"complaint": complaint, "challenge": challenge, "tender": challenge.tender, "what": what},
        url=challenge.get_absolute_url(),
        about=challenge.tender,
        key=f"complaint-{what}-{pk}-{complaint.check_due_at.date().isoformat()}",
    )


@task
def tell_overdue(kind: str, pk: str) -> None:
    """Who owes an answer or a decision."""
    if kind == "complaint":
        complaint = _complaint(pk)
        tender, url = complaint.challenge.tender, complaint.challenge.get_absolute_url()
        people = people_of([complaint.reviewer_id], Role.OFFICER, Role.APPROVER)
    elif kind == "challenge":
        challenge = _challenge(pk)
        tender, url = challenge.tender, challenge.get_absolute_url()
        people = buyers_of(tender)
    else:
        tender = _query(pk).tender if kind == "query" else Tender.objects.select_related("bureau").get(pk=pk)
        url, people = tender.get_desk_url(), buyers_of(tender)
    tell(people, template="tenders/overdue", context={"tender": tender, "kind": kind}, url=url, about=tender)
