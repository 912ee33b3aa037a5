"""A bidder questions a result, and complains about the answer."""

import datetime

from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders import actions
from marketplace.tenders.models import Award, Challenge, Complaint

from .people import a_person, an_organisation

WORDS = {"facts": "评分与文件不符", "basis": "政府采购法第五十二条", "wanted": "重新评审"}


def a_challenge(award: Award, *, step: str = "result", days: int = 2, by: int = 1) -> Challenge:
    """By the bidder in that place (the second by default), so many days after the award."""
    cast = award.cast
    with clock.pretend(award.awarded_at + datetime.timedelta(days=days)):
        return actions.lodge_challenge(
            award.lot.tender,
            cast.suppliers[by],
            step=step,
            matters=["评分错误", "业绩不实"],
            **WORDS,
            by=cast.bidders[by],
        )


def a_finance_officer() -> tuple[Organisation, User]:
    """A finance bureau and who decides complaints there."""
    bureau = an_organisation(Organisation.Kind.FINANCE)
    return bureau, a_person(Role.OFFICER, of=bureau)


def a_complaint(award: Award) -> Complaint:
    """The challenge was not answered in time; `complaint.officer` is who decides."""
    challenge = a_challenge(award)
    finance, reviewer = a_finance_officer()
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=1)):
        complaint = actions.file_complaint(
            challenge,
            matters=list(challenge.matters.all()),
            words="逾期未答复",
            reviewer=finance,
            by=award.cast.bidders[1],
        )
    complaint.officer = reviewer
    return complaint
