"""What the payment screens read, and what an answer of the bank would change."""

import base64
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.links import PublicLink
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_operator
from marketplace.payments import policies
from marketplace.payments.bankfiles import AnswerRow, read_answer
from marketplace.payments.interest import LATE_INTEREST, interest_of
from marketplace.payments.models import (
    BankAnswer,
    Change,
    PayeeAccount,
    PaymentAttempt,
    PaymentOrder,
    StatementLine,
    payees_of,
)
from marketplace.rules.queries import resolve

from .interest import paid_late, waiting_for_interest


@dataclass(frozen=True)
class AnswerEffect:
    """One row of an answer and what it would do; a fault keeps the whole answer from being applied."""

    row: AnswerRow
    attempt: PaymentAttempt | None
    change: Change
    fault: str = ""


def answer_content(answer: BankAnswer) -> bytes:
    """The file as the bank gave it."""
    return base64.b64decode(answer.content)


def preview_answer(answer: BankAnswer) -> list[AnswerEffect]:
    """Row by row: what the answer would change, or why it can't be applied. Two statements' worth of reading."""
    _format, rows = read_answer(answer_content(answer))
    attempts = {
        attempt.end_to_end_id: attempt
        for attempt in PaymentAttempt.objects.filter(
            end_to_end_id__in={row.end_to_end_id for row in rows}, batch__bureau=answer.bureau_id
        ).select_related("order__payee", "batch")
    }
    seen: set[str] = set()
    effects = []
    for row in rows:
        attempt = attempts.get(row.end_to_end_id)
        effects.append(_effect(row, attempt, is_repeated=row.end_to_end_id in seen))
        seen.add(row.end_to_end_id)
    return effects


def _effect(row: AnswerRow, attempt: PaymentAttempt | None, *, is_repeated: bool) -> AnswerEffect:
    fault, change = row.fault, Change.NONE
    State = PaymentAttempt.State
    if not fault and attempt is None:
        fault = _("No payment of this bureau has this end-to-end id.")
    elif not fault and is_repeated:
        fault = _("This payment stands in the file twice.")
    elif not fault and not row.is_paid and attempt.order.refunded:
        fault = _("Part of this payment was paid back before: all of it can't come back.")
    elif not fault and row.amount != attempt.order.amount:
        fault = _("The amount differs from the order's.")
    elif not fault and row.is_paid and attempt.state in (State.FAILED, State.RETURNED):
        fault = _("This try failed before: the bank can't have paid it now. Ask the bank.")
    elif not fault and row.is_paid and attempt.state == State.SENT:
        change = Change.PAID
    elif not fault and not row.is_paid and attempt.state == State.SENT:
        change = Change.FAILED
    elif not fault and not row.is_paid and attempt.state == State.PAID:
        change = Change.RETURNED
    return AnswerEffect(row=row, attempt=attempt, change=change, fault=fault)


def queue(user: User, *, bureau: Organisation | None = None, state: str = "", text: str = "") -> QuerySet[PaymentOrder]:
    """The orders a person sees, what needs a hand first: failed, to approve, to send, at the bank, then the rest."""
    orders = PaymentOrder.objects.visible_to(user).select_related("bureau", "payee", "line", "ordered_by")
    if bureau is not None:
        orders = orders.filter(Q(bureau=bureau) | Q(payee=bureau))
    if state in PaymentOrder.State.values:
        orders = orders.filter(state=state)
    elif state == "late":
        orders = paid_late(orders)
    if text := text.replace("\x00", "").strip():
        orders = orders.filter(Q(number__icontains=text) | Q(payee__name__icontains=text) | Q(purpose__icontains=text))
    urgency = Case(
        *(When(state=state, then=place) for place, state in enumerate(("failed", "draft", "approved", "sent"))),
        default=9,
    )
    return orders.order_by(urgency, "-ordered_at", "-pk")


def totals(orders: QuerySet[PaymentOrder]) -> dict[str, tuple[int, int]]:
    """(how many, fen) of each state. One statement."""
    rows = orders.order_by().values("state").annotate(count=Count("pk"), sum=Sum("amount"))
    return {row["state"]: (row["count"], row["sum"]) for row in rows}


def late_totals(orders: QuerySet[PaymentOrder]) -> tuple[int, int]:
    """(how many, fen of interest up to today) of what should have been paid by now. Two statements."""
    rule, today = resolve(LATE_INTEREST), clock.today()
    late = list(orders.filter(pk__in=PaymentOrder.objects.late(today)).order_by())
    return len(late), sum(interest_of(order, rule=rule, today=today).amount for order in late)


