"""How the articles of a template are filled from tender, bid and contract: in Chinese, which binds, and in English.

The words themselves are rows of the clause library (`Template`), shipped as data/templates.json and edited by the
operator. Rule `contract.contents` (Order 102, article 23) says what must be there.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace.pages.amounts import amount_in_words
from marketplace.pages.money import format_yuan
from marketplace.rules.queries import resolve

from .models import Contract, Template, TemplateClause
from .promises import promised_with

FIELD = re.compile(r"\{([a-z_]+)\}")

# What a template may name, and what stands there then.
FIELDS = {
    "tender_number": _("number of the tender"),
    "lots": _("lots of the tender"),
    "title": _("title of the contract"),
    "description": _("what the tender asks for"),
    "plan": _("what the bid undertakes"),
    "starts_on": _("first day"),
    "ends_on": _("last day"),
    "place": _("place of service"),
    "amount": _("amount in figures"),
    "amount_words": _("amount in words"),
    "fund": _("fund"),
    "budget_line": _("budget line"),
    "payment_days": _("days to pay"),
    "acceptance_terms": _("deemed acceptance"),
    "deduction_terms": _("deduction formula"),
    "final_terms": _("final part after the evaluation"),
    "renewal_terms": _("yearly renewal"),
    "bond_terms": _("performance bond"),
    "premises_terms": _("premises handed over"),
    "archive_years": _("years that papers are kept"),
    "programme": _("voucher programme"),
    "categories": _("approved kinds of service"),
}

GRADES = {"excellent": "优", "good": "良", "fair": "中", "poor": "差"}


def unknown_fields(text: str) -> list[str]:
    """Names in braces that no contract could fill."""
    return sorted({name for name in FIELD.findall(text) if name not in FIELDS})


def fill(text: str, facts: Mapping[str, object]) -> str:
    """The text with its fields filled; a paragraph that is left empty goes."""
    filled = FIELD.sub(lambda match: str(facts.get(match[1], "")), text)
    return "\n".join(line.strip() for line in filled.splitlines() if line.strip())


def facts_of(contract: Contract, *, english: bool = False) -> dict[str, Any]:
    """Everything that an article may name, from the contract as it stands."""
    facts: dict[str, Any] = {
        "title": contract.title_en if english and contract.title_en else contract.title,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "place": contract.place,
        "amount": format_yuan(contract.amount),
        "amount_words": amount_in_words(contract.amount) if contract.amount else "",
        "payment_days": contract.payment_days,
        "archive_years": resolve("tender.records_period", on=contract.awarded_on, region=contract.buyer.region).number,
    }
    if line := contract.budget_line:
        fund = line.fund
        facts["fund"] = fund.name_en if english and fund.name_en else fund.name
        name = line.name_en if english and line.name_en else line.name
        facts["budget_line"] = f"{line.year} {name}" if english else f"{line.year} 年度 {name}"
    if contract.programme:
        programme = contract.programme
        facts["programme"] = programme.name_en if english and programme.name_en else programme.name
        names = [
            category.name_en if english and category.name_en else category.name
            for category in programme.categories.all()
        ]
        facts["categories"] = ", ".join(names) if english else "、".join(names)
        return facts
    return facts | _from_tender(contract, english) | _terms(contract, english)


def _from_tender(contract: Contract, english: bool) -> dict[str, Any]:
    """What was asked for and promised, lot by lot; both are written in Chinese, and the English says so."""
    in_chinese = "as set out in the Chinese text."
    if order := contract.call_off:
        lot, number = order.lot, order.lot.position
        return {
            "tender_number": lot.tender.number,
            "lots": f"lot {number}, order {order.number}" if english else f"第 {number} 包，订单 {order.number}",
            "description": "" if english else order.need or lot.description,
            "plan": in_chinese if english else order.admission.bid.plan or "以响应文件为准。",
        }
    awards = [row.award for row in contract.awards.select_related("award__lot__tender", "award__bid")]
    lots = [award.lot for award in awards]
    tender = lots[0].tender
    numbers = "、".join(str(lot.position) for lot in lots)
    several = len(lots) > 1
    plans = [award.bid.plan for award in awards if award.bid.plan]
    return {
        "tender_number": tender.number,
        "lots": f"lot {numbers.replace('、', ', ')}" if english else f"第 {numbers} 包",
        "description": ""
        if english
        else "\n".join((f"{lot.title}：" if several else "") + (lot.description or tender.about) for lot in lots),
        "plan": in_chinese if english else "\n".join(dict.fromkeys(plans)) or "以响应文件为准。",
    }


def _terms(contract: Contract, english: bool) -> dict[str, str]:
    """The sentences that stand only when the contract has such a term."""
    return {
        "acceptance_terms": _acceptance_terms(contract, english),
        "deduction_terms": _deduction_terms(contract, english),
        "final_terms": _final_terms(contract, english),
        "renewal_terms": _renewal_terms(contract, english),
        "bond_terms": _bond_terms(contract, english),
        "premises_terms": _premises_terms(contract, english),
    }


def _acceptance_terms(contract: Contract, english: bool) -> str:
    days = contract.acceptance_days
    if not days:
        return ""
    if english:
        return (
            f"Where the Buyer neither accepts nor objects within {days} working days of the report, the delivery "
            "counts as accepted."
        )
    return f"甲方自收到交付报告之日起 {days} 个工作日内既未验收也未提出异议的，视为验收合格。"


def _deduction_terms(contract: Contract, english: bool) -> str:
    rate, floor, points = contract.shortfall_rate, contract.satisfaction_floor, contract.satisfaction_rate
    if english:
        text = f"For each unit missing from what was agreed, {rate}% of the instalment's unit price is deducted."
        if floor and points:
            text += (
                f" Satisfaction of recipients is to be at least {floor}%; for each point below, {points}% of the "
                "instalment is deducted."
            )
        return text
    text = f"验收数量少于约定的，每少一个计量单位，按该期单价的 {rate}% 扣减；"
    if floor and points:
        text += f"服务对象满意率应当不低于 {floor}%，每低一个百分点，扣减该期价款的 {points}%；"
    return text + "扣减后的价款为该期应付价款，扣减部分退回预算项目。"


def _final_terms(contract: Contract, english: bool) -> str:
    shares = contract.final_shares
    if not shares or not contract.deliverables.filter(kind="final").exists():
        return ""
    if english:
        parts = ", ".join(f"{grade} {shares[grade]}%" for grade in GRADES if grade in shares)
        return f"The final part is paid after the evaluation is published, by its grade: {parts}."
    parts = "，".join(f"“{GRADES[grade]}”支付 {shares[grade]}%" for grade in GRADES if grade in shares)
    return f"尾款在绩效评价结果公布后，按评价等级支付：{parts}。"


def _renewal_terms(contract: Contract, english: bool) -> str:
    if not contract.is_renewable:
        return ""
    months, grade = contract.renewal_months, contract.renewal_grade
    if english:
        return (
            f"The contract is renewed every {months} months within its term: it goes on when the evaluation reaches "
            f"“{grade}” and the next year's budget is in place, by a renewal that both parties sign. Otherwise it "
            "ends with the months that are assured."
        )
    return (
        f"本合同在总期限内每 {months} 个月续签一次：绩效评价等级达到“{GRADES.get(grade, grade)}”及以上、"
        "下一年度预算已落实的，双方签订续签协议后继续履行；未续签的，合同于已确认的期限届满时终止，其余价款不再支付。"
    )


def _bond_terms(contract: Contract, english: bool) -> str:
    if not contract.bond_amount:
        return ""
    amount = format_yuan(contract.bond_amount)
    if english:
        return (
            f"The Supplier provides a performance bond of RMB {amount} yuan, by transfer or guarantee and not in cash. "
            "It is returned when the contract is closed, or when it has ended early, is settled and the premises are "
            "returned. For a breach by the Supplier the Buyer may keep part or all of it."
        )
    return (
        f"乙方以转账、保函等非现金形式交纳履约保证金人民币 {amount} 元，合同履行完毕办理结清，或者提前终止并完成结算、"
        "交还场地后退还；乙方违约的，甲方可以视违约情形部分或者全部不予退还。"
    )


def _premises_terms(contract: Contract, english: bool) -> str:
    if not contract.premises.exists():
        return ""
    if english:
        return (
            "The premises and things of the annexed inventory are handed over for the service only, kept in good "
            "order, and returned by the inventory when the contract ends."
        )
    promises = promised_with(row.award.lot for row in contract.awards.select_related("award__lot"))
    agreed = "".join(dict.fromkeys(promise.terms for promise in promises))
    return (
        "附件所列场地和设施设备由甲方移交乙方，仅用于本合同服务，乙方应当妥善使用和维护，合同终止时按清单返还。"
        + agreed
    )


def clause_texts(template_clause: TemplateClause, chinese: Mapping[str, object], english: Mapping[str, object]) -> dict:
    """What a contract's article takes over from the template's."""
    text = fill(template_clause.text, chinese)
    return {
        "subject": template_clause.subject,
        "heading": template_clause.heading,
        "heading_en": template_clause.heading_en,
        "text": text,
        "text_en": fill(template_clause.text_en, english),
        "standard_text": text,
        "is_fixed": template_clause.is_fixed,
    }


def template_for(kind: str) -> Template:
    """The words in use for this kind of contract."""
    return Template.objects.in_use().get(kind=kind)
