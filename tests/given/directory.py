"""Providers with services to offer."""

import datetime

from marketplace.directory.actions import accredit_provider, define_categories, list_service, open_point
from marketplace.directory.models import Category, Service
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation

from .people import an_organisation


def a_category(code: str = "home-care") -> Category:
    define_categories(by=service_user("tests"))
    return Category.objects.get(pk=code)


def a_provider(**fields) -> Organisation:
    return an_organisation(**fields)


def a_service(
    provider: Organisation | None = None, *, price: int = 60_00, category: str = "home-care", **fields
) -> Service:
    """An hour of home care at 60 yuan."""
    return list_service(
        provider or a_provider(),
        category=a_category(category),
        name=fields.pop("name", "居家照护一小时"),
        price=price,
        by=service_user("tests"),
        **fields,
    )


def a_point(provider: Organisation, **fields):
    return open_point(
        provider,
        name=fields.pop("name", "城厢站"),
        region=provider.region,
        address=fields.pop("address", "城厢镇人民路1号"),
        by=service_user("tests"),
        **fields,
    )


def admitted(provider: Organisation, programme_code: str, **fields):
    """The provider is accredited to the programme for this year and the next."""
    today = clock.today()
    return accredit_provider(
        provider,
        programme_code,
        valid_from=today.replace(month=1, day=1),
        valid_to=today + datetime.timedelta(days=400),
        by=service_user("tests"),
        **fields,
    )
