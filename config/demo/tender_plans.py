"""What the demo city buys: each tender as a line of facts; `tenders.py` brings them to life."""
# ruff: noqa: E501 - tables read better in one line each

from dataclasses import dataclass, field

from marketplace.tenders.models import Tender


@dataclass(frozen=True)
class Plan:
    """A tender to be: amounts in yuan; `bids` as (provider, percent of the ceiling, quality out of 100)."""

    bureau: str
    line: str
    title: str
    title_en: str
    about: str
    category: str
    place: str
    ceiling: int
    days_ago: int  # published so many days ago
    until: str  # the state to bring it to
    bids: tuple[tuple[str, int, int], ...] = ()
    months: int = 12
    method: str = Tender.Method.CONSULTATION
    reason: str = ""
    key: str = ""
    more_lots: tuple[tuple[str, str, int], ...] = field(default=())  # (title, place, ceiling)
    second_stage: str = ""  # a framework's
    out: str = ""  # the provider whose papers are not whole
    final_percent: int = 100  # of the bid, what the last quote comes to


PLANS = (
    Plan(
        "city_bureau",
        "2296002-01",
        "太仓市城厢镇社区日间照料中心运营服务",
        "Running the community day-care centre of Chengxiang",
        "为城厢镇六十周岁以上老人提供日托、午餐、康复活动和短期喘息服务。场地由采购人提供（建筑面积六百二十平方米，已完成适老化装修），设日托床位三十张。工作日八时至十七时开放，每月服务不少于六百人次，老人满意度不低于百分之九十。",
        "day-care",
        "chengxiang",
        860_000,
        290,
        "awarded",
        (("yian", 93, 94), ("heyue", 90, 86), ("chunhui", 88, 80)),
        key="contract_tender",
    ),
    Plan(
        "city_bureau",
        "2081006-02",
        "太仓市居家上门康复护理服务",
        "Rehabilitation and nursing at home",
        "为失能、半失能老人提供上门康复评估、训练指导和压疮护理，全年不少于四千八百人次，护理人员须持证上岗。",
        "rehabilitation",
        "liuhe",
        520_000,
        255,
        "awarded",
        (("qingsong", 95, 92), ("yian", 96, 85), ("songbai", 91, 74)),
    ),
    Plan(
        "chengxiang",
        "2296002-01",
        "城厢镇老年助餐点运营与送餐服务",
        "Meals for older people in Chengxiang: canteens and delivery",
        "运营五个社区助餐点，工作日供应午餐，为行动不便老人送餐上门。食品安全责任险必备，菜品每周公示。",
        "meal",
        "chengxiang",
        480_000,
        230,
        "awarded",
        (("xinyu", 92, 91), ("heyue", 95, 83), ("yian", 97, 84)),
    ),
    Plan(
        "shaxi",
        "2081006-01",
        "沙溪镇农村老人居家照护服务",
        "Home care for older people in the villages of Shaxi",
        "为沙溪镇十二个村的高龄、独居老人提供助洁、助浴、代办和每周探访。优先聘用本镇护理员。",
        "home-care",
        "shaxi",
        390_000,
        205,
        "awarded",
        (("songbai", 94, 93), ("minle", 90, 82), ("xiaoyu", 85, 66)),
    ),
    Plan(
        "chengxiang",
        "2080208-01",
        "城厢镇老年人心理关爱与照护者支持",
        "Counselling for older people and support for carers",
        "开展心理评估、个案咨询、丧亲陪伴和认知障碍家庭互助小组，全年个案不少于一百二十个。",
        "counselling",
        "chengxiang",
        180_000,
        180,
        "awarded",
        (("lanting", 96, 95), ("minle", 92, 78), ("heyue", 94, 75)),
    ),
    Plan(
        "city_bureau",
        "2296002-02",
        "困难老人家庭适老化改造（第一批）",
        "Home adaptation for older people in need, first batch",
        "为一百二十户困难老人家庭安装扶手、改造浴室、铺设防滑地面，含入户评估、施工和一年维护。",
        "home-care",
        "taicang",
        420_000,
        150,
        "awarded",
        (("qiming", 91, 88), ("minle", 93, 76), ("songbai", 95, 72)),
        months=10,
    ),
    Plan(
        "shaxi",
        "2296002-01",
        "沙溪镇村级互助养老点运营服务",
        "Running village mutual-help places in Shaxi",
        "运营六个村级互助养老点，组织邻里互助、文体活动和健康讲座。分两个采购包。",
        "day-care",
        "shaxi",
        180_000,
        120,
        "awarded",
        (("songbai", 93, 88), ("minle", 90, 90), ("xiaoyu", 88, 79)),
        more_lots=(("南片三个村互助养老点", "shaxi", 160_000),),
    ),
    Plan(
        "city_bureau",
        "2081006-02",
        "太仓市老年人紧急呼叫与响应服务",
        "Emergency call and response for older people",
        "为两千名独居老人提供二十四小时呼叫响应，三十秒内应答，需上门的三十分钟内到达。",
        "emergency",
        "taicang",
        460_000,
        95,
        "failed_opening",
        (("yian", 96, 80), ("heyue", 104, 70), ("minle", 98, 60)),
    ),
    Plan(
        "shaxi",
        "2080208-01",
        "沙溪镇志愿探访与时间银行服务",
        "Volunteers' visits and the time bank of Shaxi",
        "组织志愿者每周探访高龄独居老人，维护时间银行记录。",
        "errands",
        "shaxi",
        120_000,
        80,
        "failed",
        (("xiaoyu", 92, 80), ("minle", 95, 70)),
    ),
    Plan(
        "chengxiang",
        "2081006-01",
        "城厢镇居家助浴服务",
        "Assisted bathing at home in Chengxiang",
        "为重度失能老人提供上门助浴，两人一组，配备移动浴槽。",
        "bath",
        "chengxiang",
        260_000,
        60,
        "cancelled",
        reason="采购需求与新出台的长期护理保险项目重合，经研究取消采购任务。",
    ),
    Plan(
        "city_bureau",
        "2296002-01",
        "浏河镇日间照料中心运营服务",
        "Running the day-care centre of Liuhe",
        "浏河镇日间照料中心新址投入使用，需专业机构整体运营，含日托、助餐和康复。",
        "day-care",
        "liuhe",
        640_000,
        45,
        "evaluating",
        (("qingsong", 94, 0), ("chunhui", 92, 0), ("yian", 95, 0), ("heyue", 91, 0)),
    ),
    Plan(
        "chengxiang",
        "2081006-01",
        "城厢镇失能老人居家照护服务",
        "Home care for frail older people in Chengxiang",
        "为评估为中度以上失能的老人提供每周三次、每次两小时的上门照护。",
        "home-care",
        "chengxiang",
        580_000,
        35,
        "ranked",
        (("yian", 94, 92), ("heyue", 92, 88), ("songbai", 96, 83)),
    ),
    Plan(
        "city_bureau",
        "2081006-02",
        "太仓市养老护理员培训服务",
        "Training of carers",
        "全年培训养老护理员三百人次，含理论、实操与认知障碍照护专题。",
        "rehabilitation",
        "taicang",
        210_000,
        15,
        "closed",
        (("qingsong", 93, 0), ("lanting", 90, 0), ("yian", 96, 0)),
    ),
    Plan(
        "city_bureau",
        "2296002-01",
        "璜泾镇社区日间照料中心运营服务",
        "Running the community day-care centre of Huangjing",
        "璜泾镇日间照料中心设四十个日托床位，配接送车一辆。需提供日托、助餐、助浴和康复服务，每季度公布服务数据。",
        "day-care",
        "huangjing",
        760_000,
        6,
        "published",
        (("chunhui", 93, 0),),
        key="open_tender",
    ),
    Plan(
        "shaxi",
        "2080208-01",
        "沙溪镇高龄老人陪诊代办服务",
        "Escort to the doctor and errands in Shaxi",
        "为八十周岁以上老人提供陪诊、取药和政务代办。",
        "errands",
        "shaxi",
        98_000,
        4,
        "published",
    ),
    Plan(
        "city_bureau",
        "2296002-02",
        "困难老人家庭适老化改造（第二批）",
        "Home adaptation for older people in need, second batch",
        "为九十户困难老人家庭实施适老化改造，重点为卫生间防滑、扶手和夜间照明。",
        "home-care",
        "taicang",
        330_000,
        3,
        "published",
    ),
    Plan(
        "chengxiang",
        "2296002-01",
        "城厢镇认知障碍友好社区建设服务",
        "A dementia-friendly community in Chengxiang",
        "开展认知障碍筛查、家庭支持和社区宣传，建设两个记忆咖啡馆。",
        "counselling",
        "chengxiang",
        240_000,
        1,
        "pending_approval",
    ),
    Plan(
        "city_bureau",
        "2081006-02",
        "双凤镇老年助餐服务",
        "Meals for older people in Shuangfeng",
        "在双凤镇新设三个助餐点。",
        "meal",
        "shuangfeng",
        280_000,
        0,
        "draft",
    ),
)