def sendable(bureau: Organisation) -> list[dict[str, Any]]:
    """Approved orders, each with the account that it would go to, which says by which channel (None: it can't go yet).

    Two statements.
    """
    waiting = PaymentOrder.objects.to_send().filter(bureau=bureau)
    orders = list(waiting.select_related("payee", "line", "ordered_by").order_by("approved_at"))
    accounts = PayeeAccount.objects.to_pay({order.payee_id for order in orders})
    return [{"order": order, "account": accounts.get(order.payee_id)} for order in orders]


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Orders to approve, to send or to mend; accounts that wait for a second person."""
    if organisation is None:
        return []
    items = []
    approves_all = has_role(user, organisation, Role.FINANCE, Role.APPROVER)
    if organisation.kind == Organisation.Kind.BUREAU and (approves_all or has_role(user, organisation, Role.OFFICER)):
        orders = PaymentOrder.objects.filter(bureau=organisation)
        queue_url = reverse("payments:queue")
        to_approve = orders.to_approve().exclude(ordered_by=user)
        if count := (to_approve if approves_all else to_approve.filter(ordered_by__is_service=True)).count():
            text = ngettext("One payment waits for approval", "%(count)s payments wait for approval", count)
            items.append(WaitingItem(text % {"count": count}, f"{queue_url}?state=draft"))
        if policies.may_send(user, organisation):
            if count := orders.to_send().count():
                text = ngettext("One payment is ready for the bank", "%(count)s payments are ready for the bank", count)
                items.append(WaitingItem(text % {"count": count}, reverse("payments:send")))
            if count := orders.failed().count():
                text = ngettext("One payment failed", "%(count)s payments failed", count)
                items.append(WaitingItem(text % {"count": count}, f"{queue_url}?state=failed", tone="bad"))
            if count := StatementLine.objects.filter(bureau=organisation, state=StatementLine.State.UNMATCHED).count():
                text = ngettext(
                    "One line of the bank's statement fits no payment",
                    "%(count)s lines of the bank's statement fit no payment",
                    count,
                )
                items.append(WaitingItem(text % {"count": count}, reverse("payments:reconciliation"), tone="warn"))
            if PayeeAccount.objects.of(organisation) is None and orders.to_send().exists():
                items.append(
                    WaitingItem(_("Enter the account your bureau pays from"), reverse("payments:accounts"), tone="warn")
                )
    items += waiting_for_interest(user, organisation)
    for account in accounts_to_decide(user)[:10]:
        text = _("A new bank account of %(name)s waits for a second person") % {"name": account.organisation}
        items.append(WaitingItem(text, account.get_absolute_url()))
    return items


def accounts_to_decide(user: User) -> list[PayeeAccount]:
    """Requests that `policies.may_decide_account` lets this person decide, the oldest first. One statement."""
    waiting = PayeeAccount.objects.visible_to(user).waiting().exclude(requested_by=user).select_related("organisation")
    if not is_operator(user):
        held = user.memberships.filter(ended_at=None, role__in=policies.DECIDE_ACCOUNTS).values("organisation")
        waiting = waiting.filter(Q(organisation__in=held) | Q(organisation__in=payees_of(user).values("pk")))
    return list(waiting.order_by("requested_at")[:50])


def donation_link(organisation: Organisation) -> PublicLink | None:
    """The way to an organisation's page for gifts, while it takes some."""
    if not policies.takes_donations(organisation):
        return None
    return PublicLink(_("Give to this organisation"), reverse("payments:donate", args=[organisation.uscc]))


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None or not policies.works_on_payments(user, organisation):
        return []
    links = [
        DeskLink(
            _("Payments"),
            reverse("payments:queue"),
            _("Orders, bank files and the bank's answers"),
            group=DeskGroup.MONEY,
        )
        if organisation.kind == Organisation.Kind.BUREAU
        else DeskLink(
            _("Payments"), reverse("payments:queue"), _("What was ordered, paid or came back"), group=DeskGroup.MONEY
        )
    ]
    if policies.may_request_account(user, organisation) or policies.may_send(user, organisation):
        if policies.may_send(user, organisation):
            links.append(
                DeskLink(
                    _("Reconciliation with the bank"),
                    reverse("payments:reconciliation"),
                    _("Every payment on its line of the statement"),
                    group=DeskGroup.MONEY,
                )
            )
        links.append(
            DeskLink(_("Bank account"), reverse("payments:accounts"), _("Where your money goes"), group=DeskGroup.MONEY)
        )
    return links
