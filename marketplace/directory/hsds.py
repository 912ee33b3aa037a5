"""The directory as Human Services Data Specification 3.0 (Open Referral): plain dicts, only fields of the standard.

Ids of nested objects that have no row of their own follow from their parent's id, so that they never change.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from marketplace.parties.models import Organisation, Region

from .models import Category, Service, ServicePoint
from .queries import providers

TAXONOMY = uuid.UUID("1b7a7a0e-3f1c-5a52-8c5e-0a3a6b1f9d01")
DAYS = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"}


def _part(parent: Any, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(str(parent)), name))


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """HSDS leaves out what is not known."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def services() -> QuerySet[Service]:
    """Everything a full service needs, in a constant number of statements."""
    return (
        Service.objects.listed()
        .select_related("category", "organisation__region", "point__region__parent__parent")
        .order_by("organisation__name", "category__position", "name", "pk")
    )


def organisations() -> QuerySet[Organisation]:
    return (
        providers()
        .prefetch_related(
            Prefetch("points", ServicePoint.objects.filter(is_open=True).select_related("region__parent__parent"))
        )
        .order_by("name", "pk")
    )


def taxonomy() -> dict[str, Any]:
    return {
        "id": str(TAXONOMY),
        "name": "民福养老服务分类",
        "description": "Kinds of service in Minfu, after the national lists of home and community care.",
        "uri": f"{settings.BASE_URL}/services/",
        "version": "1",
    }


def term(category: Category) -> dict[str, Any]:
    return {
        "id": str(category.term_id),
        "code": category.pk,
        "name": category.name,
        "description": category.description or category.name,
        "taxonomy": taxonomy()["name"],
        "taxonomy_id": str(TAXONOMY),
        "language": "zh-Hans",
    }


def _phone(parent: Any, number: str, **owner: str) -> list[dict[str, Any]]:
    return [{"id": _part(parent, "phone"), "number": number, "type": "voice", **owner}] if number else []


def organisation_list(organisation: Organisation) -> dict[str, Any]:
    """The flat fields of an organisation."""
    return _filled(
        {
            "id": str(organisation.pk),
            "name": organisation.name,
            "alternate_name": organisation.name_en,
            "description": organisation.about or organisation.name,
            "email": organisation.email,
            "year_incorporated": organisation.registered_on.year if organisation.registered_on else None,
            "legal_status": organisation.legal_form,
            "uri": f"{settings.BASE_URL}/providers/{organisation.uscc}/",
        }
    )


def organisation(row: Organisation) -> dict[str, Any]:
    """An organisation with what hangs on it."""
    points = [point for point in row.points.all() if point.is_open]
    return organisation_list(row) | _filled(
        {
            "phones": _phone(row.pk, row.phone, organization_id=str(row.pk)),
            "organization_identifiers": [
                {
                    "id": _part(row.pk, "uscc"),
                    "organization_id": str(row.pk),
                    "identifier_scheme": "CN-USCC",
                    "identifier_type": "统一社会信用代码",
                    "identifier": row.uscc,
                }
            ],
            "locations": [location(point) for point in points],
        }
    )


def _places(region: Region) -> dict[str, str]:
    """Province, city and town of a place, up the tree as far as it was loaded."""
    found: dict[str, str] = {}
    place: Region | None = region
    while place is not None:
        found[place.level] = place.name
        place = place.parent if "parent" in place._state.fields_cache else None
    return found


def location(point: ServicePoint) -> dict[str, Any]:
    places = _places(point.region)
    return _filled(
        {
            "id": str(point.pk),
            "location_type": "physical",
            "organization_id": str(point.organisation_id),
            "name": point.name,
            "alternate_name": point.name_en,
            "latitude": float(point.lat) if point.lat is not None else None,
            "longitude": float(point.lng) if point.lng is not None else None,
            "addresses": [
                {
                    "id": _part(point.pk, "address"),
                    "location_id": str(point.pk),
                    "address_1": point.address,
                    "city": places.get("county") or settings.CITY_NAME,
                    "region": places.get("town") or point.region.name,
                    "state_province": places.get("province") or "江苏省",
                    "postal_code": "215400",
                    "country": "CN",
                    "address_type": "physical",
                }
            ],
            "phones": _phone(point.pk, point.phone, location_id=str(point.pk)),
            "schedules": _schedules(point),
        }
    )


def _schedules(point: ServicePoint) -> list[dict[str, Any]]:
    if point.opens_at is None or point.closes_at is None:
        return []
    return [
        _filled(
            {
                "id": _part(point.pk, "schedule"),
                "location_id": str(point.pk),
                "freq": "WEEKLY",
                "interval": 1,
                "wkst": "MO",
                "byday": ",".join(day for day in point.days.split(",") if day in DAYS),
                "timezone": 8,
                "opens_at": f"{point.opens_at:%H:%M}+08:00",
                "closes_at": f"{point.closes_at:%H:%M}+08:00",
            }
        )
    ]


def service_list(service: Service) -> dict[str, Any]:
    """The flat fields of a service."""
    return _filled(
        {
            "id": str(service.pk),
            "organization_id": str(service.organisation_id),
            "name": service.name,
            "alternate_name": service.name_en,
            "description": service.description or service.category.description,
            "url": f"{settings.BASE_URL}/providers/{service.organisation.uscc}/",
            "status": "active",
            "fees_description": f"CNY {service.price / 100:.2f} / {service.unit}",
            "last_modified": service.changed_at.isoformat(),
        }
    )


def service(row: Service) -> dict[str, Any]:
    """A service with what hangs on it."""
    return service_list(row) | _filled(
        {
            "organization": organisation_list(row.organisation),
            "phones": _phone(row.pk, row.organisation.phone, service_id=str(row.pk)),
            "service_at_locations": [service_at_location(row, nested=True)] if row.point else [],
            "service_areas": [
                {
                    "id": _part(row.pk, "area"),
                    "service_id": str(row.pk),
                    "name": row.organisation.region.name,
                    "extent": row.organisation.region_id,
                    "extent_type": "text",
                }
            ],
            "cost_options": [
                {
                    "id": _part(row.pk, "price"),
                    "service_id": str(row.pk),
                    "option": row.get_unit_display(),
                    "currency": "CNY",
                    "amount": row.price / 100,
                    "amount_description": row.unit,
                }
            ],
            "attributes": [
                {
                    "id": _part(row.pk, "category"),
                    "link_id": str(row.pk),
                    "link_type": "category",
                    "link_entity": "service",
                    "value": row.category.name,
                    "taxonomy_term_id": str(row.category.term_id),
                    "taxonomy_term": term(row.category),
                }
            ],
        }
    )


def at_location_id(row: Service) -> str:
    return _part(row.pk, f"at/{row.point_id}")


def service_at_location(row: Service, *, nested: bool = False) -> dict[str, Any]:
    """A service at the place where it is given; with the whole place when nested."""
    fields = {
        "id": at_location_id(row),
        "service_id": str(row.pk),
        "location_id": str(row.point_id),
        "description": row.name,
    }
    return fields | {"location": location(row.point)} if nested else fields
