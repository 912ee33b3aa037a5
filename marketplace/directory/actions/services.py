"""What a provider offers, where, at what price."""

import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory import policies
from marketplace.directory.categories import CATEGORIES
from marketplace.directory.indexing import index_provider
from marketplace.directory.models import Category, Service, ServicePoint
from marketplace.pages import clock
from marketplace.pages.money import MOST_FEN
from marketplace.parties.models import Organisation, Region, User


@transaction.atomic
def define_categories(*, by: User) -> int:
    """Bring the kinds of service up to the shipped list; what an operator added stays. How many are new."""
    authorise(policies.may_edit_categories, by)
    added = 0
    for position, (code, fields) in enumerate(CATEGORIES.items()):
        category, created = Category.objects.get_or_create(pk=code, defaults=fields | {"position": position})
        if created:
            added += 1
            record("category.defined", category, by=by)
    return added


@transaction.atomic
def open_point(
    organisation: Organisation,
    *,
    name: str,
    region: Region,
    address: str,
    by: User,
    name_en: str = "",
    lat: Decimal | None = None,
    lng: Decimal | None = None,
    phone: str = "",
    opens_at: datetime.time | None = None,
    closes_at: datetime.time | None = None,
    days: str = "MO,TU,WE,TH,FR",
    places: int | None = None,
) -> ServicePoint:
    """A place where the provider can be met; `places` is how many residents it takes at one time."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_edit_services, by, organisation)
    point = ServicePoint(
        organisation=organisation,
        name=name.strip(),
        name_en=name_en.strip(),
        region=region,
        address=address.strip(),
        lat=lat,
        lng=lng,
        phone=phone,
        opens_at=opens_at,
        closes_at=closes_at,
        days=days,
        places=places,
    )
    point.full_clean()
    point.save()
    record("point.opened", point, by=by, organisation=organisation)
    index_provider(organisation)
    return point


def _check_price(price: Any) -> int:
    if isinstance(price, bool) or not isinstance(price, int) or not 0 < price <= MOST_FEN:
        raise ValidationError({"price": ValidationError(_("A listed price is more than zero."), code="price")})
    return price


def _check_point(organisation: Organisation, point: ServicePoint | None) -> None:
    if point is not None and point.organisation_id != organisation.pk:
        raise ValidationError(
            {"point": ValidationError(_("This service point belongs to someone else."), code="other_provider")}
        )


@transaction.atomic
def list_service(
    organisation: Organisation,
    *,
    category: Category,
    name: str,
    price: int,
    by: User,
    unit: str = Service.Unit.HOUR,
    point: ServicePoint | None = None,
    name_en: str = "",
    description: str = "",
    description_en: str = "",
) -> Service:
    """Put a service on the provider's public price list. `price` is fen for one unit."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_edit_services, by, organisation)
    _check_price(price)
    _check_point(organisation, point)
    service = Service(
        organisation=organisation,
        category=category,
        point=point,
        name=name.strip(),
        name_en=name_en.strip(),
        description=description.strip(),
        description_en=description_en.strip(),
        unit=unit,
        price=price,
        changed_at=clock.now(),
    )
    service.full_clean(exclude=["state"])
    service.save()
    record("service.listed", service, by=by, organisation=organisation, price=price, unit=unit)
    index_provider(organisation)
    return service


@transaction.atomic
def change_service(service: Service, *, by: User, **fields: Any) -> Service:
    """Change the line of the price list. What was redeemed before keeps its price."""
    service = Service.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    authorise(policies.may_edit_services, by, service.organisation)
    if "price" in fields:
        _check_price(fields["price"])
    if "point" in fields:
        _check_point(service.organisation, fields["point"])
    before = service.price
    for name in ("category", "name", "name_en", "description", "description_en", "unit", "price", "point"):
        if name in fields:
            setattr(service, name, fields[name])
    service.changed_at = clock.now()
    service.full_clean(exclude=["state"])
    service.save()
    record(
        "service.changed", service, by=by, organisation=service.organisation, price_before=before, price=service.price
    )
    index_provider(service.organisation)
    return service


@transaction.atomic
def withdraw_service(service: Service, *, by: User) -> Service:
    """Take the service off the list. Raises ValidationError(code="withdrawn") when it is off already."""
    service = Service.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    authorise(policies.may_edit_services, by, service.organisation)
    if service.state != Service.State.LISTED:
        raise ValidationError(_("This service has been withdrawn already."), code="withdrawn")
    service.withdraw()
    service.changed_at = clock.now()
    service.save(update_fields=["state", "changed_at"])
    record("service.withdrawn", service, by=by, organisation=service.organisation)
    index_provider(service.organisation)
    return service


@transaction.atomic
def relist_service(service: Service, *, by: User) -> Service:
    """Offer a withdrawn service again. Raises ValidationError(code="listed")."""
    service = Service.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    authorise(policies.may_edit_services, by, service.organisation)
    if service.state != Service.State.WITHDRAWN:
        raise ValidationError(_("This service is on the list."), code="listed")
    service.relist()
    service.changed_at = clock.now()
    service.save(update_fields=["state", "changed_at"])
    record("service.relisted", service, by=by, organisation=service.organisation)
    index_provider(service.organisation)
    return service
