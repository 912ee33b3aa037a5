"""What the counter's pages read of its devices and of what was accepted offline."""

from typing import Any

from django.db.models import Count, Max, QuerySet, Sum

from marketplace.directory.models import Accreditation, Service
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.vouchers.models import CounterDevice, OfflineEntry, OfflineLimit, Programme
from marketplace.vouchers.offlinekeys import server_key


def devices_of(provider: Organisation) -> list[CounterDevice]:
    """Those in use first, each with `missing`: how many numbers of its offline acceptances never arrived."""
    devices = list(
        provider.counter_devices.select_related("registered_by")
        .annotate(last=Max("entries__sequence"), sent=Count("entries"))
        .order_by("state", "-created_at")
    )
    for device in devices:
        device.missing = (device.last or 0) - device.sent
    return devices


def offline_terms(provider: Organisation, device: CounterDevice | None) -> dict[str, Any]:
    """All that a device needs to accept alone: prices, caps (fen a day), the key for the PIN. No resident's data."""
    today = clock.today()
    limits = OfflineLimit.objects.filter(programme__in=Programme.objects.running()).select_related("programme")
    admitted = {
        accreditation.programme_code: {category.pk for category in accreditation.categories.all()}
        for accreditation in Accreditation.objects.valid_on(today)
        .filter(organisation=provider, organisation__state=Organisation.State.ACTIVE)
        .prefetch_related("categories")
    }
    caps: dict[str, tuple[int, int]] = {}
    for limit in limits.prefetch_related("programme__categories"):
        if limit.programme.code not in admitted:
            continue
        only = admitted[limit.programme.code]
        for category in limit.programme.categories.all():
            if only and category.pk not in only:
                continue
            resident, on_device = caps.get(category.pk, (limit.resident_cap, limit.device_cap))
            caps[category.pk] = (min(resident, limit.resident_cap), min(on_device, limit.device_cap))
    services = (
        Service.objects.listed()
        .filter(organisation=provider, category__in=caps)
        .order_by("category__position", "price")
    )
    return {
        "device": str(device.pk) if device else "",
        "has_key": bool(device and device.public_key),
        "provider": provider.name,
        "server_key": server_key(),
        "last": (device.entries.aggregate(last=Max("sequence"))["last"] or 0) if device else 0,
        "services": [
            {
                "id": str(service.pk),
                "name": str(service),
                "unit": str(service.get_unit_display()),
                "price": service.price,
                "resident_cap": caps[service.category_id][0],
                "device_cap": caps[service.category_id][1],
            }
            for service in services
        ],
    }


def offline_entries(provider: Organisation) -> QuerySet[OfflineEntry]:
    return (
        OfflineEntry.objects.filter(device__organisation=provider)
        .select_related("device", "card__resident", "decided_by")
        .order_by("-uploaded_at", "-sequence")
    )


def offline_conflicts(user: User) -> QuerySet[OfflineEntry]:
    """What waits for a decision of a person's bureau, the oldest first."""
    return (
        OfflineEntry.objects.visible_to(user)
        .in_conflict()
        .select_related("device__organisation", "card__resident", "programme__bureau")
        .order_by("uploaded_at")
    )


def offline_decided(user: User) -> QuerySet[OfflineEntry]:
    return (
        OfflineEntry.objects.visible_to(user)
        .filter(decided_at__isnull=False)
        .select_related("device__organisation", "card__resident", "decided_by")
        .order_by("-decided_at")
    )


def offline_risks(user: User) -> list[dict[str, Any]]:
    """For each programme that allows it: the caps, how many devices could use them, the most that a day can cost."""
    limits = (
        OfflineLimit.objects.filter(programme__in=Programme.objects.running().visible_to(user))
        .select_related("programme")
        .order_by("programme__code")
    )
    risks = []
    for limit in limits:
        devices = (
            CounterDevice.objects.live()
            .exclude(public_key="")
            .filter(
                organisation__in=Accreditation.objects.valid_on(clock.today())
                .filter(programme_code=limit.programme.code)
                .values("organisation")
            )
            .count()
        )
        entries = OfflineEntry.objects.filter(programme=limit.programme)
        borne = entries.filter(state=OfflineEntry.State.BORNE).aggregate(sum=Sum("amount"))["sum"] or 0
        risks.append({"limit": limit, "devices": devices, "most": devices * limit.device_cap, "borne": borne})
    return risks
