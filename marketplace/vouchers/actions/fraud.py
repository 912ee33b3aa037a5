"""Cases: found by the clock, decided by a person; what is proven is taken back."""

import hashlib
import math
import secrets
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies
from marketplace.vouchers.models import CallBack, CallBackDraw, FraudCase, Programme, Redemption, Reversal
from marketplace.vouchers.models.programmes import first_of_month, last_of_month
from marketplace.vouchers.queries.suspicion import Suspicion, find_all

from .programmes import locked_programme
from .reverse import reverse_redemption


def look_for_fraud() -> int:
    """By the clock: keep what does not fit; each is a case once, however often it is found. How many are new."""
    by = service_user("vouchers.watch")
    return sum(keep_case(suspicion, by=by) is not None for suspicion in find_all(clock.today()))


@transaction.atomic
def keep_case(suspicion: Suspicion, *, by: User) -> FraudCase | None:
    """The case, or None when it is known."""
    case, is_new = FraudCase.objects.get_or_create(
        key=suspicion.key,
        defaults={
            "kind": suspicion.kind,
            "provider_id": suspicion.provider,
            "bureau_id": suspicion.bureau,
            "happened_at": suspicion.happened_at,
            "found_at": clock.now(),
            "evidence": suspicion.evidence,
            "redemptions": suspicion.redemptions,
            "amount": suspicion.amount,
        },
    )
    if not is_new:
        return None
    case.visits.set(suspicion.visits)
    record("fraud_case.opened", case, by=by, organisation=case.bureau_id, kind=case.kind, amount=case.amount)
    return case


@transaction.atomic
def decide_case(case: FraudCase, *, proven: bool, note: str, by: User) -> FraudCase:
    """An officer has looked into it. Proven, each of its redemptions is taken back: before settlement nobody is paid
    for it, after settlement the provider's next one is lower, and the ledger has it from there.

    Raises ValidationError: `state` (decided before), `note`.
    """
    case = FraudCase.objects.select_for_update(of=("self",)).select_related("bureau", "provider").get(pk=case.pk)
    authorise(policies.may_decide_case, by, case)
    if case.state != FraudCase.State.OPEN:
        raise ValidationError(_("This has been decided on already."), code="state")
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Say what you found."), code="note")})
    if proven:
        case.prove()
        case.taken_back = _take_back(case, by)
    else:
        case.clear()
    case.note, case.decided_by, case.decided_at = note.strip()[:500], by, clock.now()
    case.save(update_fields=["state", "note", "decided_by", "decided_at", "taken_back"])
    record(
        "fraud_case.proven" if proven else "fraud_case.cleared",
        case,
        by=by,
        organisation=case.bureau,
        taken_back=case.taken_back,
    )
    return case


def _take_back(case: FraudCase, by: User) -> int:
    taken = 0
    rows = Redemption.objects.filter(id__in=[uuid.UUID(text) for text in case.redemptions], provider=case.provider)
    for redemption in _standing(rows.filter(programme__bureau=case.bureau)).order_by("resident", "month", "id"):
        taken += reverse_redemption(
            redemption, reason=_("Proven case: %(kind)s") % {"kind": case.get_kind_display()}, by=by
        ).amount
    return taken


def _standing(rows):
    taken_back = Reversal.objects.filter(
        resident=OuterRef("resident_id"), month=OuterRef("month"), redemption_id=OuterRef("id")
    )
    return rows.filter(~Exists(taken_back))


def drawn(ids: list[uuid.UUID], seed: str, percent: int) -> list[uuid.UUID]:
    """Which of the redemptions are drawn: whoever has the seed finds the same ones. At least one of any."""
    if not ids:
        return []
    ordered = sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())
    return ordered[: math.ceil(len(ids) * percent / 100)]


@transaction.atomic
def draw_call_backs(programme: Programme, month: Any, *, by: User, seed: str = "") -> CallBackDraw:
    """Draw a share of a month's redemptions (rule `voucher.callback_sample`) to be confirmed by a call; once a month.

    Raises ValidationError: `month` (not over), `drawn`.
    """
    month = first_of_month(month)
    programme = locked_programme(programme)
    authorise(policies.may_call_back, by, programme)
    if last_of_month(month) >= clock.today():
        raise ValidationError(_("This month is not over yet."), code="month")
    if programme.call_back_draws.filter(month=month).exists():
        raise ValidationError(_("The sample of this month has been drawn."), code="drawn")
    percent = int(resolve("voucher.callback_sample", on=month, region=programme.region).number)
    rows = _standing(Redemption.objects.filter(programme=programme, month=month))
    ids = list(rows.order_by("id").values_list("id", flat=True))
    seed = seed or secrets.token_hex(16)
    draw = CallBackDraw.objects.create(
        programme=programme,
        month=month,
        percent=percent,
        seed=seed,
        population=len(ids),
        drawn_at=clock.now(),
        by=by,
    )
    chosen = rows.filter(id__in=drawn(ids, seed, percent))
    CallBack.objects.bulk_create(
        [
            CallBack(draw=draw, resident_id=row.resident_id, provider_id=row.provider_id, redemption_id=row.id)
            for row in chosen
        ]
    )
    record(
        "call_back.drawn", draw, by=by, organisation=programme.bureau, percent=percent, seed=seed, population=len(ids)
    )
    return draw


@transaction.atomic
def answer_call_back(call: CallBack, answer: str, *, note: str = "", by: User) -> CallBack:
    """What the resident said: `confirmed`, `denied` (opens a case) or `unreached` (stays on the list).

    Raises ValidationError: `state`, `answer`, `note` (a denial is written down).
    """
    call = CallBack.objects.select_for_update(of=("self",)).select_related("draw__programme__bureau").get(pk=call.pk)
    authorise(policies.may_call_back, by, call.draw.programme)
    if call.state in (CallBack.State.CONFIRMED, CallBack.State.DENIED):
        raise ValidationError(_("This call has been answered already."), code="state")
    if answer == CallBack.State.DENIED and not note.strip():
        raise ValidationError({"note": ValidationError(_("Write down what the resident said."), code="note")})
    if answer == CallBack.State.CONFIRMED:
        call.confirm()
    elif answer == CallBack.State.DENIED:
        call.deny()
    elif answer == CallBack.State.UNREACHED:
        call.miss()
    else:
        raise ValidationError({"answer": ValidationError(_("Choose an answer."), code="answer")})
    call.tries += 1
    call.note, call.called_at, call.by = note.strip()[:200], clock.now(), by
    call.save(update_fields=["state", "tries", "note", "called_at", "by"])
    record("call_back.recorded", call, by=by, organisation=call.draw.programme.bureau, answer=str(call.state))
    if call.state == CallBack.State.DENIED:
        _open_denied(call, by)
    return call


def _open_denied(call: CallBack, by: User) -> None:
    row = Redemption.objects.get(resident=call.resident_id, month=call.draw.month, id=call.redemption_id)
    keep_case(
        Suspicion(
            kind=FraudCase.Kind.DENIED,
            key=f"denied/{row.id}",
            provider=row.provider_id,
            bureau=call.draw.programme.bureau_id,
            happened_at=row.performed_at,
            evidence=[{"redemption": str(row.id), "performed": row.performed_at.isoformat(), "call": str(call.pk)}],
            redemptions=[str(row.id)],
            amount=row.amount,
        ),
        by=by,
    )
