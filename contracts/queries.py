"""What the screens and exports of contracts read."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.payments.models import PaymentOrder
from marketplace.tenders.models import Award, CallOff, Challenge, Complaint, Query, Tender
from marketplace.vouchers.models import Programme, Redemption, SettlementLine

from .models import Acceptance, Bond, Contract, Deliverable, DeliveryReport, Termination
from .money import Money, money_of, shares_of, taken_back_of
from .policies import suppliers_of

__all__ = ["Money", "money_of", "shares_of"]

State = Contract.State


@dataclass
class Instalment:
    """A deliverable with its newest report, the finding on it, and its payment orders, oldest first."""

    deliverable: Deliverable
    reports: list[DeliveryReport] = field(default_factory=list)
    orders: list[PaymentOrder] = field(default_factory=list)
    taken_back: int = 0  # fen paid, given back, and not owed any more

    @property
    def order(self) -> PaymentOrder | None:
        """The newest."""
        return self.orders[-1] if self.orders else None

    @property
    def left_to_order(self) -> int:
        """Fen accepted that no order has paid or is to pay."""
        if self.acceptance is None or not self.acceptance.is_accepted:
            return 0
        spoken_for = sum(order.net if order.state == PaymentOrder.State.PAID else order.amount for order in self.orders)
        return self.acceptance.accepted_amount - spoken_for - self.taken_back

    @property
    def report(self) -> DeliveryReport | None:
        return self.reports[-1] if self.reports else None

    @property
    def acceptance(self) -> Acceptance | None:
        return finding_on(self.report) if self.report else None

    @property
    def findings(self) -> list[tuple[DeliveryReport, Acceptance | None]]:
        return [(report, finding_on(report)) for report in self.reports]


def finding_on(report: DeliveryReport) -> Acceptance | None:
    """The buyer's finding, None while the report waits."""
    try:
        return report.acceptance
    except Acceptance.DoesNotExist:
        return None


def instalments_of(contract: Contract) -> list[Instalment]:
    """Six statements."""
    deliverables = list(contract.deliverables.all().prefetch_related("reports__acceptance", "reports__reported_by"))
    orders: dict[str, list[PaymentOrder]] = defaultdict(list)
    for order in (
        PaymentOrder.objects.filter(reference__startswith=f"{contract.number}/")
        .exclude(state=PaymentOrder.State.CANCELLED)
        .select_related("bureau", "payee")
        .prefetch_related("interest_claims")
        .order_by("ordered_at", "pk")
    ):
        orders[order.reference].append(order)
    back = dict(taken_back_of(contract).order_by().values_list("order__reference").annotate(Sum("amount")))
    for deliverable in deliverables:
        deliverable.contract = contract
    return [
        Instalment(
            deliverable,
            list(deliverable.reports.all()),
            orders[deliverable.reference],
            back.get(deliverable.reference, 0),
        )
        for deliverable in deliverables
    ]


def yet_to_sign(contract: Contract) -> list[Organisation]:
    """Of the supplier and its consortium, who has not signed."""
    signed = set(contract.signings.values_list("organisation", flat=True))
    return [organisation for organisation in suppliers_of(contract) if organisation.pk not in signed]


def unsigned() -> QuerySet[Contract]:
    """With one of the sides to sign."""
    return Contract.objects.filter(state__in=[State.SENT, State.HALF_SIGNED])


def challenged_tenders() -> QuerySet[Tender]:
    """With a challenge, a query or a complaint that may stop a contract."""
    return Tender.objects.filter(
        Q(pk__in=Query.objects.filter(state=Query.State.ASKED, may_affect_result=True).values("tender"))
        | Q(pk__in=Challenge.objects.waiting().filter(affects_result=True).values("tender"))
        | Q(pk__in=Complaint.objects.filter(suspended_until__gt=clock.now()).values("challenge__tender"))
    )


def call_offs_to_draft(user: User) -> QuerySet[CallOff]:
    """Accepted orders of the person's bureaus that no contract was drafted from."""
    mine = user.memberships.filter(ended_at=None, role=Role.OFFICER).values("organisation")
    return (
        CallOff.objects.filter(lot__tender__bureau__in=mine, state=CallOff.State.ACCEPTED)
        .exclude(
            pk__in=Contract.objects.exclude(state__in=Contract.VOID_STATES).exclude(call_off=None).values("call_off")
        )
        .select_related("lot__tender", "supplier")
        .order_by("ordered_at")
    )


def deliveries_deemed_by(day: datetime.date) -> QuerySet[Deliverable]:
    """Reported, and unanswered beyond the days that their contract gives."""
    waiting = DeliveryReport.objects.filter(acceptance=None, deemed_on__lt=day)
    return Deliverable.objects.filter(
        state=Deliverable.State.DELIVERED, contract__state=State.IN_FORCE, reports__in=waiting
    ).order_by("contract_id", "position")


