"""Who lives and works in the demo city. Every name is made up; USCCs and ID numbers are valid and belong to nobody."""

from dataclasses import dataclass

from stdnum.cn import uscc as uscc_number

from marketplace.parties.models import Organisation, Role

Kind, Form = Organisation.Kind, Organisation.LegalForm
PASSWORD = "minfu-demo-2026"  # noqa: S105 - printed in the README


def _uscc(prefix: str, serial: int) -> str:
    body = f"{prefix}MADEMA{serial:03d}"
    return body + uscc_number.calc_check_digit(body)


REGIONS = {
    "taicang": "320585000000",
    "suzhou": "320500000000",
    "chengxiang": "320585100000",
    "shaxi": "320585101000",
    "liuhe": "320585102000",
    "fuqiao": "320585103000",
    "huangjing": "320585104000",
    "shuangfeng": "320585105000",
}


@dataclass(frozen=True)
class Body:
    uscc: str
    name: str
    name_en: str
    kind: str
    legal_form: str
    region: str
    about: str = ""
    about_en: str = ""
    registered_on: str = "2015-03-01"
    phone: str = ""


def _bureau(serial: int, name: str, name_en: str, region: str, kind: str = Kind.BUREAU) -> Body:
    return Body(
        _uscc("11320585", serial), name, name_en, kind, Form.STATE_ORGAN, region, phone=f"0512-555012{serial:02d}"
    )


def _service_body(serial: int, name: str, name_en: str, region: str, about: str, about_en: str, since: str) -> Body:
    return Body(
        _uscc("52320585", serial),
        name,
        name_en,
        Kind.SOCIAL_ORGANISATION,
        Form.SERVICE_BODY,
        region,
        about,
        about_en,
        since,
        phone=f"0512-555001{serial:02d}",
    )


ORGANISATIONS = {
    "city_bureau": _bureau(1, "太仓市民政局(演示)", "Taicang Civil Affairs Bureau (demo)", "taicang"),
    "chengxiang": _bureau(2, "城厢镇民政办公室(演示)", "Chengxiang Civil Affairs Office (demo)", "chengxiang"),
    "shaxi": _bureau(3, "沙溪镇民政办公室(演示)", "Shaxi Civil Affairs Office (demo)", "shaxi"),
    "finance_bureau": _bureau(4, "太仓市财政局(演示)", "Taicang Finance Bureau (demo)", "taicang", Kind.FINANCE),
    "audit_office": _bureau(5, "太仓市审计局(演示)", "Taicang Audit Office (demo)", "taicang", Kind.AUDIT),
    "yian": _service_body(
        11,
        "怡安养老服务中心",
        "Yi'an Elderly Care Centre",
        "chengxiang",
        "在城厢镇运营三家日间照料中心，提供居家照护、助浴、助餐和康复指导，现有护理员四十二名。",
        "Runs three day-care centres in Chengxiang; home care, assisted bathing, meals and rehabilitation; 42 carers.",
        "2012-05-18",
    ),
    "heyue": _service_body(
        12,
        "和悦社区服务社",
        "Heyue Community Service",
        "chengxiang",
        "以社区为家，为高龄和独居老人提供日间照料、陪伴和精神慰藉。",
        "Day care, companionship and counselling for the very old and those who live alone.",
        "2016-09-02",
    ),
    "songbai": _service_body(
        13,
        "松柏居家养老服务中心",
        "Songbai Home Care",
        "shaxi",
        "服务沙溪镇及周边村庄，上门照护、助洁、代办，护理员都来自本镇。",
        "Home care, cleaning and errands in Shaxi and its villages, by carers from the same town.",
        "2014-11-11",
    ),
    "lanting": _service_body(
        14,
        "兰亭心理关爱中心",
        "Lanting Counselling Centre",
        "chengxiang",
        "为老人及照护者提供心理咨询、丧亲陪伴和认知障碍家庭支持。",
        "Counselling for older people and carers, bereavement support, help for families living with dementia.",
        "2018-04-20",
    ),
    "qingsong": _service_body(
        15,
        "青松康复护理站",
        "Qingsong Rehabilitation and Nursing",
        "liuhe",
        "康复护理、压疮护理、跌倒预防训练，与镇卫生院联合建档。",
        "Rehabilitation, pressure-sore care and fall prevention, with shared records at the town's clinic.",
        "2017-06-30",
    ),
    "xinyu": _service_body(
        16,
        "新雨助餐服务社",
        "Xinyu Meal Service",
        "fuqiao",
        "中央厨房配送与社区食堂，每日供餐六百份，软食、低糖可选。",
        "A central kitchen and community canteens: 600 meals a day, soft and low-sugar choices.",
        "2019-02-14",
    ),
    "chunhui": _service_body(
        17,
        "春晖日间照料中心",
        "Chunhui Day Care",
        "huangjing",
        "璜泾镇的日间照料中心，有接送车和四十个日托床位。",
        "A day-care centre in Huangjing with a shuttle and forty places.",
        "2013-08-08",
    ),
    "minle": _service_body(
        18,
        "民乐社会工作服务社",
        "Minle Social Work",
        "shuangfeng",
        "社会工作者驻村，组织邻里互助、志愿探访和养老顾问服务。",
        "Village-based social workers: neighbours' mutual help, visits by volunteers, advice on ageing.",
        "2020-10-15",
    ),
    "qiming": _service_body(
        21,
        "启明适老化改造服务社",
        "Qiming Home Adaptation",
        "chengxiang",
        "去年登记的年轻机构，为老人家庭装扶手、改浴室、铺防滑地面。",
        "Registered last year: grab rails, bathroom conversions and non-slip floors for older people's homes.",
        "2025-09-10",
    ),
    "xiaoyu": _service_body(
        22,
        "小榆邻里互助社",
        "Xiaoyu Neighbours",
        "shaxi",
        "由退休教师和返乡青年发起，组织时间银行和上门陪伴。",
        "Founded by retired teachers and returning young people: a time bank and visits at home.",
        "2026-01-20",
    ),
    "evaluator": Body(
        _uscc("52320500", 31),
        "衡评社会服务评估中心",
        "Hengping Evaluation Centre",
        Kind.EVALUATOR,
        Form.SERVICE_BODY,
        "suzhou",
        "独立第三方评估机构，从事养老与社会服务项目绩效评价。",
        "An independent evaluator of care and social service projects.",
        "2014-01-10",
    ),
    "evaluator2": Body(
        _uscc("91320500", 32),
        "明镜社会评估有限公司",
        "Mingjing Social Evaluation Ltd",
        Kind.EVALUATOR,
        Form.COMPANY,
        "suzhou",
        "社会组织等级评估与政府购买服务绩效评价。",
        "Rating of social organisations and evaluation of purchased services.",
        "2017-03-22",
    ),
    "hub": Body(
        _uscc("52320585", 41),
        "太仓市社会组织培育中心(演示)",
        "Taicang Social Organisation Hub (demo)",
        Kind.INCUBATOR,
        Form.SERVICE_BODY,
        "taicang",
        "为新成立的社会组织提供场地、补贴、培训，并把合适的采购项目告诉它们。",
        "Space, subsidies and training for new social organisations, and word of tenders that fit them.",
        "2013-12-01",
    ),
    "operator": Body(
        _uscc("12320585", 51),
        "民福平台运行中心(演示)",
        "Minfu Operations (demo)",
        Kind.OPERATOR,
        Form.INSTITUTION,
        "taicang",
    ),
}


