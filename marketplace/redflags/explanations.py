"""The signs in words: what was seen, why one looks, and what else it may be."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from .finding import Group, Indicator


@dataclass(frozen=True)
class Words:
    """`rules`: the rows of the rule book that say where the sign begins."""

    title: Any
    why: Any
    innocent: Any
    rules: tuple[str, ...] = ()
    is_share: bool = False


GROUPS = {
    Group.PROCESS: pgettext_lazy("red flag", "Purchase"),
    Group.BUYER: pgettext_lazy("red flag", "Buyer"),
    Group.PROCURING_ENTITY: pgettext_lazy("red flag", "Procuring body"),
    Group.TENDERER: pgettext_lazy("red flag", "Supplier"),
}

WORDS = {
    Indicator.SHORT_PERIOD: Words(
        _("Little time to bid"),
        _("The time from notice to deadline is shorter than it should be. Little time favours those who knew before."),
        _("A method or an emergency for which the law allows a shorter time."),
        ("redflag.submission_period", "tender.bid_period"),
    ),
    Indicator.SINGLE_BID: Words(
        _("Only one bidder"),
        _("A competitive purchase got a single bid. The requirements may have been written for one supplier."),
        _("A place with few providers, or a service that few can give."),
    ),
    Indicator.CLOSE_PRICES: Words(
        _("The loser's price is very close"),
        _("The next price lies unusually close to the winner's. Bidders may have known each other's price."),
        _("A service whose costs everybody can reckon, for example one paid at a fixed rate."),
        ("redflag.close_prices",),
        is_share=True,
    ),
    Indicator.LOSES_OFTEN: Words(
        _("Bids often, hardly ever wins"),
        _("Among those who bid most this one wins unusually seldom. It may bid only to make up the number."),
        _("A young organisation that is still learning to bid."),
        ("redflag.success_rate", "redflag.frequent_bidder"),
        is_share=True,
    ),
    Indicator.SAME_PRICE: Words(
        _("Two bidders with one price"),
        _("Different bidders asked for exactly the same price. They may have agreed on it, or one wrote both bids."),
        _("A price set by the buyer, or a round price at the ceiling."),
    ),
    Indicator.LATE_BID_WON: Words(
        _("A late bid has won"),
        _("The winning bid came in after the deadline: somebody was let in who should have been turned away."),
        _("A deadline that was moved for all and not published anew."),
    ),
    Indicator.ALL_OTHERS_OUT: Words(
        _("All others were disqualified"),
        _("Only the winner's bid was left: every other bidder was disqualified. The choice may have been made before."),
        _("Bids that really lacked what was asked; the reasons stand in the record."),
        ("redflag.others_disqualified",),
    ),
    Indicator.LOWEST_OUT: Words(
        _("The lowest bid was disqualified"),
        _("The lowest price was thrown out and a dearer one paid."),
        _("A price too low to keep the service's quality, or papers that were missing."),
    ),
    Indicator.MANY_OUT: Words(
        _("Unusually many disqualified bids"),
        _("The share of disqualified bids is unusually high: requirements may be unclear, or used to keep people out."),
        _("Many bidders who bid for the first time."),
        ("redflag.disqualified_share", "redflag.least_bids", "redflag.least_processes"),
        is_share=True,
    ),
    Indicator.SELLS_EVERYTHING: Words(
        _("Sells an unusual variety"),
        _("One supplier is paid for unusually many kinds of things: it may only lend its name."),
        _("A large organisation with many departments."),
        ("redflag.variety", "redflag.variety_least_processes", "redflag.class_digits"),
    ),
    Indicator.DISTANT_PRICES: Words(
        _("The losers' prices are far away"),
        _("The next price lies unusually far above the winner's. The other bids may only have been for show."),
        _("A winner with premises, volunteers or grants that the others lack."),
        ("redflag.distant_prices",),
        is_share=True,
    ),
}


def words_of(indicator: str) -> Words:
    return WORDS[Indicator(indicator)]


def value_in_words(indicator: str, value: float) -> str:
    """The value where it says something; empty for a plain yes."""
    if words_of(indicator).is_share:
        return f"{value:.1%}"
    if indicator == Indicator.ALL_OTHERS_OUT:
        return ngettext("%(count)d bidder", "%(count)d bidders", int(value)) % {"count": value}
    if indicator == Indicator.SELLS_EVERYTHING:
        return ngettext("%(count)d kind", "%(count)d kinds", int(value)) % {"count": value}
    return ""
