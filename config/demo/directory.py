"""Service points and price lists of the demo city's providers."""
# ruff: noqa: E501 - tables read better in one line each

import datetime
from decimal import Decimal

from config.demo.world import World
from marketplace.directory.actions import define_categories, list_service, open_point
from marketplace.directory.models import Category, Service
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Region

HOUR, VISIT, MEAL, DAY, MONTH = Service.Unit

# (provider, name, English name, region, address, lat, lng, telephone, opens, closes, days)
# fmt: off
POINTS = [
    ("yian", "怡安城厢总站", "Yi'an Chengxiang Centre", "chengxiang", "城厢镇人民南路188号", "31.4510", "121.1100", "0512-55500101", 8, 18, "MO,TU,WE,TH,FR,SA"),
    ("yian", "怡安德兴日间照料中心", "Yi'an Dexing Day Care", "chengxiang", "城厢镇德兴路26号", "31.4562", "121.1035", "0512-55500102", 8, 17, "MO,TU,WE,TH,FR"),
    ("yian", "怡安南园助浴点", "Yi'an Nanyuan Bathing Point", "chengxiang", "城厢镇南园东路9号", "31.4478", "121.1152", "0512-55500103", 9, 17, "MO,WE,FR,SA"),
    ("heyue", "和悦弇山社区站", "Heyue Yanshan Community", "chengxiang", "城厢镇弇山路52号", "31.4601", "121.0988", "0512-55500201", 8, 18, "MO,TU,WE,TH,FR,SA,SU"),
    ("songbai", "松柏沙溪古镇站", "Songbai Shaxi Old Town", "shaxi", "沙溪镇白云路77号", "31.5701", "121.0680", "0512-55500301", 8, 17, "MO,TU,WE,TH,FR"),
    ("lanting", "兰亭心理关爱室", "Lanting Counselling Room", "chengxiang", "城厢镇县府东街31号", "31.4533", "121.1071", "0512-55500401", 9, 18, "MO,TU,WE,TH,FR"),
    ("qingsong", "青松浏河康复站", "Qingsong Liuhe Rehabilitation", "liuhe", "浏河镇闸北路15号", "31.5103", "121.2711", "0512-55500501", 8, 17, "MO,TU,WE,TH,FR,SA"),
    ("xinyu", "新雨浮桥社区食堂", "Xinyu Fuqiao Canteen", "fuqiao", "浮桥镇牌楼新街8号", "31.5812", "121.2103", "0512-55500601", 6, 19, "MO,TU,WE,TH,FR,SA,SU"),
    ("xinyu", "新雨城厢助餐点", "Xinyu Chengxiang Meal Point", "chengxiang", "城厢镇朝阳路102号", "31.4587", "121.1123", "0512-55500602", 10, 19, "MO,TU,WE,TH,FR,SA,SU"),
    ("chunhui", "春晖璜泾日间照料中心", "Chunhui Huangjing Day Care", "huangjing", "璜泾镇园林路60号", "31.6502", "121.0871", "0512-55500701", 8, 17, "MO,TU,WE,TH,FR"),
    ("minle", "民乐双凤服务站", "Minle Shuangfeng", "shuangfeng", "双凤镇建湖路21号", "31.5089", "121.0423", "0512-55500801", 8, 17, "MO,TU,WE,TH,FR"),
    ("qiming", "启明城厢服务点", "Qiming Chengxiang Office", "chengxiang", "城厢镇太平路3号", "31.4549", "121.1090", "0512-55500901", 9, 17, "TU,TH,SA"),
]

