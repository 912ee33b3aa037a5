"""What of tenders waits for a person: only what they may act on, now."""

from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from ... import policies
from . import bidder, buyer, finance, panel


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """What is held in person first: a share of a key, a seat on a panel; then what the chosen organisation works on."""
    items = [*panel.keys_to_use(user), *panel.seats_to_fill(user)]
    if organisation is None:
        return items
    if policies.may_answer_for(user, organisation):
        items += bidder.evaluated(organisation)
    if policies.may_bid(user, organisation):
        items += bidder.bidding(organisation)
    if organisation.kind == Organisation.Kind.FINANCE and has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        items += finance.under_review(organisation)
    if organisation.kind == Organisation.Kind.BUREAU:
        items += buyer.of_bureau(user, organisation)
    return items