def bonds_to_settle() -> QuerySet[Contract]:
    """Ended early, with a bond that neither went back nor was forfeited."""
    held = Bond.objects.filter(state=Bond.State.HELD).values("contract")
    return Contract.objects.filter(state=State.TERMINATED, pk__in=held).order_by("ended_at")


def notices_to_settle() -> QuerySet[Termination]:
    """Notices of an early end that stand, the next last day of service first."""
    standing = Termination.objects.filter(state=Termination.State.NOTICED)
    return standing.select_related("contract").order_by("effective_on")


def notice_of(contract: Contract) -> Termination | None:
    """The notice that stands."""
    notice = contract.terminations.filter(state=Termination.State.NOTICED).first()
    if notice:
        notice.contract = contract
    return notice


def vouchers_of(contract: Contract) -> list[dict[str, Any]]:
    """Month by month, what the provider of an agreement redeemed, settled and was paid. Two statements."""
    redeemed = (
        Redemption.objects.filter(
            provider=contract.supplier, programme=contract.programme, redeemed_at__date__gte=contract.starts_on,
            redeemed_at__date__lte=contract.ends_on,
        )
        .order_by("-month")
        .values("month")
        .annotate(count=Count("pk"), amount=Sum("amount"))
    )  # fmt: skip
    settled = {
        row["month"]: row["amount"]
        for row in SettlementLine.objects.filter(settlement__provider=contract.supplier, programme=contract.programme)
        .order_by()
        .values("month")
        .annotate(amount=Sum("amount"))
    }
    return [row | {"settled": settled.get(row["month"], 0)} for row in redeemed[:24]]


def unpublished_payments() -> list[tuple[Deliverable, PaymentOrder]]:
    """Confirmed payments of instalments that open data does not have yet."""
    waiting = list(
        Deliverable.objects.accepted()
        .filter(payment_published_at=None)
        .annotate(
            code=Concat(F("contract__number"), Value("/"), Cast("position", CharField()), output_field=CharField())
        )
        .filter(
            code__in=PaymentOrder.objects.filter(state=PaymentOrder.State.PAID, reference__startswith="HT").values(
                "reference"
            )
        )
        .select_related("contract")
        .order_by("contract_id", "position")
    )
    orders = {
        order.reference: order  # of several the newest
        for order in PaymentOrder.objects.filter(
            reference__in=[deliverable.reference for deliverable in waiting], state=PaymentOrder.State.PAID
        )
        .select_related("bureau", "payee")
        .order_by("paid_at", "pk")
    }
    return [(deliverable, orders[deliverable.reference]) for deliverable in waiting]


def awards_to_draft(user: User) -> QuerySet[Award]:
    """Awards of the person's bureaus that no contract was drafted from."""
    mine = user.memberships.filter(ended_at=None, role=Role.OFFICER).values("organisation")
    return (
        Award.objects.filter(lot__tender__bureau__in=mine, state=Award.State.STANDING)
        .exclude(contract_lots__stands=True)
        .select_related("lot__tender", "supplier")
        .order_by("awarded_at")
    )


def fallen_awards() -> QuerySet[Award]:
    """Declined by the supplier or annulled: no contract can follow from them."""
    return Award.objects.exclude(state=Award.State.STANDING)


