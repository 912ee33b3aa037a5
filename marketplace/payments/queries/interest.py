"""What the page of an order says of late-payment interest, and whom it waits for."""

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.pages import clock
from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.payments import policies
from marketplace.payments.interest import interest_due, left_to_order
from marketplace.payments.models import InterestClaim, PaymentOrder

State = InterestClaim.State


def claims_on(order: PaymentOrder, user: User) -> dict[str, Any]:
    """Every claim on the order with what pays it, and the step that this person may take. Constant statements."""
    claims = list(order.interest_claims.select_related("asked_by", "decided_by", "line").prefetch_related("payments"))
    for claim in claims:
        claim.order = order
    standing = next((claim for claim in claims if claim.state != State.REFUSED), None)
    is_free = standing is None and interest_due(order).amount > 0
    may_decide = policies.may_decide_interest(user, order)
    return {
        "interest_claims": claims,
        "may_claim_interest": is_free and policies.may_claim_interest(user, order),
        "may_add_interest": is_free and may_decide,
        "may_decide_interest": standing is not None and standing.state == State.ASKED and may_decide,
        "may_order_interest": standing is not None and may_decide and left_to_order(standing) > 0,
    }


def unclaimed(payee: Organisation) -> list[PaymentOrder]:
    """Orders that reached the payee late, and whose interest nobody has claimed or refused. One statement."""
    late = paid_late(PaymentOrder.objects.filter(payee=payee, interest_claims=None)).order_by("-paid_at")
    return [order for order in late[:100] if interest_due(order).amount]


def paid_late(orders: QuerySet[PaymentOrder]) -> QuerySet[PaymentOrder]:
    """Those of them that the bank paid after their last day, and that bear interest."""
    paid = orders.filter(state=PaymentOrder.State.PAID, bears_interest=True)
    return paid.annotate(paid_on=TruncDate("paid_at", tzinfo=clock.SHANGHAI)).filter(paid_on__gt=F("due_on"))


def waiting_for_interest(user: User, organisation: Organisation) -> list[WaitingItem]:
    """Claims that the bureau has to decide; payments to the organisation that came late."""
    items = []
    queue_url = reverse("payments:queue")
    if organisation.kind == Organisation.Kind.BUREAU:
        if has_role(user, organisation, Role.OFFICER, Role.FINANCE):
            claims = InterestClaim.objects.asked().filter(order__bureau=organisation).select_related("order__payee")
            for claim in claims[:10]:
                text = _("%(name)s claims late-payment interest: agree or refuse") % {"name": claim.order.payee.name}
                items.append(WaitingItem(text, claim.order.get_absolute_url(), tone="warn"))
    elif has_role(user, organisation, Role.OWNER, Role.FINANCE) and (late := unclaimed(organisation)):
        text = ngettext(
            "One payment came late: you may claim the interest",
            "%(count)s payments came late: you may claim the interest",
            len(late),
        ) % {"count": len(late)}
        items.append(WaitingItem(text, late[0].get_absolute_url() if len(late) == 1 else f"{queue_url}?state=late"))
    return items
