"""Five thousand residents of sixty and over, brought in the way a bureau does it: a file of the register.

The ID numbers carry the right check character and the order numbers 900 to 999 of their day: a range for tests.
"""

import csv
import datetime
import io
import random

from django.db.models import Case, When

from config.demo.world import World
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region, User
from marketplace.residents.actions import (
    apply_import,
    confirm_assessment,
    delegate_to,
    domains,
    link_account,
    note_benefit,
    preview_import,
    score_assessment,
    view_resident,
    write_care_plan,
)
from marketplace.residents.models import Benefit, Delegation, Resident, check_character, hash_of_id

COUNT = 5_000
FAMILY = "王李张陈徐陆周朱沈顾吴杨钱金胡郁龚毛凌闻"
WOMEN = "秀桂玉凤兰菊梅翠惠素月巧阿金银美"
MEN = "国建福德永明根宝荣海生祥林泉富金"
LAST_WOMEN = "英珍华芳娣琴宝妹云花仙娟"
LAST_MEN = "林生根荣祥兴明昌元良泉福"
COMMUNITIES = 10  # of each town, spread over its list: where the older people live in this story
HOUSEHOLDS = ["独居", "与配偶同住", "与家人同住", "与家人同住", "与配偶同住"]
WAYS = ["电话", "电话", "短信", "信件", "上门"]
TOWNS = [("chengxiang", 40), ("shaxi", 16), ("liuhe", 12), ("fuqiao", 13), ("huangjing", 10), ("shuangfeng", 9)]
STORY_RESIDENT = ("张福珍", datetime.date(1940, 3, 8), 908)
STORY_NEIGHBOUR = ("顾德明", datetime.date(1935, 10, 21), 917)


def id_number(born: datetime.date, order: int) -> str:
    body = f"320585{born:%Y%m%d}{order:03d}"
    return body + check_character(body)


def _ages(rng: random.Random) -> int:
    """A pyramid: each year of age has some 7% fewer than the one before, faster after 85."""
    while True:
        age = 60 + int(rng.expovariate(1 / 11.5))
        if age <= 102 and rng.random() < (1 if age < 85 else 0.93 ** (age - 85)):
            return age


def communities_of(town: Region) -> list[str]:
    """Ten of the town's communities, urban and rural, by name."""
    names = list(
        Region.objects.filter(parent=town, level=Region.Level.COMMUNITY).order_by("code").values_list("name", flat=True)
    )
    return [names[number * len(names) // COMMUNITIES] for number in range(COMMUNITIES)]


def rows(world: World) -> list[list[str]]:
    rng = random.Random(60_85)  # noqa: S311 - a story, not a secret
    places = {key: world.region(key) for key, _share in TOWNS}
    communities = {place.code: communities_of(place) for place in places.values()}
    keys, shares = zip(*TOWNS, strict=True)
    made: dict[str, list[str]] = {}

    def add(name: str, born: datetime.date, order: int, place: Region, household: str, way: str) -> None:
        number = id_number(born, order)
        community = communities[place.code][rng.randrange(COMMUNITIES)]
        phone = f"1990000{rng.randrange(10_000):04d}"
        address = f"{place.name}{community}{rng.randrange(1, 60)}幢{rng.randrange(101, 605)}室"
        made.setdefault(number, [name, number, place.code, community, household, phone, address, way, "正常"])

    chengxiang = places["chengxiang"]
    add(*STORY_RESIDENT, chengxiang, "独居", "上门")
    add(*STORY_NEIGHBOUR, chengxiang, "与配偶同住", "电话")
    while len(made) < COUNT:
        age = _ages(rng)
        is_woman = rng.random() < 0.5 + min(age - 60, 30) / 100
        born = datetime.date(world.today.year - age, 1, 1) + datetime.timedelta(days=rng.randrange(325))
        first, last = (WOMEN, LAST_WOMEN) if is_woman else (MEN, LAST_MEN)
        name = rng.choice(FAMILY) + (rng.choice(first) if rng.random() < 0.8 else "") + rng.choice(last)
        order = 900 + rng.randrange(50) * 2 + (0 if is_woman else 1)
        add(name, born, order, places[rng.choices(keys, shares)[0]], rng.choice(HOUSEHOLDS), rng.choice(WAYS))
    return list(made.values())


def story_resident() -> Resident:
    _name, born, order = STORY_RESIDENT
    return Resident.objects.get(id_hash=hash_of_id(id_number(born, order)))


def load(world: World) -> None:
    if Resident.objects.exists():
        return
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["姓名", "身份证号", "居住地代码", "社区", "居住情况", "联系电话", "住址", "联系方式偏好", "状态"])
    writer.writerows(rows(world))
    officer, bureau = world.person("buyer"), world.organisation("city_bureau")
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=390), 9)):
        preview = preview_import(
            bureau, out.getvalue().encode(), "老年人口登记册(演示).csv", is_complete=False, by=officer
        )
        apply_import(preview, by=officer)
        resident = story_resident()
        link_account(resident, world.person("resident"), by=officer)
        delegate_to(
            resident,
            world.person("delegate"),
            kind=Delegation.Kind.RELATIVE,
            scope=Delegation.Scope.ACT,
            consent_on=clock.today(),
            consent_note="本人在社区服务台签字同意(女儿代办)",
            by=officer,
        )
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=12), 10)):
        view_resident(resident, "上门评估前核对住址", by=world.person("community_worker"), organisation=bureau)
    _assess(world, officer, bureau)


ASSESSED = 48  # residents of 75 and over whose abilities were assessed this autumn


def _assess(world: World, officer: User, bureau: Organisation) -> None:
    """A round of assessments by two people each; the story's resident has a moderate loss and a plan of care."""
    rng = random.Random(42_195)  # noqa: S311 - a story, not a secret
    worker = world.person("community_worker")
    born_by = datetime.date(world.today.year - 75, 1, 1)
    others = Resident.objects.active().filter(birth_date__lt=born_by).exclude(pk=story_resident().pk)
    # Assessors go from community to community: the round began in the story's own and in a village.
    first = [story_resident().community, communities_of(world.region("chengxiang"))[-1]]
    others = others.order_by(Case(When(community__in=first, then=0), default=1), "id_hash")
    residents = [story_resident(), *others[:ASSESSED]]
    for number, resident in enumerate(residents):
        total = 58 if number == 0 else rng.choice([24, 38, 52, 58, 63, 72, 80, 86, 90])
        day = world.today - datetime.timedelta(days=11 + number % 40)
        with world.at(clock.at_hour(day, 10)):
            scored = score_assessment(
                resident, _scores(total), assessed_on=clock.today(), by=worker, organisation=bureau
            )
            if number < ASSESSED:  # the last one waits for its second assessor
                confirm_assessment(scored, by=officer)
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=10), 15)):
        write_care_plan(
            residents[0],
            goal="在家能安全洗澡、按时吃药，每周有人上门说说话",
            review_on=world.today + datetime.timedelta(days=90),
            needs={"basic_care": 4, "daily_living": 8, "visits": 4},
            by=worker,
        )
        for resident in residents[20:23]:
            note_benefit(resident, Benefit.Kind.EXTREME_POVERTY, starts_on=clock.today(), by=worker)


def _scores(total: int) -> dict[str, int]:
    """Full scores from the top of the list down to the total."""
    scores = {}
    for domain in domains():
        for item in domain.items:
            scores[item.code] = min(item.most, total)
            total -= scores[item.code]
    return scores
