"""The contract on paper: the contract itself, its supplements, the statement at its end."""

from typing import Any

from contracts.models import Amendment, Contract, EvaluationNote
from marketplace.pages import clock
from marketplace.pages.amounts import amount_in_words
from marketplace.papers.actions import print_paper
from marketplace.papers.documents import in_chinese
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, Role, User
from marketplace.payments.models import PaymentOrder

from . import formula
from .figures import article_number
from .money import money_of
from .policies import suppliers_of
from .wording import GRADES

ANNEXES = "一二三四五六七八九"


def seal_place(contract: Contract, organisation: Organisation) -> str:
    """The id of the element over which the organisation's seal goes."""
    if organisation.pk == contract.buyer_id:
        return "seal-buyer"
    place = [one.pk for one in suppliers_of(contract)].index(organisation.pk)
    return f"seal-member-{place}" if place else "seal-supplier"


def sides_of(contract: Contract) -> list[dict[str, object]]:
    """One signature block each, in the order of signing; signatories are those whom the organisation has named."""
    suppliers = suppliers_of(contract)
    labels = ["乙方（供应商）"] if len(suppliers) == 1 else ["乙方（联合体牵头人）"]
    labels += ["乙方（联合体成员）"] * (len(suppliers) - 1)
    return [
        _side(contract, organisation, label)
        for organisation, label in zip([*suppliers, contract.buyer], [*labels, "甲方（采购人）"], strict=True)
    ]


def _side(contract: Contract, organisation: Organisation, label: str) -> dict[str, object]:
    names = (
        organisation.memberships.filter(role=Role.SIGNATORY, ended_at=None)
        .order_by("created_at")
        .values_list("user__name", flat=True)
    )
    return {
        "place": seal_place(contract, organisation),
        "label": label,
        "organisation": organisation,
        "signatories": "、".join(dict.fromkeys(names)),
    }


@in_chinese()
def print_contract(contract: Contract, *, by: User) -> Paper:
    """Print the contract as it is sent for signature. The Chinese text binds; the English may stand beside it."""
    return print_paper(
        "contract",
        "contracts/paper.html",
        contract_context(contract),
        title=contract.title,
        about=contract,
        organisation=contract.buyer,
        by=by,
    )


def contract_context(contract: Contract) -> dict[str, Any]:
    """What the print of a contract shows."""
    clauses = list(contract.clauses.all())
    awards = [row.award for row in contract.awards.select_related("award__lot__tender")]
    return {
        "contract": contract,
        "awards": awards,
        "tender": contract.lot.tender if contract.lot else None,
        "articles": [(article_number(clause.position), clause) for clause in clauses],
        "members": list(contract.members.select_related("organisation")),
        "amount_words": amount_in_words(contract.amount) if contract.is_service else "",
        "sides": sides_of(contract),
        "annexes": _annexes(contract),
    }


def _annexes(contract: Contract) -> list[dict[str, Any]]:
    """Numbered as they come: plan, prices, service standard, premises with their inventory."""
    found: list[dict[str, Any]] = []
    if deliverables := list(contract.deliverables.all()):
        found.append({"kind": "plan", "title": "交付与付款计划", "rows": deliverables})
    if prices := list(contract.prices.all()):
        found.append({"kind": "prices", "title": "价目表", "rows": prices})
    if contract.programme:
        services = list(contract.supplier.services.listed().select_related("category", "point"))
        if services:
            found.append({"kind": "services", "title": "服务项目与价目", "rows": services})
    if contract.standards.strip():
        lines = [line.strip() for line in contract.standards.splitlines() if line.strip()]
        found.append({"kind": "standards", "title": "服务标准", "rows": lines})
    for premises in contract.premises.prefetch_related("items"):
        found.append({"kind": "premises", "title": f"场地移交清单：{premises.name}", "premises": premises})
    for place, annex in enumerate(found):
        annex["number"] = f"附件{ANNEXES[place]}" if place < len(ANNEXES) else f"附件{place + 1}"
    return found


def renewal_reason(note: EvaluationNote) -> str:
    """The sentence with which a renewal begins."""
    return (
        f"绩效评价 {note.reference} 于 {note.published_on.isoformat()} 公布，得分 {note.score}，"
        f"等级“{GRADES.get(note.grade, note.grade)}”，达到合同约定的续签条件。"
    )


@in_chinese()
def print_amendment(amendment: Amendment, *, by: User) -> Paper:
    """Print a supplement or a renewal as it is sent for signature."""
    contract = amendment.contract
    renewed = (
        [
            deliverable
            for deliverable in contract.deliverables.all()
            if not deliverable.is_committed and deliverable.due_on <= amendment.assured_until
        ]
        if amendment.is_renewal
        else []
    )
    change = amendment.change
    return print_paper(
        "amendment",
        "contracts/amendment_paper.html",
        {
            "contract": contract,
            "amendment": amendment,
            "lines": list(amendment.lines.select_related("deliverable")),
            "renewed": renewed,
            "renewed_amount": sum(deliverable.amount for deliverable in renewed),
            "new_amount": contract.amount + change,
            "change_words": amount_in_words(abs(change)) if change else "",
            "sides": sides_of(contract),
        },
        title=f"{contract.title}{'续签协议' if amendment.is_renewal else '补充合同'}（{amendment.position}）"[:200],
        about=amendment,
        organisation=contract.buyer,
        by=by,
    )


@in_chinese()
def print_statement(contract: Contract, *, by: User) -> Paper:
    """Print the final statement 结算单: what was agreed, accepted, deducted, paid, released and given back."""
    return print_paper(
        "final-statement",
        "contracts/statement_paper.html",
        {
            "contract": contract,
            "money": money_of(contract),
            "rows": _settled(contract),
            "amendments": list(contract.amendments.signed()),
            "bonds": list(contract.bonds.all()),
            "ended_on": clock.today(),
        },
        title=f"{contract.title}结算单"[:200],
        about=contract,
        organisation=contract.buyer,
        by=by,
    )


def _settled(contract: Contract) -> list[dict[str, Any]]:
    """Each instalment with its finding, what was deducted in words, and its newest payment."""
    orders = {
        order.reference: order
        for order in PaymentOrder.objects.filter(reference__startswith=f"{contract.number}/")
        .exclude(state=PaymentOrder.State.CANCELLED)
        .order_by("ordered_at", "pk")
    }
    rows = []
    for deliverable in contract.deliverables.prefetch_related("reports__acceptance"):
        deliverable.contract = contract
        findings = [
            report.acceptance
            for report in deliverable.reports.all()
            if getattr(report, "acceptance", None) and report.acceptance.is_accepted
        ]
        acceptance = findings[0] if findings else None
        rows.append(
            {
                "deliverable": deliverable,
                "acceptance": acceptance,
                "lines": [formula.in_words(line) for line in acceptance.lines] if acceptance else [],
                "order": orders.get(deliverable.reference),
            }
        )
    return rows
