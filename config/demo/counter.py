"""What happens around a counter: times with places, who waits, visits at home, two cases, a sample to be rung."""

import datetime
import io

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from config.demo.offline import an_afternoon
from config.demo.residents import story_resident
from config.demo.vouchers import PIN, SILVER
from config.demo.world import World
from marketplace.directory.distance import Place
from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    answer_call_back,
    book,
    check_in,
    check_out,
    draw_call_backs,
    issue_card,
    join_waiting_list,
    limit_offline,
    link_visit,
    look_for_fraud,
    open_places,
    redeem,
    register_device,
)
from marketplace.vouchers.models import Opening, Programme, Voucher
from marketplace.vouchers.models.programmes import first_of_month

CHENGXIANG, HUANGJING = Place(31.4510, 121.1100), Place(31.6502, 121.0871)
COLLECTED = 8  # cards that one telephone went through within minutes


def load(world: World) -> None:
    if Opening.objects.exists():
        return
    programme = Programme.objects.get(code=SILVER)
    people = _residents(world, programme)
    _bookings(world, people[:8])
    _visits(world, people[8:12])
    _collected_cards(world, people[12 : 12 + COLLECTED])
    _calls(world, programme)
    provider, staff = world.organisation("yian"), world.person("counter")
    limit_offline(programme, resident_cap=80_00, device_cap=400_00, by=world.person("approver"))
    register_device(provider, name="前台收银平板", by=staff)
    an_afternoon(world, people[12 + COLLECTED :], clock.at_hour(_day(world), 13, 30))
    look_for_fraud()


def _residents(world: World, programme: Programme) -> list[Resident]:
    """Residents with an untouched voucher and a card of which this story knows the PIN."""
    untouched = Voucher.objects.filter(programme=programme, month=first_of_month(world.today), spent=0)
    rows = (
        Resident.objects.active()
        .filter(pk__in=untouched.values("resident"), cards=None)
        .order_by("id_hash")
        .select_related("region")[: 15 + COLLECTED]
    )
    people = list(rows)
    for resident in people:
        issue_card(resident, pin=PIN, by=world.person("buyer"))
    return people


def _bookings(world: World, people: list[Resident]) -> None:
    """Baths on the next days: some places free, one time full with three waiting."""
    worker, staff = world.person("community_worker"), world.person("counter")
    yian = world.organisation("yian")
    bath = Service.objects.get(organisation=yian, category="bath", price=80_00)
    daily = Service.objects.get(organisation=yian, category="day-care")
    openings = []
    for days, hour, service, places in (
        (1, 9, bath, 2),
        (1, 14, bath, 2),
        (2, 9, bath, 3),
        (3, 9, bath, 3),
        (1, 8, daily, 6),
        (2, 8, daily, 6),
    ):
        starts_at = clock.at_hour(world.today + datetime.timedelta(days=days), hour)
        length = datetime.timedelta(hours=8 if service is daily else 1)
        openings.append(open_places(service, starts_at=starts_at, ends_at=starts_at + length, places=places, by=staff))
    for place, resident in zip((0, 0, 1, 2, 4), people, strict=False):
        book(openings[place], resident, by=worker)
    errands = Service.objects.filter(organisation=world.organisation("heyue"), category="home-care").first()
    if errands is None:
        return
    starts_at = clock.at_hour(world.today + datetime.timedelta(days=2), 10)
    full = open_places(
        errands,
        starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(hours=1),
        places=1,
        by=world.person("provider_heyue"),
    )
    book(full, people[5], by=worker)
    for resident in (people[6], story_resident(), people[7]):
        join_waiting_list(errands, resident, by=worker)


def _day(world: World) -> datetime.date:
    """A few days ago, in the running month."""
    return max(first_of_month(world.today), world.today - datetime.timedelta(days=3))


def signature() -> ContentFile:
    """A few strokes, as a finger draws them."""
    picture = Image.new("RGB", (320, 120), "white")
    pen = ImageDraw.Draw(picture)
    pen.line([(30, 80), (60, 30), (80, 90), (110, 35), (140, 95)], fill="black", width=3)
    pen.line([(160, 60), (230, 55), (200, 30), (205, 100), (280, 70)], fill="black", width=3)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return ContentFile(file.getvalue())


def _visits(world: World, people: list[Resident]) -> None:
    """A day of visits at home; between the last two lie twenty kilometres and ten minutes."""
    provider, staff = world.organisation("yian"), world.person("counter")
    service = Service.objects.get(organisation=provider, category="home-care", price=60_00)
    places = [CHENGXIANG, CHENGXIANG, CHENGXIANG, HUANGJING]
    starts = [(8, 0), (9, 30), (11, 0), (12, 10)]
    for resident, here, (hour, minute) in zip(people, places, starts, strict=True):
        came = clock.at_hour(_day(world), hour, minute)
        card = resident.cards.live().get()
        with world.at(came):
            visit = check_in(
                provider, card=card.number, service=service, here=here, accuracy=12, device="护理员手机", by=staff
            )
        with world.at(came + datetime.timedelta(hours=1)):
            check_out(visit, here=here, signature=signature(), by=staff)
            paid = redeem(
                provider,
                card=card.number,
                pin=PIN,
                service=service,
                amount=service.price,
                key=f"demo-visit-{visit.pk}",
                device="护理员手机",
                by=staff,
            )
            link_visit(visit, paid, by=staff)


def _collected_cards(world: World, people: list[Resident]) -> None:
    """One telephone, eight residents, seven minutes."""
    provider, staff = world.organisation("songbai"), world.person("provider_songbai")
    service = Service.objects.get(organisation=provider, category="home-care")
    for number, resident in enumerate(people):
        with world.at(clock.at_hour(_day(world), 17, number)):
            redeem(
                provider,
                card=resident.cards.live().get().number,
                pin=PIN,
                service=service,
                amount=service.price,
                key=f"demo-collected-{number}",
                device="值班手机",
                by=staff,
            )


def _calls(world: World, programme: Programme) -> None:
    """Last month's sample; the first calls are made."""
    worker = world.person("community_worker")
    last = first_of_month(first_of_month(world.today) - datetime.timedelta(days=1))
    draw = draw_call_backs(programme, last, seed="taicang-demo", by=world.person("buyer"))
    for number, call in enumerate(draw.calls.order_by("pk")[:9]):
        answer = "unreached" if number % 4 == 3 else "confirmed"
        answer_call_back(call, answer, note="" if answer == "confirmed" else "下午再打", by=worker)
