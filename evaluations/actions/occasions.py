"""When a resident is asked how it was: after a redemption, after a month of care; on paper or by text message."""

import datetime
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, Max, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from evaluations import voicepolicies
from evaluations.models import Feedback
from evaluations.voicecodes import STATEMENT, address, hash_of_code, link_token, paper_code
from evaluations.voicenotices import is_number_of
from marketplace.audit.actions import authorise, record
from marketplace.messages.actions import text_number
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.rules.calendar import add_days
from marketplace.rules.queries import resolve
from marketplace.vouchers.models import Redemption, Reversal
from marketplace.vouchers.models.programmes import first_of_month, last_of_month

BATCH = 500


def _until(day: datetime.date) -> datetime.date:
    return add_days(day, int(resolve("feedback.link_days", on=day).number))


def is_taken_back(redemption: Redemption) -> bool:
    return Reversal.objects.filter(
        resident=redemption.resident_id, month=redemption.month, redemption_id=redemption.id
    ).exists()


@transaction.atomic
def occasion_of(redemption: Redemption) -> Feedback:
    """The one row for this redemption, made when it is first needed. Raises ValidationError(code="taken_back")."""
    if is_taken_back(redemption):
        raise ValidationError(_("This payment was taken back: there is nothing to say about it."), code="taken_back")
    day = redemption.performed_at.astimezone(clock.SHANGHAI).date()
    feedback, _new = Feedback.objects.select_related("provider", "resident").get_or_create(
        redemption_id=redemption.id,
        defaults={
            "resident_id": redemption.resident_id,
            "provider_id": redemption.provider_id,
            "category_id": redemption.service.category_id,
            "region_id": redemption.resident.region_id,
            "month": first_of_month(day),
            "performed_on": day,
            "expires_on": _until(day),
        },
    )
    return feedback


def set_code(feedback: Feedback, printed_on: str, *, needs_proof: bool) -> str:
    """Make the paper's code the one that opens this occasion; the one before opens nothing any more.

    Two of a hundred thousand million codes may be alike: then this occasion has none, which is said by "".
    """
    code = paper_code(feedback, printed_on)
    try:
        with transaction.atomic():
            Feedback.objects.filter(pk=feedback.pk).update(code_hash=hash_of_code(code), needs_proof=needs_proof)
    except IntegrityError:
        return ""
    feedback.code_hash, feedback.needs_proof = hash_of_code(code), needs_proof
    return code


@transaction.atomic
def print_statement_codes(resident: Resident, month: datetime.date, *, by: User) -> list[tuple[Feedback, str]]:
    """A code for each of a month's redemptions that nobody has spoken about, for the bureau's statement to the
    resident. Raises ValidationError(code="none")."""
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    authorise(voicepolicies.may_print_codes, by, resident)
    month = first_of_month(month)
    rows = (
        Redemption.objects.filter(resident=resident, month=month)
        .select_related("service", "resident", "provider")
        .order_by("performed_at")
    )
    codes = []
    for redemption in rows:
        if is_taken_back(redemption):
            continue
        feedback = occasion_of(redemption)
        if feedback.state == Feedback.State.ASKED and (code := set_code(feedback, STATEMENT, needs_proof=False)):
            feedback.service = redemption.service
            codes.append((feedback, code))
    if not codes:
        raise ValidationError(_("In this month there is nothing left to be asked about."), code="none")
    until = _until(clock.today())
    Feedback.objects.filter(pk__in=[feedback.pk for feedback, _code in codes]).update(asked_by=by, expires_on=until)
    for feedback, _code in codes:
        feedback.expires_on = until
    record("feedback.codes_printed", resident, by=by, count=len(codes))
    return codes


