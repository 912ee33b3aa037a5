"""Two programmes and a year of vouchers: issued, spent at real counters, settled."""

import datetime
import random

from django.core.exceptions import ValidationError

from config.demo.residents import story_resident
from config.demo.world import World
from marketplace.directory.actions import accredit_provider
from marketplace.directory.models import Accreditation, Category, Service
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.actions import grant_role, service_user
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    approve_settlement,
    draft_programme,
    issue_card,
    issue_month,
    order_settlement,
    redeem,
    settle_month,
    start_programme,
)
from marketplace.vouchers.models import Card, Programme, Redemption, Settlement
from marketplace.vouchers.models.programmes import first_of_month

SILVER, TABLE = "silver-80", "table-90"
PIN = "260519"
SPENDERS = 330
REDEMPTIONS = 2_000
SILVER_KINDS = ["home-care", "bath", "cleaning", "errands", "rehabilitation", "day-care"]
PROVIDERS = {
    SILVER: ["yian", "heyue", "songbai", "qingsong", "chunhui", "minle"],
    TABLE: ["yian", "xinyu"],
}


def months(world: World) -> list[datetime.date]:
    """Twelve months, the running one last."""
    month, found = first_of_month(world.today), []
    for _number in range(12):
        found.append(month)
        month = first_of_month(month - datetime.timedelta(days=1))
    return found[::-1]


def load_programmes(world: World) -> None:
    """Two programmes, started by a second officer, with providers admitted."""
    if Programme.objects.exists():
        return
    first = months(world)[0]
    bureau, buyer, approver = world.organisation("city_bureau"), world.person("buyer"), world.person("approver")
    with world.at(clock.at_hour(first, 8)):
        line = _line(world, bureau)
        categories = {category.pk: category for category in Category.objects.all()}
        end = datetime.date(world.today.year + 1, 12, 31)
        for code, name, name_en, yuan, age, kinds, text in (
            (SILVER, "高龄老人服务券", "Vouchers for residents of 80 and over", 80, 80, SILVER_KINDS,
             "全市年满八十周岁的老人每月八十元，用于居家照护、助浴、助洁等服务，当月有效。"),
            (TABLE, "九十岁以上老人助餐券", "Meal vouchers for residents of 90 and over", 60, 90, ["meal"],
             "年满九十周岁的老人每月六十元助餐补贴，社区食堂堂食或送餐上门。"),
        ):  # fmt: skip
            programme = draft_programme(
                bureau,
                code=code,
                name=name,
                name_en=name_en,
                description=text,
                budget_line=line,
                region=bureau.region,
                monthly_amount=yuan * 100,
                minimum_age=age,
                starts_on=first,
                ends_on=end,
                categories=[categories[kind] for kind in kinds],
                by=buyer,
            )
            start_programme(programme, by=approver)
            for key in PROVIDERS[code]:
                provider = world.organisation(key)
                if not Accreditation.objects.filter(organisation=provider, programme_code=code).exists():
                    accredit_provider(provider, code, valid_from=first, valid_to=end, by=approver)
    world.remember("programme", SILVER)


def _line(world: World, bureau: Organisation) -> BudgetLine:
    """This year's line for vouchers, which the ledger's part of the demo opened."""
    return BudgetLine.objects.open().get(bureau=bureau, year=world.today.year, code="2081006-01")


def load(world: World) -> None:
    """A year of vouchers: cards, redemptions through the verb, settled months; the running month issued."""
    load_programmes(world)
    if Redemption.objects.exists():
        return
    rng = random.Random(80_90)  # noqa: S311 - a story, not a secret
    clock_user = service_user("vouchers")
    programmes = list(Programme.objects.order_by("code"))
    every_month = months(world)
    cards = _cards(world, rng, every_month[0])
    counters = _counters(world)
    number = 0
    for month in every_month:
        with world.at(clock.at_hour(month, 0, 5)):
            for programme in programmes:
                issue_month(programme, month, by=clock_user)
        last = world.today if month == every_month[-1] else None
        number = _spend(rng, month, last, cards, counters, number)
        if last is None:
            number = _spend_of_the_story(month, counters, number)
    for month in every_month[:-1]:
        _settle(world, month)
    yian = world.organisation("yian")
    service = Service.objects.get(organisation=yian, category="home-care", price=60_00)
    world.remember("service", str(service.pk))


