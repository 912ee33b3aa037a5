"""The contract on paper."""

from contracts.models import Contract, Signing
from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, Role, User

from .wording import amount_in_words

CHINESE_DIGITS = "零一二三四五六七八九"


def article_number(position: int) -> str:
    """第一条, 第十二条, 第二十条: as Chinese contracts count, up to 99."""
    tens, ones = divmod(position, 10)
    words = ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十" if tens else ""
    return f"第{words}{CHINESE_DIGITS[ones] if ones or not tens else ''}条"


def print_contract(contract: Contract, *, by: User) -> Paper:
    """Print the contract as it is sent for signature. In Chinese: that text binds."""
    deliverables = list(contract.deliverables.all())
    return print_paper(
        "contract",
        "contracts/paper.html",
        {
            "contract": contract,
            "articles": [(article_number(clause.position), clause) for clause in contract.clauses.all()],
            "deliverables": deliverables,
            "services": list(contract.supplier.services.listed().select_related("category", "point"))
            if contract.programme
            else [],
            "amount_words": amount_in_words(contract.amount) if contract.is_service else "",
            "sides": [
                _side(Signing.Side.SUPPLIER, "乙方（供应商）", contract.supplier),
                _side(Signing.Side.BUYER, "甲方（采购人）", contract.buyer),
            ],
        },
        title=contract.title,
        about=contract,
        organisation=contract.buyer,
        by=by,
    )


def _side(key: str, label: str, organisation: Organisation) -> dict[str, object]:
    """One signature block; its signatories are those whom the organisation has named."""
    names = (
        organisation.memberships.filter(role=Role.SIGNATORY, ended_at=None)
        .order_by("created_at")
        .values_list("user__name", flat=True)
    )
    return {
        "key": key,
        "label": label,
        "organisation": organisation,
        "signatories": "、".join(dict.fromkeys(names)),
    }
