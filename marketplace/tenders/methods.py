"""The methods of procurement as data: what each one is, and which strategies carry it.

The numbers of a method (periods, fewest suppliers, panel, price weights) are rows of `marketplace.rules` with the
method's code, read through `rulebook`. What is not a number stands here. A new method is a member of `Tender.Method`,
one entry of METHODS and its rows; when it needs a way of its own, one more strategy where that name is looked up:
`who_may_bid` in `invitations`, `rounds`, `price_formula` and `ending` where bids are judged.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import Tender


class WhoMayBid(StrEnum):
    ANYONE = "anyone"  # whoever reads the notice and meets the qualifications
    INVITED = "invited"  # those drawn at random from the qualified list
    ONE = "one"  # the one supplier that was named


class Rounds(StrEnum):
    NONE = "none"  # the sealed price is the price
    FINAL_QUOTE = "final_quote"  # talks on the service, then one last sealed quote (财库〔2014〕214号)
    NEGOTIATION = "negotiation"  # talks in rounds, then one last sealed quote (Order 74)
    AGREEMENT = "agreement"  # the one supplier's price is agreed and minuted (Order 74, Article 42)


class PriceFormula(StrEnum):
    LOWEST_RATIO = "lowest_ratio"  # lowest valid ÷ this one × weight, beside the experts' points
    LOWEST_PRICE = "lowest_price"  # the lowest final price of those that meet every requirement
    AGREED = "agreed"  # nothing to compare


class WhenTwo(StrEnum):
    """When a procedure that asks for three suppliers may go on with two (rule `tender.min_suppliers_reduced`)."""

    NEVER = "never"
    ALWAYS = "always"  # purchased services (财库〔2015〕124号)
    AFTER_FAILED_TENDER = "after_failed_tender"  # with the approval that Order 74, Article 27 asks for


class Ending(StrEnum):
    AWARD = "award"  # one supplier a lot
    ADMISSION = "admission"  # several, after elimination; orders follow


class NoticeKind(StrEnum):
    TENDER = "tender"  # 招标公告
    INVITATION = "invitation"  # 投标邀请书
    SOLICITATION = "solicitation"  # 谈判/磋商公告
    SINGLE_SOURCE = "single_source"  # 单一来源公示
    ADMISSION = "admission"  # 征集公告


@dataclass(frozen=True)
class Method:
    """One way of buying. `code` is what rules, tenders and open data call it."""

    code: str
    who_may_bid: WhoMayBid
    notice: NoticeKind
    outcome: object  # the word for a decided tender: 中标 / 成交 / 入围
    rounds: Rounds = Rounds.NONE
    price_formula: PriceFormula = PriceFormula.LOWEST_RATIO
    when_two: WhenTwo = WhenTwo.NEVER
    ending: Ending = Ending.AWARD
    ocds: str = "open"
    has_panel: bool = True  # experts drawn at random; otherwise people of experience agree the price
    leaves_public_tender: bool = False  # above the threshold only with approval beforehand (GPL 27, REG 23)
    needs_ground: bool = False  # one of the grounds of rule `tender.method_conditions`, with the facts
    refusal: object = ""  # why it can't be chosen at all

    @property
    def allows_two(self) -> bool:
        return self.when_two != WhenTwo.NEVER

    @property
    def calls_for_tenders(self) -> bool:
        """招标: suppliers tender 投标. By every other method they respond 响应, and nothing is tendered."""
        return self.notice in (NoticeKind.TENDER, NoticeKind.INVITATION)

    @property
    def winning(self) -> str:
        """What winning is called in Chinese."""
        return "中标" if self.calls_for_tenders else "成交"

    @property
    def is_offered(self) -> bool:
        return not self.refusal

    @property
    def has_rounds(self) -> bool:
        """Prices change after the opening, by a final quote."""
        return self.rounds in (Rounds.FINAL_QUOTE, Rounds.NEGOTIATION)


WON = pgettext_lazy("tender outcome", "Awarded by tender")
DEALT = pgettext_lazy("tender outcome", "Awarded")
ADMITTED = pgettext_lazy("tender outcome", "Admitted")

METHODS: dict[str, Method] = {
    method.code: method
    for method in (
        Method(
            Tender.Method.OPEN,
            WhoMayBid.ANYONE,
            NoticeKind.TENDER,
            WON,
        ),
        Method(
            Tender.Method.INVITED,
            WhoMayBid.INVITED,
            NoticeKind.INVITATION,
            WON,
            ocds="selective",
            leaves_public_tender=True,
            needs_ground=True,
        ),
        Method(
            Tender.Method.NEGOTIATION,
            WhoMayBid.ANYONE,
            NoticeKind.SOLICITATION,
            DEALT,
            rounds=Rounds.NEGOTIATION,
            price_formula=PriceFormula.LOWEST_PRICE,
            when_two=WhenTwo.AFTER_FAILED_TENDER,
            ocds="limited",
            leaves_public_tender=True,
            needs_ground=True,
        ),
        Method(
            Tender.Method.CONSULTATION,
            WhoMayBid.ANYONE,
            NoticeKind.SOLICITATION,
            DEALT,
            rounds=Rounds.FINAL_QUOTE,
            when_two=WhenTwo.ALWAYS,
            leaves_public_tender=True,
        ),
        Method(
            Tender.Method.SINGLE_SOURCE,
            WhoMayBid.ONE,
            NoticeKind.SINGLE_SOURCE,
            DEALT,
            rounds=Rounds.AGREEMENT,
            price_formula=PriceFormula.AGREED,
            ocds="direct",
            has_panel=False,
            leaves_public_tender=True,
            needs_ground=True,
        ),
        Method(
            Tender.Method.FRAMEWORK,
            WhoMayBid.ANYONE,
            NoticeKind.ADMISSION,
            ADMITTED,
            ending=Ending.ADMISSION,
            needs_ground=True,
        ),
        Method(
            Tender.Method.RFQ,
            WhoMayBid.ANYONE,
            NoticeKind.SOLICITATION,
            DEALT,
            price_formula=PriceFormula.LOWEST_PRICE,
            refusal=_(
                "A request for quotations is for goods of one standard with ample supply, not for services "
                "(Government Procurement Law, Article 32). Choose competitive consultation or public tender."
            ),
        ),
    )
}

# For queries: the codes of the methods that go this way.
OF_ONE_SUPPLIER = [method.code for method in METHODS.values() if method.who_may_bid == WhoMayBid.ONE]
WITH_PANEL = [method.code for method in METHODS.values() if method.has_panel]
WITH_FINAL_QUOTE = [method.code for method in METHODS.values() if method.has_rounds]
WITH_AGREEMENT = [method.code for method in METHODS.values() if method.rounds == Rounds.AGREEMENT]


def method_of(tender: Tender) -> Method:
    """How this tender is carried through."""
    return METHODS[tender.method]


def offered() -> list[Method]:
    """Those that an officer may choose. The refused ones stay on the form, to say why."""
    return [method for method in METHODS.values() if method.is_offered]


EITHER = "中标（成交）"  # how a phrase that serves every method names winning (docs/glossary.md)


def in_words_of(tender: Tender, phrase: object) -> str:
    """The phrase with the one word for winning that this tender's method has, where the page knows it."""
    return str(phrase).replace(EITHER, method_of(tender).winning)
