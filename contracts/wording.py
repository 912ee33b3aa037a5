"""The standing words of a contract, in Chinese, which is the language that binds.

Filled from tender and bid. Rule `contract.contents` (Order 102, article 23) says what must be there; REG 45 asks for
the public acceptance, GPL 48–50 for assignment, subcontract and change. The texts are this project's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .models import Clause

Subject = Clause.Subject


@dataclass(frozen=True)
class Article:
    subject: str
    heading: str
    text: str
    is_fixed: bool = False


SERVICE = (
    Article(
        Subject.CONTENT,
        "服务内容",
        "乙方按采购文件（项目编号 {tender_number}，第 {lot_position} 包）和乙方响应文件，"
        "向甲方指定的服务对象提供“{title}”服务。\n"
        "{description}",
        True,
    ),
    Article(
        Subject.QUANTITY,
        "服务数量",
        "服务数量及交付时间见附件一《交付与付款计划》。实际服务对象人数有变动的，双方以书面确认为准，单价不变。",
    ),
    Article(
        Subject.QUALITY,
        "服务质量与标准",
        "乙方的服务应当符合国家和地方有关标准，以及响应文件的承诺。乙方应当配备有资质的人员，建立服务记录，做到有预约、有签到、有回访。\n"
        "乙方的承诺：{plan}",
    ),
    Article(
        Subject.TERM,
        "服务期限与地点",
        "服务期限自 {starts_on} 起至 {ends_on} 止。服务地点：{place}。",
    ),
    Article(
        Subject.PRICE,
        "合同价款",
        "合同总价为人民币 {amount} 元（大写：{amount_words}）。"
        "该价款为完成本合同全部服务的含税价，除双方书面变更外不作调整。",
        True,
    ),
    Article(
        Subject.SETTLEMENT,
        "资金结算",
        "资金来源：{fund}；预算项目：{budget_line}。甲方按附件一分期结算。乙方每期交付后提交服务报告和发票，"
        "甲方验收合格并收到发票之日起 {payment_days} 日内，将应付款项拨付至乙方账户。"
        "甲方逾期付款的，按日万分之五支付利息。",
    ),
    Article(
        Subject.ACCEPTANCE,
        "履约验收与绩效评价",
        "甲方收到乙方的交付报告后组织验收，邀请服务对象参加并听取意见，验收结果向社会公告。部分不合格的，甲方可以要求整改，或者按验收结论扣减相应价款。\n"
        "甲方可以委托独立第三方对本合同进行绩效评价，评价结果作为付款、续签和公开的依据。",
    ),
    Article(
        Subject.DUTIES,
        "双方的权利和义务",
        "甲方应当提供必要的工作条件，按约付款，监督服务质量。乙方应当自行完成服务，不得转让本合同；经甲方书面同意，可以将非主体部分分包。"
        "乙方应当为服务人员购买人身意外保险，为服务对象购买责任保险，接受审计和监督。",
    ),
    Article(
        Subject.PRIVACY,
        "个人信息保护",
        "乙方仅为履行本合同处理服务对象的个人信息，采取加密、权限控制等措施；未经甲方书面同意不得转委托；合同终止后应当返还或者删除。",
    ),
    Article(
        Subject.BREACH,
        "违约责任",
        "任何一方不履行合同义务或者履行不符合约定的，应当承担继续履行、采取补救措施或者赔偿损失等责任。"
        "乙方弄虚作假、虚报服务量的，甲方有权不支付相应价款、解除合同，并依法报告有关部门。",
    ),
    Article(
        Subject.DISPUTES,
        "争议解决",
        "因本合同产生的争议，双方先行协商；协商不成的，向甲方所在地人民法院提起诉讼。",
    ),
    Article(
        Subject.OTHER,
        "其他",
        "采购文件、响应文件、成交通知书和附件是本合同的组成部分。本合同经双方加盖可靠电子签名后生效，电子文本与纸质文本具有同等效力；"
        "合同文本依法公开，档案至少保存十五年。",
    ),
)

AGREEMENT = (
    Article(
        Subject.CONTENT,
        "定点服务",
        "甲方同意乙方作为“{programme}”的定点服务机构。乙方在核定的服务项目范围内，凭服务券为老年人提供服务。核定的服务项目：{categories}。",
        True,
    ),
    Article(
        Subject.QUALITY,
        "服务质量与标准",
        "乙方应当公示服务项目和价格，凭卡和密码当面核销，如实登记服务时间和内容，不得拒绝、变相拒绝或者强迫消费。"
        "服务应当符合国家和地方居家、社区养老服务标准。",
    ),
    Article(Subject.TERM, "协议期限", "本协议自 {starts_on} 起至 {ends_on} 止。"),
    Article(
        Subject.PRICE,
        "服务价格",
        "服务价格以乙方在服务名录中公示的价格为准，不得高于同类服务的市场价格；调价应当提前公示，已核销的服务按核销时的价格结算。",
    ),
    Article(
        Subject.SETTLEMENT,
        "服务券结算",
        "服务券每月结算一次。甲方根据系统核销记录审核，在次月结算并拨付至乙方账户。服务券不得兑换现金，不找零，当月有效。资金来源：{fund}；预算项目：{budget_line}。",
    ),
    Article(
        Subject.ACCEPTANCE,
        "监督与评价",
        "甲方通过回访、抽查和第三方评价监督服务，评价结果在服务名录中公布。评价不合格的，甲方可以暂停乙方的定点资格。",
    ),
    Article(
        Subject.PRIVACY,
        "个人信息保护",
        "乙方仅为履行本协议处理老年人的个人信息，采取加密、权限控制等措施；不得转委托、出售或者用于营销；协议终止后应当返还或者删除。",
    ),
    Article(
        Subject.BREACH,
        "违约责任",
        "乙方虚假核销、套取资金、代持服务券或者侵害老年人权益的，应当退回全部违规款项，甲方有权立即终止协议、取消定点资格，并依法移送有关部门。",
    ),
    Article(
        Subject.DISPUTES, "争议解决", "因本协议产生的争议，双方先行协商；协商不成的，向甲方所在地人民法院提起诉讼。"
    ),
    Article(
        Subject.OTHER,
        "其他",
        "本协议经双方加盖可靠电子签名后生效，电子文本与纸质文本具有同等效力；协议文本依法公开，档案至少保存十五年。",
    ),
)

DIGITS = "零壹贰叁肆伍陆柒捌玖"
SMALL = ("", "拾", "佰", "仟")
LARGE = ("", "万", "亿", "万亿")


def _section_in_words(number: int) -> str:
    """One to 9999 in financial characters, without the zero that a neighbour may need in front."""
    text, pending_zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if pending_zero and text else "") + DIGITS[digit] + SMALL[place]
            pending_zero = False
        else:
            pending_zero = True
    return text


def amount_in_words(fen: int) -> str:
    """Fen in the financial characters that contracts and cheques use: 108050 → 壹仟零捌拾元伍角."""
    yuan, rest = divmod(fen, 100)
    text, gap = "", False
    for section in (3, 2, 1, 0):
        part = yuan // 10_000**section % 10_000
        if part:
            if text and (gap or part < 1000):
                text += "零"
            text += _section_in_words(part) + LARGE[section]
            gap = False
        elif text:
            gap = True
    text = (text or "零") + "元"
    jiao, cents = divmod(rest, 10)
    if not rest:
        return text + "整"
    if jiao:
        text += DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (DIGITS[cents] + "分" if cents else "")


def write_articles(articles: tuple[Article, ...], facts: Mapping[str, object]) -> list[Clause]:
    """The articles with the facts filled in, not saved."""
    return [
        Clause(
            position=position,
            subject=article.subject,
            heading=article.heading,
            text=article.text.format_map(facts).strip(),
            is_fixed=article.is_fixed,
        )
        for position, article in enumerate(articles, start=1)
    ]
