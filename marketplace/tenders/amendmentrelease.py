"""Questions and amendments as open data: `tender.enquiries` and `tender.amendments` of OCDS 1.1."""

import datetime

from django.urls import reverse

from marketplace.opendata import parts
from marketplace.opendata.actions import publish_release
from marketplace.parties.models import User

from .chinese import in_chinese
from .models import Amendment, Tender
from .ocds import notice_parts, ocid_of


@in_chinese
def release_amendment(tender: Tender, *, at: datetime.datetime, by: User) -> None:
    """The notice as it now stands, with everything that was asked and changed so far."""
    content = notice_parts(tender)
    enquiries = [
        {
            "id": f"question-{number}",
            "date": parts.moment(question.asked_at),
            "description": question.text,
            "answer": question.answer,
            "dateAnswered": parts.moment(question.answered_at),
        }
        for number, question in enumerate(tender.questions.answered(), start=1)
    ]
    amendments = [
        {
            "id": f"amendment-{amendment.number}",
            "date": parts.moment(amendment.published_at),
            "rationale": amendment.reason,
            "description": f"{amendment.get_weight_display()} {reverse('tenders:changes', args=[tender.number])}",
        }
        for amendment in Amendment.objects.published().filter(tender=tender)
    ]
    content["tender"] |= {"hasEnquiries": bool(enquiries)}
    content["tender"] |= {"enquiries": enquiries} if enquiries else {}
    content["tender"] |= {"amendments": amendments} if amendments else {}
    publish_release(ocid_of(tender), tags=["tenderAmendment"], parts=content, at=at, by=by)