def ask_about_last_month() -> int:
    """By the clock, in the first days of a month: who had care of one provider often enough (rule
    `feedback.month_visits`) is asked about the whole month, once. How many were asked now."""
    month = first_of_month(first_of_month(clock.today()) - datetime.timedelta(days=1))
    least = int(resolve("feedback.month_visits", on=month).number)
    asked = Feedback.objects.filter(
        resident=OuterRef("resident"), provider=OuterRef("provider"), month=month, redemption_id=None
    )
    pairs = (
        Redemption.objects.filter(month=month, resident__state=Resident.State.ACTIVE)
        .order_by()
        .values("resident", "resident__region", "provider")
        .annotate(times=Count("id"), last=Max("performed_at"))
        .filter(~Exists(asked), times__gte=least)
    )
    until, made = _until(clock.today()), 0
    for rows in batched(pairs.iterator(chunk_size=2_000), BATCH):
        with transaction.atomic():
            made += len(
                Feedback.objects.bulk_create(
                    [
                        Feedback(
                            resident_id=row["resident"],
                            provider_id=row["provider"],
                            region_id=row["resident__region"],
                            month=month,
                            performed_on=min(row["last"].astimezone(clock.SHANGHAI).date(), last_of_month(month)),
                            expires_on=until,
                        )
                        for row in rows
                    ],
                    ignore_conflicts=True,
                )
            )
    return made


def ask_by_text() -> int:
    """By the clock: residents who like text messages are sent a link to say how it was, at most one in so many days
    (rule `feedback.ask_days`); never to a telephone of somebody who belongs to the provider. How many were sent."""
    today = clock.today()
    _occasions_of_yesterday()
    rested = clock.now() - datetime.timedelta(days=int(resolve("feedback.ask_days", on=today).number))
    lately = Feedback.objects.filter(resident=OuterRef("resident"), texted_at__gt=rested)
    waiting = (
        Feedback.objects.filter(
            ~Exists(lately),
            state=Feedback.State.ASKED,
            texted_at=None,
            expires_on__gte=today,
            resident__preferred_way=Resident.Way.SMS,
            resident__state=Resident.State.ACTIVE,
        )
        .order_by("resident", "-performed_on")
        .values_list("pk", "resident")
    )
    chosen: dict[Any, Any] = {}
    for pk, resident in waiting[: BATCH * 4]:
        chosen.setdefault(resident, pk)
    return sum(_text(pk) for pk in list(chosen.values())[:BATCH])


def _occasions_of_yesterday() -> None:
    """Who likes text messages can be asked about yesterday's redemptions too."""
    today = clock.today()
    start = clock.at_hour(add_days(today, -1), 0)
    rows = Redemption.objects.filter(
        month__gte=first_of_month(add_days(today, -1)),
        redeemed_at__gte=start,
        redeemed_at__lt=start + datetime.timedelta(days=1),
        resident__preferred_way=Resident.Way.SMS,
        resident__state=Resident.State.ACTIVE,
    ).exclude(
        id__in=Feedback.objects.filter(redemption_id__isnull=False, performed_on__gte=add_days(today, -7)).values(
            "redemption_id"
        )
    )
    for redemption in rows.select_related("service", "resident")[:BATCH]:
        if not is_taken_back(redemption):
            occasion_of(redemption)


@transaction.atomic
def _text(pk: Any) -> int:
    feedback = Feedback.objects.select_for_update(of=("self",)).select_related("provider", "resident").get(pk=pk)
    resident = feedback.resident
    if feedback.texted_at or not resident.phone or is_number_of(resident.phone, feedback.provider):
        return 0
    link = address(reverse("evaluations:voice_link", args=[link_token(feedback)]))
    sent = text_number(
        resident.phone,
        "evaluations/ask_voice",
        {"feedback": feedback, "name": resident.masked_name, "link": link},
        key=f"ask-voice/{feedback.pk}",
    )
    if sent is None:
        return 0
    feedback.texted_at, feedback.expires_on = clock.now(), _until(clock.today())
    feedback.save(update_fields=["texted_at", "expires_on"])
    record("feedback.asked", feedback, by=service_user("clock"), channel="sms")
    return 1