@dataclass(frozen=True)
class Person:
    name: str
    organisation: str | None
    roles: tuple[str, ...] = ()
    demo_role: str = ""
    is_operator: bool = False


EVERY_PROVIDER_ROLE = (Role.OWNER, Role.BIDDER, Role.SIGNATORY, Role.FINANCE)

PEOPLE = {
    "admin": Person("管理员·演示", "operator", (Role.OWNER,), "admin", is_operator=True),
    "buyer": Person("陈采购·演示", "city_bureau", (Role.OFFICER, Role.SIGNATORY), "buyer"),
    "approver": Person("吴审批·演示", "city_bureau", (Role.APPROVER, Role.SIGNATORY, Role.FINANCE), "approver"),
    "custodian1": Person("沈密钥·演示", "city_bureau", (Role.CUSTODIAN,), "custodian"),
    "custodian2": Person("顾密钥·演示", "city_bureau", (Role.CUSTODIAN,), "custodian"),
    "custodian3": Person("陆密钥·演示", "city_bureau", (Role.CUSTODIAN,), "custodian"),
    "community_worker": Person("周社工·演示", "city_bureau", (Role.COMMUNITY_WORKER,), "community_worker"),
    "provider": Person("林怡安·演示", "yian", EVERY_PROVIDER_ROLE, "provider"),
    "counter": Person("柜台员·演示", "yian", (Role.COUNTER,), "counter"),
    "evaluator": Person("钱评估·演示", "evaluator", (Role.EVALUATOR, Role.OWNER), "evaluator"),
    "evaluator_b": Person("孙评估·演示", "evaluator", (Role.EVALUATOR,), "evaluator"),
    "evaluator_c": Person("李评估·演示", "evaluator", (Role.EVALUATOR,), "evaluator"),
    "incubator": Person("培育主管·演示", "hub", (Role.MANAGER,), "incubator"),
    "auditor": Person("郑审计·演示", "audit_office", (Role.AUDITOR,), "auditor"),
    "reviewer": Person("蒋监管·演示", "finance_bureau", (Role.OFFICER, Role.APPROVER)),
    "resident": Person("张福珍·演示", None, (), "resident"),
    "delegate": Person("张小敏·演示", None, (), "delegate"),
    **{
        f"{role}_{bureau}": Person(f"{name}·演示", bureau, roles)
        for bureau, names in {"chengxiang": ("何采购", "徐审批"), "shaxi": ("马采购", "朱审批")}.items()
        for role, name, roles in (
            ("buyer", names[0], (Role.OFFICER, Role.SIGNATORY)),
            ("approver", names[1], (Role.APPROVER, Role.SIGNATORY, Role.FINANCE, Role.CUSTODIAN)),
        )
    },
    **{
        f"provider_{key}": Person(f"{name}·演示", key, EVERY_PROVIDER_ROLE)
        for key, name in {
            "heyue": "宋和悦",
            "songbai": "唐松柏",
            "lanting": "许兰亭",
            "qingsong": "韩青松",
            "xinyu": "冯新雨",
            "chunhui": "邓春晖",
            "minle": "曹民乐",
            "qiming": "彭启明",
            "xiaoyu": "曾小榆",
        }.items()
    },
    **{
        f"expert{number}": Person(f"{name}专家·演示", "finance_bureau", (Role.EXPERT,), "expert" if number == 1 else "")
        for number, name in enumerate(("萧", "田", "董", "袁", "潘", "于", "蒋"), start=1)
    },
}


def email_of(key: str) -> str:
    """The address that a person of the cast signs in with."""
    return f"{key.replace('_', '.')}@demo.minfu.example"
