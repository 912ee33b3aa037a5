"""Questions and changes of a tender, and which bids still have to say that they stand."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.parties.models import Organisation

from ..models import Amendment, BidConfirmation, Criterion, Envelope, Tender
from ..rulebook import rule_or_none

FIELDS = {
    "about": gettext_lazy("What is needed"),
    "contact_name": gettext_lazy("Contact person"),
    "contact_phone": gettext_lazy("Contact telephone"),
    "documents_until": gettext_lazy("Documents available until"),
    "questions_until": gettext_lazy("Questions until"),
    "bids_due_at": gettext_lazy("Bids due"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Service required"),
    "ceiling": gettext_lazy("Ceiling price"),
    "term_months": gettext_lazy("Term in months"),
    "long_term_reason": gettext_lazy("Why the term is longer than a year"),
    "name": pgettext_lazy("criterion", "Name"),
    "guidance": gettext_lazy("How it is judged"),
    "weight": gettext_lazy("Points"),
    "file": gettext_lazy("Tender file"),
}
MONEY, MOMENTS, DAYS = {"ceiling"}, {"questions_until", "bids_due_at"}, {"documents_until"}


def unconfirmed_amendments(envelope: Envelope) -> QuerySet[Amendment]:
    """Material amendments published after this bid was sealed, which it has not been said to stand after."""
    return (
        Amendment.objects.to_confirm()
        .filter(tender=envelope.tender_id, published_at__gt=envelope.submitted_at)
        .exclude(confirmations__envelope=envelope)
        .order_by("number")
    )


def unconfirmed_envelopes(tender: Tender) -> QuerySet[Envelope]:
    """Sealed bids that lapse at the opening unless they are confirmed; none where the rule lets them stand."""
    rule = rule_or_none(tender, "tender.unconfirmed_bid_lapses")
    if rule is None or not rule.value:
        return tender.envelopes.none()
    said = BidConfirmation.objects.filter(amendment=OuterRef("pk"), envelope=OuterRef(OuterRef("pk")))
    open_ones = (
        Amendment.objects.to_confirm()
        .filter(tender=tender, published_at__gt=OuterRef("submitted_at"))
        .filter(~Exists(said))
    )
    return tender.envelopes.standing().filter(Exists(open_ones))


@dataclass(frozen=True)
class Difference:
    """One line of an amendment: what it was, what it is now."""

    of: str
    label: Any
    before: Any
    after: Any
    kind: str  # money, moment, day or text


def differences(amendment: Amendment) -> list[Difference]:
    """As the public reads them."""
    return [
        Difference(
            of=row["of"],
            label=FIELDS[row["field"]],
            before=row["before"],
            after=row["after"],
            kind=_kind(row["field"]),
        )
        for row in amendment.changes
    ]


def _kind(field: str) -> str:
    if field in MONEY:
        return "money"
    return "moment" if field in MOMENTS else "day" if field in DAYS else "text"


def published_amendments(tender: Tender) -> list[dict[str, Any]]:
    """Newest first, each with its differences. One statement."""
    return [
        {"amendment": amendment, "differences": differences(amendment)}
        for amendment in Amendment.objects.published().filter(tender=tender).order_by("-number")
    ]


def criterion_title(criterion: Criterion) -> str:
    return _("Criterion “%(name)s”") % {"name": criterion.name}


def interested_in(tender: Tender) -> list[Organisation]:
    """Every supplier that has begun, handed in or asked something: who is told of a change."""
    return list(
        Organisation.objects.filter(
            Q(envelopes__in=tender.envelopes.standing())
            | Q(bid_drafts__tender=tender)
            | Q(tender_questions__tender=tender)
        ).distinct()
    )