def _cards(world: World, rng: random.Random, month: datetime.date) -> list[tuple[Card, str]]:
    """Cards for the story's resident, who has spent nothing yet this month, and for some hundreds of others."""
    officer = world.person("buyer")
    born_by = datetime.date(month.year - 80, month.month, 1)
    others = list(
        Resident.objects.active()
        .filter(birth_date__lt=born_by)
        .exclude(pk=story_resident().pk)
        .order_by("id_hash")[:SPENDERS]
    )
    with world.at(clock.at_hour(month, 8)):
        card = issue_card(story_resident(), pin=PIN, by=officer)
        world.remember("resident_card", {"number": card.number, "pin": PIN})
        made = []
        for resident in others:
            pin = f"{rng.randrange(10_000, 99_999)}7"
            if len(set(pin)) > 2:
                made.append((issue_card(resident, pin=pin, by=officer), pin))
    return made


def _counters(world: World) -> list[tuple[Organisation, User, Service]]:
    found = []
    for code, keys in PROVIDERS.items():
        kinds = Programme.objects.get(code=code).categories.all()
        for key in keys:
            provider = world.organisation(key)
            staff = world.person("counter" if key == "yian" else f"provider_{key}")
            if not staff.memberships.filter(
                organisation=provider, role__in=[Role.COUNTER, Role.OWNER], ended_at=None
            ).exists():
                grant_role(staff, provider, Role.COUNTER, by=None)
            services = Service.objects.listed().filter(organisation=provider, category__in=kinds, price__lte=90_00)
            found += [(provider, staff, service) for service in services.select_related("organisation")]
    return found


def _spend(rng, month, last, cards, counters, number: int) -> int:
    """Some five hundred redemptions of a month, in the order of time; what does not fit is paid in part."""
    days = (last.day if last else 27) or 1
    share = days / 27
    moments = sorted(
        (rng.randrange(days), rng.randrange(8, 17), rng.randrange(60)) for _ in range(int(REDEMPTIONS / 12 * share))
    )
    for day, hour, minute in moments:
        moment = clock.at_hour(month + datetime.timedelta(days=day), hour, minute)
        card, pin = rng.choice(cards)
        provider, staff, service = rng.choice(counters)
        number += 1
        request = {
            "card": card.number, "pin": pin, "service": service, "amount": service.price, "by": staff,
            "key": f"demo-{number}", "device": "柜台1",
        }  # fmt: skip
        with clock.pretend(moment):
            try:
                redeem(provider, **request)
            except ValidationError as refusal:
                _pay_in_part(provider, request, refusal)
    return number


def _spend_of_the_story(month, counters, number: int) -> int:
    """The story's resident had an hour of home care each month before this one."""
    card = story_resident().cards.live().get()
    provider, staff, service = next(found for found in counters if found[2].price == 60_00)
    with clock.pretend(clock.at_hour(month + datetime.timedelta(days=9), 10)):
        redeem(
            provider, card=card.number, pin=PIN, service=service, amount=service.price, by=staff,
            key=f"demo-{number + 1}", device="柜台1",
        )  # fmt: skip
    return number + 1


def _pay_in_part(provider: Organisation, request: dict, refusal: ValidationError) -> None:
    """As at a real counter: what the voucher lacks is paid by the resident, or the visit is not made."""
    if getattr(refusal, "code", "") == "overdrawn" and (left := refusal.params["balance_fen"]) > 0:
        redeem(provider, **request, own_part=request["amount"] - left)
    elif getattr(refusal, "code", "") not in ("overdrawn", "outside_programme"):
        raise refusal


def _settle(world: World, month: datetime.date) -> None:
    """Older months are ordered for payment; the last one waits for the second officer."""
    bureau, buyer, approver = world.organisation("city_bureau"), world.person("buyer"), world.person("approver")
    after = min(first_of_month(month + datetime.timedelta(days=31)) + datetime.timedelta(days=2), world.today)
    is_last = first_of_month(after) == first_of_month(world.today)
    with world.at(clock.at_hour(after, 10)):
        made = settle_month(bureau, month, by=buyer)
        if is_last:
            return
        for settlement in made:
            approve_settlement(settlement, by=approver)
            order_settlement(Settlement.objects.get(pk=settlement.pk), by=buyer)
