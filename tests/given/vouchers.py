"""A programme with money, a month that is issued, a card that pays."""

import datetime
from dataclasses import dataclass

from marketplace.directory.distance import Place
from marketplace.directory.models import Service
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import draft_programme, issue_card, issue_month, start_programme
from marketplace.vouchers.models import Card, Programme, Voucher

from .directory import a_category, a_service, admitted
from .money import a_budget_line
from .people import a_bureau, a_person, a_region
from .residents import a_resident

PIN = "271828"
TAICANG, SUZHOU = Place(31.4510, 121.1100), Place(31.2990, 120.5853)


def a_programme(
    line: BudgetLine | None = None,
    *,
    code: str = "silver-80",
    amount: int = 80_00,
    age: int = 80,
    categories: tuple[str, ...] = ("home-care", "bath"),
    **fields,
) -> Programme:
    """80 yuan a month for everyone of 80 and over, for 300 days more, from a line with 10,000 yuan."""
    line = line or a_budget_line(bureau=a_bureau(region=city_of(a_region())), amount=10_000_00)
    bureau = line.bureau
    year = clock.today().year
    programme = draft_programme(
        bureau,
        code=code,
        name=fields.pop("name", "高龄服务券"),
        budget_line=line,
        region=fields.pop("region", bureau.region),
        monthly_amount=amount,
        minimum_age=age,
        starts_on=fields.pop("starts_on", clock.today().replace(year=year - 1, month=1, day=1)),
        ends_on=fields.pop("ends_on", clock.today() + datetime.timedelta(days=300)),
        categories=[a_category(category) for category in categories],
        by=a_person(Role.OFFICER, of=bureau),
        **fields,
    )
    return start_programme(programme, by=a_person(Role.APPROVER, of=bureau))


def city_of(region: Region) -> Region:
    while region.level != Region.Level.COUNTY:
        region = region.parent
    return region


@dataclass
class Counter:
    """All that one redemption needs."""

    programme: Programme
    provider: Organisation
    service: Service
    staff: User
    resident: Resident
    card: Card
    pin: str = PIN

    @property
    def bureau(self) -> Organisation:
        return self.programme.bureau

    @property
    def voucher(self) -> Voucher:
        return Voucher.objects.get(resident=self.resident, programme=self.programme, month=clock.today().replace(day=1))

    def request(self, **changes) -> dict:
        """What the counter asks: an hour at its price, all by voucher."""
        return {
            "card": self.card.number,
            "pin": self.pin,
            "service": self.service,
            "amount": self.service.price,
            "key": "key-1",
            "by": self.staff,
        } | changes


def a_counter(*, programme: Programme | None = None, price: int = 60_00, **fields) -> Counter:
    """An admitted provider with an hour of home care, and a resident of 86 with this month's voucher and a card."""
    programme = programme or a_programme(**fields)
    service = a_service(price=price)
    provider = service.organisation
    admitted(provider, programme.code)
    resident = a_resident(region=a_region())
    issue_month(programme, clock.today(), by=service_user("tests"))
    return Counter(
        programme=programme,
        provider=provider,
        service=service,
        staff=a_person(Role.COUNTER, of=provider),
        resident=resident,
        card=issue_card(resident, pin=PIN, by=service_user("tests")),
    )
