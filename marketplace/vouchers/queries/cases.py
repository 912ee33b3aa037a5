"""What officers look into: cases, call-backs, and who is to be reminded by hand."""

import datetime
import uuid
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from marketplace.messages.models import Letter
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.evidence import sentence
from marketplace.vouchers.models import CallBack, CallBackDraw, FraudCase, Redemption, Voucher
from marketplace.vouchers.models.programmes import first_of_month


def cases_for(user: User, *, state: str = "open", kind: str = "") -> QuerySet[FraudCase]:
    rows = FraudCase.objects.visible_to(user).select_related("provider", "bureau")
    if state in FraudCase.State.values:
        rows = rows.filter(state=state)
    return (rows.filter(kind=kind) if kind in FraudCase.Kind.values else rows).order_by("-amount", "-happened_at")


def case_facts(case: FraudCase) -> dict[str, Any]:
    """The evidence in words, and the payments that a proven case takes back; three queries."""
    rows = Redemption.objects.filter(id__in=[uuid.UUID(text) for text in case.redemptions])
    return {
        "lines": [sentence(line) for line in case.evidence],
        "redemptions": list(rows.select_related("service", "resident").order_by("performed_at")[:100]),
        "visits": list(case.visits.select_related("carer", "resident", "service").order_by("came_at")),
    }


def draws_for(user: User) -> QuerySet[CallBackDraw]:
    """The samples of the programmes of a person's bureaus, with how the calls went."""
    mine = user.memberships.filter(
        ended_at=None, role__in=[Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER, Role.AUDITOR]
    )
    rows = CallBackDraw.objects.select_related("programme")
    if not mine.filter(role=Role.AUDITOR).exists():
        rows = rows.filter(programme__bureau__in=mine.values("organisation"))
    return rows.annotate(
        all=Count("calls"),
        confirmed=Count("calls", filter=Q(calls__state=CallBack.State.CONFIRMED)),
        denied=Count("calls", filter=Q(calls__state=CallBack.State.DENIED)),
        open=Count("calls", filter=Q(calls__state__in=[CallBack.State.TO_CALL, CallBack.State.UNREACHED])),
    )


def calls_for(user: User) -> QuerySet[CallBack]:
    """Who is to be rung, those not tried yet first."""
    return (
        CallBack.objects.filter(
            draw__in=draws_for(user).values("pk"), state__in=[CallBack.State.TO_CALL, CallBack.State.UNREACHED]
        )
        .select_related("draw__programme__bureau", "resident", "provider")
        .order_by("tries", "pk")
    )


def letters_to_print(bureau: Organisation) -> QuerySet[Letter]:
    """Within the bureau's region."""
    return Letter.objects.filter(
        region__code__startswith=bureau.region.prefix, state=Letter.State.TO_PRINT
    ).select_related("region")


def people_to_remind(bureau: Organisation) -> QuerySet[Resident]:
    """Whom no message reaches and who spent nothing this month, community by community, with what is `left` in fen."""
    unspent = (
        Voucher.objects.of_month(first_of_month(clock.today()))
        .filter(resident=OuterRef("pk"), spent=0, held=0)
        .order_by()
        .values("resident")
        .annotate(left=Sum("granted"))
    )
    return (
        Resident.objects.active()
        .filter(
            region__code__startswith=bureau.region.prefix,
            preferred_way__in=[Resident.Way.PHONE, Resident.Way.WORKER],
            user=None,
        )
        .annotate(left=Subquery(unspent.values("left")))
        .filter(left__gt=0)
        .select_related("region")
        .order_by("region", "community", "birth_date", "pk")
    )


def last_month() -> datetime.date:
    return first_of_month(first_of_month(clock.today()) - datetime.timedelta(days=1))


def redemption_of(call: CallBack) -> Redemption:
    """What the call is about."""
    return Redemption.objects.select_related("service", "provider").get(
        resident=call.resident_id, month=call.draw.month, id=call.redemption_id
    )