def programmes_to_admit_to(user: User) -> QuerySet[Programme]:
    """Programmes of the person's bureaus."""
    mine = user.memberships.filter(ended_at=None, role=Role.OFFICER).values("organisation")
    return Programme.objects.filter(bureau__in=mine).exclude(state=Programme.State.CLOSED).select_related("bureau")


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Awards to draft from, drafts to send, papers to sign, deliveries to report and to accept."""
    if organisation is None or not user.is_authenticated:
        return []
    items: list[WaitingItem] = []
    is_officer = has_role(user, organisation, Role.OFFICER)
    if is_officer:
        for award in awards_to_draft(user).filter(lot__tender__bureau=organisation)[:25]:
            items.append(
                WaitingItem(
                    _("Draft the contract: %(title)s") % {"title": award.lot.title},
                    reverse("contracts:draft", args=[award.pk]),
                )
            )
        drafts = organisation.contracts_bought.filter(state=State.DRAFT)
        fell = fallen_awards().filter(contract_lots__contract=OuterRef("pk"))
        for contract in drafts.exclude(Exists(fell))[:25]:
            items.append(
                WaitingItem(
                    _("Send for signature: %(title)s") % {"title": contract.title},
                    contract.get_absolute_url(),
                    due=contract.sign_by,
                )
            )
        for contract in drafts.filter(Exists(fell))[:25]:
            items.append(
                WaitingItem(
                    _("Discard the draft, its award fell: %(title)s") % {"title": contract.title},
                    contract.get_absolute_url(),
                    tone="bad",
                )
            )
    if has_role(user, organisation, Role.SIGNATORY):
        to_sign = Contract.objects.filter(
            Q(state=State.SENT, supplier=organisation)
            | Q(state=State.SENT, members__organisation=organisation)
            | Q(state=State.HALF_SIGNED, buyer=organisation)
        ).exclude(signings__organisation=organisation)
        for contract in to_sign[:25]:
            items.append(
                WaitingItem(
                    _("Sign the contract: %(title)s") % {"title": contract.title},
                    contract.get_absolute_url(),
                    due=contract.sign_by,
                    tone="warn",
                )
            )
    if is_officer or has_role(user, organisation, Role.FINANCE):
        for contract in bonds_to_settle().filter(buyer=organisation)[:25]:
            items.append(
                WaitingItem(
                    _("Give the bond back or forfeit it: %(title)s") % {"title": contract.title},
                    f"{contract.get_absolute_url()}#bond",
                    tone="warn",
                )
            )
    deliverables = Deliverable.objects.filter(contract__state=State.IN_FORCE).select_related("contract")
    if is_officer:
        for notice in notices_to_settle().filter(contract__buyer=organisation)[:25]:
            items.append(
                WaitingItem(
                    _("Settle the early end: %(title)s") % {"title": notice.contract.title},
                    notice.contract.get_absolute_url(),
                    due=notice.effective_on,
                    tone="warn",
                )
            )
        for deliverable in deliverables.filter(contract__buyer=organisation, state=Deliverable.State.DELIVERED)[:25]:
            items.append(
                WaitingItem(
                    _("Accept the delivery: %(contract)s, %(title)s")
                    % {"contract": deliverable.contract.title, "title": deliverable.title},
                    reverse("contracts:accept", args=[deliverable.pk]),
                    tone="warn",
                )
            )
    if has_role(user, organisation, Role.OWNER, Role.FINANCE):
        first_open = (
            Deliverable.objects.filter(
                contract=OuterRef("contract"), state__in=[Deliverable.State.PLANNED, Deliverable.State.REJECTED]
            )
            .order_by("position")
            .values("pk")[:1]
        )
        for deliverable in deliverables.filter(contract__supplier=organisation, pk=Subquery(first_open))[:25]:
            items.append(
                WaitingItem(
                    _("Report the delivery: %(contract)s, %(title)s")
                    % {"contract": deliverable.contract.title, "title": deliverable.title},
                    reverse("contracts:report", args=[deliverable.pk]),
                    due=deliverable.due_on,
                    tone="bad" if deliverable.state == Deliverable.State.REJECTED else "active",
                )
            )
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    roles = (Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.SIGNATORY, Role.OWNER)
    if organisation is None or not has_role(user, organisation, *roles):
        return []
    if organisation.kind not in (
        Organisation.Kind.BUREAU, Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE,
    ):  # fmt: skip
        return []
    words = _("Signatures, deliveries, acceptance and payment.")
    return [DeskLink(_("Contracts"), reverse("contracts:desk"), words, group=DeskGroup.MONEY)]


def history_of(contract: Contract, instalments: list[Instalment], fallen: Iterable[Award] = ()) -> list[dict[str, Any]]:
    """The contract's life for the timeline, oldest first, with the fall of its awards. One statement."""
    events: list[dict[str, Any]] = [
        {
            "at": award.ended_at,
            "title": _("Award: %(state)s") % {"state": award.get_state_display()},
            "text": award.end_reason,
            "tone": "bad",
        }
        for award in fallen
    ]
    if contract.sent_at:
        events.append({"at": contract.sent_at, "title": _("Sent for signature")})
    for signing in contract.signings.all():
        organisation = contract.supplier if signing.side == "supplier" else contract.buyer
        events.append(
            {"at": signing.signed_at, "title": _("Signed by %(name)s") % {"name": organisation}, "tone": "good"}
        )
    for instalment in instalments:
        title = instalment.deliverable.title
        for report, finding in instalment.findings:
            events.append(
                {
                    "at": report.reported_at,
                    "title": _("Delivery reported: %(title)s") % {"title": title},
                    "text": report.note,
                }
            )
            if finding:
                words = _("Accepted: %(title)s") if finding.is_accepted else _("Sent back: %(title)s")
                events.append(
                    {
                        "at": finding.accepted_at,
                        "title": words % {"title": title},
                        "text": finding.reason,
                        "tone": "good" if finding.is_accepted else "bad",
                    }
                )
        if instalment.order and instalment.order.paid_at:
            events.append(
                {
                    "at": instalment.order.paid_at,
                    "title": _("Paid: %(title)s") % {"title": title},
                    "tone": "good",
                }
            )
    if contract.ended_at:
        events.append(
            {
                "at": contract.ended_at,
                "title": contract.get_state_display(),
                "text": contract.reason,
                "tone": contract.tone,
            }
        )
    return sorted(events, key=lambda event: event["at"])