SERVICE_PLANS = {
    "yian": "怡安在城厢镇运营日间照料中心十二年。本项目配主任一名、护理员九名（持证率百分之百）、康复师一名。服务按“入院评估、一人一案、月度回访”执行，每月向采购人报送数据，设应急预案与家属沟通机制。",
    "heyue": "和悦以社区为家，项目团队八人，均有三年以上社区养老经验。计划与居委会共建志愿者队伍，形成“专业照护加邻里陪伴”的服务方式。",
    "songbai": "松柏的护理员都来自本镇，熟悉各村情况。服务实行片区负责制，每名老人有固定护理员，每次上门扫码签到并记录。",
    "lanting": "兰亭有心理咨询师六名、社会工作师三名。个案实行督导制，危机干预二十四小时响应，严格保护老人隐私。",
    "qingsong": "青松与镇卫生院联合建档，康复治疗师五名。每名老人入户评估后制订训练计划，每月复评，数据可供采购人核查。",
    "xinyu": "新雨有中央厨房一座，日供餐能力八百份，通过食品安全管理体系认证。菜单由营养师制订，软食、低糖可选，送餐全程保温。",
    "chunhui": "春晖运营璜泾镇日间照料中心多年，有接送车两辆。计划增设助浴间和康复角，开展代际活动。",
    "minle": "民乐的社会工作者驻村工作，擅长组织邻里互助与志愿探访，已在双凤镇建成九支互助小组。",
    "qiming": "启明的设计师和施工员均受过适老化专项培训，先评估后施工，一户一图，完工后一年内免费维护。",
    "xiaoyu": "小榆由退休教师和返乡青年发起，志愿者一百二十名，时间银行已记录三千小时。",
}
