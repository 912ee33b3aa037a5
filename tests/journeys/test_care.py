"""Half a year of one voucher, by everybody who has to do with it: she herself, her daughter, the community worker, the
counter and the bureau that pays. Each has a browser without JavaScript and nothing else."""

import datetime
import re

import pytest

from config.demo import cast
from marketplace.pages import clock

from .caring import settle_the_month, spend_a_voucher
from .town import Town, later
from .visitor import Sight

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = clock.at_hour(datetime.date(2026, 3, 2), 9)
NEXT_MONTH = clock.at_hour(datetime.date(2026, 4, 2), 9)
THE_DAY = clock.at_hour(datetime.date(2026, 4, 10), 14)
MONTH_AFTER = clock.at_hour(datetime.date(2026, 5, 6), 9)


def test_a_voucher_in_five_hands():
    with later(FIRST):
        town = Town()
        spend_a_voucher(town)
        resident = the_window(town)
    with later(NEXT_MONTH):
        assert town.visitor("approver").open("/desk/programmes/silver-80/issue/").fill({}).status == 200
        settle_the_month(town)
        the_daughter_books(town)
    with later(THE_DAY):
        the_counter_keeps_it(town)
        she_reads_it(town)
    with later(MONTH_AFTER):
        settle_the_month(town, "60.00")
        the_bureau_adds_up(town, resident)


def the_window(town: Town) -> str:
    """The community worker lets the daughter act and gives her a sign-in of her own; others find nothing."""
    worker = town.visitor("community_worker")
    page = worker.open(worker.open("/desk/residents/").link_to("/desk/residents/"))
    register = worker.open("/desk/residents/?q=张")
    home = re.search(r"/desk/residents/[0-9a-f-]{36}/", register.text).group()
    assert "张福珍" not in register.words and page.status == 200, "the register is masked"

    add = worker.open(f"{home}delegates/add/")
    form = {"kind": "relative", "scope": "act", "consent_on": "2026-03-02", "consent_note": "当面同意,按了手印"}
    unknown = add.fill(form | {"account": "nobody@demo.minfu.example"})
    assert unknown.status == 422 and "按了手印" in unknown.text, "nothing typed is lost"
    added = unknown.fill({"account": cast.email_of("delegate")})
    assert added.status == 200 and "张小敏" in added.words

    link = worker.open(f"{home}account/")
    own = link.fill({"account": cast.email_of("community_worker")})
    assert own.status == 422, "nobody links their own account"
    assert link.fill({"account": cast.email_of("resident")}).status == 200
    again = worker.open(f"{home}account/").fill({"account": cast.email_of("provider")})
    assert again.status == 422, "one account is enough"

    for key in ("provider", "counter", "evaluator"):
        town.visitor(key).open(home, expect=404)
    return home


def the_daughter_books(town: Town) -> None:
    """The provider offers an hour; the daughter takes it on her own telephone, and what it costs is held."""
    opening = town.visitor("counter").open("/counter/bookings/open/")
    service = opening.option("service", "居家照护（一小时）")
    offered = opening.fill(
        {"service": service, "starts_at": "2026-04-10T14:00", "minutes": "60", "places": "1", "weeks": "1"}
    )
    assert offered.status == 200, offered.words
    daughter = town.visitor("delegate")
    home = daughter.open("/my/")
    assert "80.00" in home.words
    place = daughter.open(f"/my/services/{service}/")
    nothing = place.fill({})
    assert nothing.status == 422, "without an hour there is no booking"
    taken = place.fill({"opening": place.document.xpath("//main//input[@name='opening']/@value")[0]})
    assert taken.status == 200, taken.words
    assert "20.00" in daughter.open("/my/").words, "60 of the 80 are held"


def the_counter_keeps_it(town: Town) -> None:
    counter = town.visitor("counter")
    booking = counter.open("/counter/bookings/").link_to("/counter/bookings/")
    keep = counter.open(booking)
    assert keep.fill({"pin": "000999"}).status == 422
    receipt = keep.fill({"pin": "518302"})
    assert receipt.status == 200 and "60.00" in receipt.words, receipt.words


def she_reads_it(town: Town) -> None:
    """In large print and in both languages: what is left, what was spent where, who has looked."""
    her = town.visitor("resident")
    assert "20.00" in her.open("/my/").words
    history = her.open("/my/history/")
    assert "60.00" in history.words and "怡安" in history.words
    assert her.open("/en/my/history/").status == 200
    assert her.open("/my/looked/").status == 200
    assert code_on(her.open("/my/code/")), "a code for who has no card at hand"


def code_on(page: Sight) -> str | None:
    found = re.search(r"\d{3} ?\d{3}", page.words)
    return found.group() if found else None


def the_bureau_adds_up(town: Town, resident: str) -> None:
    """Issued, spent, expired, what one resident's figures would give away; and the outreach list."""
    buyer = town.visitor("buyer")
    programme = buyer.open("/desk/programmes/silver-80/")
    assert "160.00" in programme.words, "two months of 80 were issued"
    figures = buyer.open("/desk/vouchers/figures/?year=2026")
    assert figures.status == 200 and figures.document.xpath("//svg | //table"), "a plot and its table"
    assert buyer.open("/desk/programmes/silver-80/never-spent/").status == 200
    assert "张福珍" not in buyer.open(resident).words
    town.visitor("provider").open("/counter/takings/")
    for address in ("/desk/vouchers/figures/", "/desk/window/"):
        town.visitor("delegate").open(address, expect=403)
