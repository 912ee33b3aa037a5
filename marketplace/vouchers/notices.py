"""What residents are told about their vouchers: in the way that each prefers, and to who acts for them."""

import datetime
from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.messages.actions import tell, text_number, write_letter
from marketplace.messages.models import Letter, Message, TextMessage
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents.models import Delegation, Resident
from marketplace.rules.queries import resolve

from . import policies
from .models import Booking, Redemption, Voucher
from .models.programmes import first_of_month, last_of_month


def reach(
    resident: Resident,
    template: str,
    context: dict[str, Any],
    *,
    key: str,
    about: models.Model | None = None,
    url: str = "",
) -> None:
    """Tell the resident once: the own account and every delegate in inbox and mail; then by text message or letter
    where that is the preferred way. Whoever prefers a call or a visit stands on the desk's list (`queries.to_ring`).
    """
    people = [resident.user] if resident.user_id else []
    people += [one.delegate for one in resident.delegations.all() if one.pk in _live_ids(resident)]
    words = {"name": resident.masked_name, **context}
    tell(people, template=template, context=words, url=url, about=about, key=key)
    if resident.preferred_way == Resident.Way.SMS and resident.phone:
        text_number(resident.phone, template, words, key=key, about=about)
    elif resident.preferred_way == Resident.Way.POST and resident.address:
        write_letter(
            name=resident.name,
            address=resident.address,
            region=resident.region,
            template=template,
            context=words,
            key=key,
            about=about,
        )


def _live_ids(resident: Resident) -> set[Any]:
    today = clock.today()
    return {
        one.pk
        for one in resident.delegations.all()
        if one.ended_at is None and one.starts_on <= today and (one.ends_on is None or one.ends_on >= today)
    }


@transaction.atomic
def text_receipt(redemption: Redemption, *, by: User) -> None:
    """The receipt to the telephone in the register. Raises ValidationError(code="sent") the second time."""
    authorise(policies.may_text_receipt, by, redemption)
    context = {"redemption": redemption, "name": redemption.resident.masked_name}
    sent = text_number(redemption.resident.phone, "vouchers/receipt", context, key=f"receipt/{redemption.id}")
    if sent is None:
        raise ValidationError(_("This receipt has been sent already."), code="sent")
    record("text.sent", sent, by=by, organisation=redemption.provider, about="receipt")


def unspent(month: datetime.date) -> Iterator[dict[str, Any]]:
    """Residents who have something left of the month, with how much in fen."""
    rows = (
        Voucher.objects.of_month(month)
        .filter(resident__state=Resident.State.ACTIVE)
        .order_by()
        .values("resident")
        .annotate(left=Sum(F("granted") - F("spent") - F("held") - F("expired")))
        .filter(left__gt=0)
        .order_by("resident")
    )
    return rows.iterator(chunk_size=2_000)


def remind_of_the_months_end() -> int:
    """By the clock, in the last days of a month (rule `voucher.reminder_days`): who has something left is told once.

    In batches, each in a transaction of its own; run again it finds everyone told. How many were told now.
    """
    today = clock.today()
    month = first_of_month(today)
    last = last_of_month(month)
    if (last - today).days >= int(resolve("voucher.reminder_days", on=today).number):
        return 0
    told = 0
    for rows in batched(unspent(month), 500):
        told += _remind({row["resident"]: row["left"] for row in rows}, month, last)
    return told


@transaction.atomic
def _remind(left: dict[Any, int], month: datetime.date, last: datetime.date) -> int:
    keys = {pk: f"month-end/{month:%Y-%m}/{pk}" for pk in left}
    known = set(TextMessage.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    known |= set(Letter.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    known |= set(Message.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    waiting = [pk for pk, key in keys.items() if key not in known]
    reachable = models.Q(user__isnull=False) | models.Q(preferred_way__in=[Resident.Way.SMS, Resident.Way.POST])
    delegated = models.Q(pk__in=Delegation.objects.live().values("resident"))
    residents = (
        Resident.objects.filter(reachable | delegated, pk__in=waiting)
        .select_related("user", "region")
        .prefetch_related("delegations__delegate")
    )
    for resident in residents:
        reach(
            resident,
            "vouchers/month_end",
            {"left": left[resident.pk], "last_day": last},
            key=keys[resident.pk],
            url=reverse("vouchers:my"),
        )
    return len(residents)


def tell_of_booking(booking: Booking, template: str) -> None:
    """Remind of a booking, or say that the provider gave it up: once for each booking and template."""
    reach(
        booking.resident,
        template,
        {"booking": booking, "opening": booking.opening},
        key=f"{template}/{booking.pk}",
        about=booking,
        url=reverse("vouchers:my_bookings"),
    )