# (provider, category, point or None for at home, name, English name, description, unit, yuan)
SERVICES = [
    ("yian", "home-care", None, "居家照护（一小时）", "Home care, one hour", "护理员上门：起居协助、身体清洁、用药提醒、陪伴聊天。", HOUR, 60),
    ("yian", "home-care", None, "夜间陪护（一次）", "Night care, one night", "晚八点至早六点陪护。", VISIT, 260),
    ("yian", "bath", "怡安南园助浴点", "助浴（到点）", "Assisted bath at the point", "两名护理员在场，含血压测量。", VISIT, 80),
    ("yian", "bath", None, "上门助浴", "Assisted bath at home", "自带浴床，两名护理员上门。", VISIT, 158),
    ("yian", "day-care", "怡安德兴日间照料中心", "日间照料（一天）", "Day care, one day", "含午餐、午休、活动和接送。", DAY, 70),
    ("yian", "meal", "怡安城厢总站", "营养午餐", "Lunch", "两荤两素一汤，软食可选。", MEAL, 15),
    ("heyue", "home-care", None, "居家照护（一小时）", "Home care, one hour", "", HOUR, 55),
    ("heyue", "day-care", "和悦弇山社区站", "日间照料（一天）", "Day care, one day", "认知活动、手工、健康操。", DAY, 65),
    ("heyue", "counselling", None, "陪伴探访（一小时）", "Companion visit, one hour", "志愿者与社工结对探访。", HOUR, 30),
    ("songbai", "home-care", None, "居家照护（一小时）", "Home care, one hour", "本镇护理员，会说本地话。", HOUR, 50),
    ("songbai", "cleaning", None, "居室保洁（两小时）", "Cleaning, two hours", "厨卫清洁、换洗床品。", VISIT, 80),
    ("songbai", "errands", None, "陪诊取药", "Escort to the doctor", "陪同就医、取药、送回家。", VISIT, 90),
    ("lanting", "counselling", "兰亭心理关爱室", "心理咨询（五十分钟）", "Counselling, fifty minutes", "持证咨询师，丧亲与照护压力。", HOUR, 120),
    ("lanting", "counselling", None, "上门心理慰藉", "Counselling at home", "", VISIT, 150),
    ("qingsong", "rehabilitation", "青松浏河康复站", "康复训练（一次）", "Rehabilitation session", "评估、平衡与步态训练。", VISIT, 75),
    ("qingsong", "rehabilitation", None, "上门康复护理", "Rehabilitation at home", "压疮护理、关节活动。", VISIT, 110),
    ("xinyu", "meal", "新雨浮桥社区食堂", "社区食堂午餐", "Canteen lunch", "每周菜单公示，低糖可选。", MEAL, 12),
    ("xinyu", "meal", None, "送餐上门", "Meal brought home", "十一点半前送到。", MEAL, 16),
    ("xinyu", "meal", "新雨城厢助餐点", "晚餐套餐", "Dinner", "", MEAL, 14),
    ("chunhui", "day-care", "春晖璜泾日间照料中心", "日间照料（一天）", "Day care, one day", "接送车往返各村。", DAY, 60),
    ("chunhui", "bath", "春晖璜泾日间照料中心", "助浴（到点）", "Assisted bath at the point", "", VISIT, 70),
    ("chunhui", "home-care", None, "居家照护（一小时）", "Home care, one hour", "", HOUR, 52),
    ("minle", "errands", None, "代购代办", "Shopping and errands", "买菜、缴费、取快递。", VISIT, 25),
    ("minle", "counselling", None, "驻村社工探访", "Visit by a social worker", "", VISIT, 40),
    ("minle", "cleaning", None, "居室保洁（两小时）", "Cleaning, two hours", "", VISIT, 75),
    ("qiming", "adaptation", None, "居家安全评估", "Home safety check", "上门查看浴室、地面和照明，提出改造建议。", VISIT, 60),
    ("qiming", "adaptation", None, "安装扶手（一处）", "Handrail fitted", "浴室或楼梯扶手，含材料。", VISIT, 180),
]
# fmt: on


# In which community a service point stands, and how many residents it takes at one time.
PLACES = {
    "怡安城厢总站": ("府东社区", 30), "怡安德兴日间照料中心": ("德兴社区", 40), "怡安南园助浴点": ("南园社区", 6),
    "和悦弇山社区站": ("弇山社区", 25), "松柏沙溪古镇站": ("东市社区", 20), "兰亭心理关爱室": ("县府社区", 4),
    "青松浏河康复站": ("", 16), "新雨浮桥社区食堂": ("", 60), "新雨城厢助餐点": ("中区社区", 40),
    "春晖璜泾日间照料中心": ("", 35), "民乐双凤服务站": ("", 12), "启明城厢服务点": ("东区社区", None),
}  # fmt: skip


def community_in(town: Region, name: str) -> Region:
    """The named community of a town, else its first: that of the town's own seat."""
    inside = Region.objects.filter(parent=town, level=Region.Level.COMMUNITY).order_by("code")
    return inside.filter(name=name).first() or inside.first() or town


def load(world: World) -> None:
    if Service.objects.exists():
        return
    by = service_user("directory")
    define_categories(by=by)
    categories = {category.pk: category for category in Category.objects.all()}
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=400), 9)):
        points = {}
        for key, name, name_en, region, address, lat, lng, phone, opens, closes, days in POINTS:
            points[name] = open_point(
                world.organisation(key),
                name=name,
                name_en=name_en,
                region=community_in(world.region(region), PLACES[name][0]),
                places=PLACES[name][1],
                address=address,
                lat=Decimal(lat),
                lng=Decimal(lng),
                phone=phone,
                opens_at=datetime.time(opens),
                closes_at=datetime.time(closes),
                days=days,
                by=by,
            )
        for key, category, point, name, name_en, description, unit, yuan in SERVICES:
            list_service(
                world.organisation(key),
                category=categories[category],
                point=points.get(point),
                name=name,
                name_en=name_en,
                description=description,
                unit=unit,
                price=yuan * 100,
                by=by,
            )
