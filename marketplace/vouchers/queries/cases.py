"""What officers look into: cases, call-backs, and who is to be reminded by hand."""

import datetime
import uuid
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.messages.models import Letter
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.pages.templatetags.pages import moment
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.models import CallBack, CallBackDraw, FraudCase, Redemption, Voucher
from marketplace.vouchers.models.programmes import first_of_month

FACTS = {
    "visit": gettext_lazy("visit"),
    "came": gettext_lazy("came"),
    "left": pgettext_lazy("visit", "left"),
    "km": gettext_lazy("kilometres"),
    "minutes": gettext_lazy("minutes"),
    "km_an_hour": gettext_lazy("km an hour"),
    "device": gettext_lazy("device"),
    "residents": gettext_lazy("residents"),
    "last_days": gettext_lazy("in the last days"),
    "a_day": gettext_lazy("a day"),
    "a_day_before": gettext_lazy("a day before that"),
    "redemption": pgettext_lazy("fraud case", "payment"),
    "performed": gettext_lazy("performed"),
    "recorded": gettext_lazy("death recorded"),
    "from": gettext_lazy("in hospital from"),
    "until": gettext_lazy("in hospital until"),
    "source": gettext_lazy("known from"),
    "paid": pgettext_lazy("fraud case", "paid"),
    "list": gettext_lazy("listed price"),
    "refused": gettext_lazy("refused because"),
    "offline": gettext_lazy("accepted offline"),
    "call": gettext_lazy("call"),
    "same": gettext_lazy("the same"),
}
SAME = {"carer": gettext_lazy("carer"), "resident": gettext_lazy("resident")}


def cases_for(user: User, *, state: str = "open", kind: str = "") -> QuerySet[FraudCase]:
    rows = FraudCase.objects.visible_to(user).select_related("provider", "bureau")
    if state in FraudCase.State.values:
        rows = rows.filter(state=state)
    return (rows.filter(kind=kind) if kind in FraudCase.Kind.values else rows).order_by("-amount", "-happened_at")


def _spell(name: str, value: Any) -> str:
    if name in ("came", "left", "performed", "recorded"):
        return moment(datetime.datetime.fromisoformat(value))
    if name in ("paid", "list"):
        return f"¥{format_yuan(value)}"
    if name == "same":
        return str(SAME.get(value, value))
    if name in ("visit", "redemption", "call"):
        return f"…{value[-8:]}"
    return str(value)


def case_facts(case: FraudCase) -> dict[str, Any]:
    """The evidence in words, and the payments that a proven case takes back; three queries."""
    lines = [
        [(FACTS.get(name, name), _spell(name, value)) for name, value in line.items() if value not in ("", None)]
        for line in case.evidence
    ]
    rows = Redemption.objects.filter(id__in=[uuid.UUID(text) for text in case.redemptions])
    return {
        "lines": lines,
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


def reminders_for(bureau: Organisation) -> dict[str, Any]:
    """Letters to print, and who is to be rung or visited about what is left this month, within the bureau's region."""
    month = first_of_month(clock.today())
    letters = Letter.objects.filter(
        region__code__startswith=bureau.region.prefix, state=Letter.State.TO_PRINT
    ).select_related("region")
    left = dict(
        Voucher.objects.of_month(month)
        .filter(
            resident__state=Resident.State.ACTIVE,
            resident__region__code__startswith=bureau.region.prefix,
            resident__preferred_way__in=[Resident.Way.PHONE, Resident.Way.WORKER],
            resident__user=None,
            spent=0,
            held=0,
        )
        .order_by()
        .values_list("resident")
        .annotate(Sum("granted"))
    )
    people = list(
        Resident.objects.filter(pk__in=list(left)[:2000])
        .select_related("region")
        .order_by("region", "community", "birth_date")[:200]
    )
    for person in people:
        person.left = left[person.pk]
    return {"letters": letters, "people": people, "count": len(left)}


def last_month() -> datetime.date:
    return first_of_month(first_of_month(clock.today()) - datetime.timedelta(days=1))


def redemption_of(call: CallBack) -> Redemption:
    """What the call is about."""
    return Redemption.objects.select_related("service", "provider").get(
        resident=call.resident_id, month=call.draw.month, id=call.redemption_id
    )
