"""The story's steps 2, 5 and 8 in a real browser: what people see, type and press, with scripts and the policy on them.

Every page looked at must fit its screen, say nothing in the console, and pass axe where people meet it first.
Screenshots go to `var/screenshots`, for eyes.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from config.demo import cast, residents, vouchers
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_card, issue_month
from marketplace.vouchers.models import Card, Programme
from tests.given.chromium import IN_CHROMIUM, follow, look

from .buying import PLAN, TITLE, publish_a_tender
from .town import PDF, Town

PHONE, TABLET, DESKTOP = 360, 1024, 1280
PIN = "260519"
# A refused form answers 422, which Chromium reports as a failed load; it is the answer that we want.
EXPECTED = re.compile(r"Failed to load resource.*\b422\b")

pytestmark = IN_CHROMIUM


class Eyes:
    """Somebody at a screen."""

    def __init__(self, browser: Browser, base: str, width: int, *, large_print: bool = False) -> None:
        self.base, self.width = base, width
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
        if large_print:
            context.add_cookies([{"name": "large_print", "value": "1", "url": base}])
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, key: str) -> "Eyes":
        self.open("/sign-in/")
        self.page.fill("[name=username]", cast.email_of(key))
        self.page.fill("[name=password]", cast.PASSWORD)
        self.press("登录")
        assert "/sign-in/" not in self.page.url, self.words
        return self

    def open(self, address: str) -> "Eyes":
        answer = self.page.goto(self.base + address)
        assert answer.status == 200, f"{address} answered {answer.status}"
        return self

    def press(self, words: str) -> None:
        follow(self.page, self.page.locator("main").get_by_role("button", name=words).first)

    def send(self) -> None:
        """The large button of the page."""
        follow(self.page, self.page.locator("main form[method=post] button[type=submit].btn-primary").first)

    @property
    def words(self) -> str:
        return " ".join(self.page.inner_text("main").split())

    def look(self, name: str) -> None:
        """Keep a picture; nothing sticks out to the right and the console is silent."""
        look(self.page, f"{name}-{self.width}")
        assert not self.complaints, self.complaints

    def chinese_without_its_language(self) -> list[str]:
        """Chinese words that a screen reader would take for English ones."""
        return self.page.evaluate(
            """() => {
              const left = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walker.nextNode()) {
                const node = walker.currentNode, element = node.parentElement;
                const isMarked = element.closest("[lang^=zh], script, style, code");
                if (/\\p{Script=Han}/u.test(node.data) && !isMarked) left.push(node.data.trim());
              }
              return left;
            }"""
        )

    def check(self) -> None:
        """No serious or critical violation that axe knows."""
        found = Axe().run(self.page).response["violations"]
        grave = [
            f"{self.page.url} {violation['id']}: {[node['target'] for node in violation['nodes']][:4]}"
            for violation in found
            if violation["impact"] in ("serious", "critical")
        ]
        assert not grave, "\n".join(grave)


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def card(town) -> Card:
    """The month is issued, and the resident of the story has a card."""
    residents.load(town.world)
    vouchers.load_programmes(town.world)
    clerk = service_user("tests")
    for programme in Programme.objects.all():
        issue_month(programme, clock.today(), by=clerk)
    return issue_card(residents.story_resident(), pin=PIN, by=clerk)


def test_a_provider_seals_a_bid_and_the_public_reads(town, chromium, live_server):
    """Steps 2 and 8."""
    number = publish_a_tender(town)
    bidder = Eyes(chromium, live_server.url, DESKTOP).sign_in("provider")
    bidder.look("desk-provider")
    bidder.check()
    bidder.open(f"/tenders/{number}/bid/").look("bid")
    home = f"/tenders/{number}/bid/"
    bidder.open(f"{home}eligibility/")
    bidder.page.check("[name=is_eligible]")
    bidder.page.fill("[name=contact]", "林怡安")
    bidder.look("bid-eligibility")
    bidder.send()
    bidder.open(f"{home}prices/").page.locator("[name^=price-]").first.fill("396000")
    bidder.look("bid-prices")
    bidder.send()
    bidder.open(f"{home}plan/").page.fill("[name=plan]", PLAN)
    bidder.send()
    bidder.open(f"{home}files/").page.set_input_files(
        "[name=file]", files=[{"name": "实施方案.pdf", "mimeType": "application/pdf", "buffer": PDF}]
    )
    bidder.send()
    bidder.open(f"{home}seal/").page.check("[name=confirm]")
    bidder.look("bid-seal")
    bidder.send()
    bidder.look("bid-sealed")
    follow(bidder.page, bidder.page.locator("main a[href*='/verify/']").first)
    bidder.look("bid-receipt")
    told = re.sub(r"[0-9a-f]{12,}", "", bidder.words)  # a digest may hold any three digits
    assert "/verify/" in bidder.page.url and "396" not in told, "a receipt doesn't tell the price"

    for width in (DESKTOP, PHONE):
        for large_print in (False, True):
            reader = Eyes(chromium, live_server.url, width, large_print=large_print)
            large = "-large" if large_print else ""
            for name, address, words in (
                ("home", "/", TITLE),
                ("tenders", "/tenders/", TITLE),
                ("tender", f"/tenders/{number}/", "480,000.00"),
                ("provider", f"/providers/{cast.ORGANISATIONS['yian'].uscc}/", "怡安养老服务中心"),
                ("home-en", "/en/", "bids until"),
                ("tender-en", f"/en/tenders/{number}/", "Ceiling price"),
                ("provider-en", f"/en/providers/{cast.ORGANISATIONS['yian'].uscc}/", "Care"),
            ):
                reader.open(address).look(name + large)
                assert words in reader.words, f"{address}: {reader.words[:400]}"
                if name.endswith("-en"):
                    assert not reader.chinese_without_its_language()
                if name in ("home", "tender"):
                    reader.check()


def test_the_counter_takes_a_voucher(town, card, chromium, live_server):
    """Step 5: sixty yuan; sixty more refused with what is left; twenty by voucher and forty in cash; her own page."""
    stranger = Eyes(chromium, live_server.url, PHONE).open("/sign-in/")
    stranger.look("sign-in")
    stranger.check()
    clerk = Eyes(chromium, live_server.url, PHONE).sign_in("counter")
    assert clerk.page.url.endswith("/counter/"), "the counter's staff stand at the counter at once"
    clerk.look("counter")
    clerk.check()

    def an_hour() -> None:
        clerk.open("/counter/").page.fill("[name=card]", card.number)
        clerk.send()
        follow(clerk.page, clerk.page.locator("a", has_text="居家照护（一小时）").first)

    an_hour()
    clerk.look("counter-pay")
    clerk.check()
    for digit in PIN:
        clerk.page.locator(".pin-pad button", has_text=digit).click()
    clerk.send()
    assert "60.00" in clerk.words and "20.00" in clerk.words, clerk.words
    clerk.look("counter-receipt")

    an_hour()
    clerk.page.fill("[name=pin]", PIN)
    clerk.send()
    assert "20.00" in clerk.page.locator("[role=alert]").first.inner_text(), "it says what is left"
    clerk.look("counter-refused")
    assert clerk.page.input_value("[name=own_part]") == "40.00"
    clerk.page.fill("[name=pin]", PIN)
    clerk.send()
    assert "40.00" in clerk.words and "0.00" in clerk.words, clerk.words
    clerk.look("counter-split")
    clerk.open("/counter/today/").look("counter-today")

    at_the_till = Eyes(chromium, live_server.url, TABLET).sign_in("counter")
    at_the_till.look("counter")

    for width in (PHONE, DESKTOP):
        resident = Eyes(chromium, live_server.url, width, large_print=True).sign_in("resident")
        assert resident.page.url.endswith("/my/"), "a resident stands on her own page at once"
        assert "0.00" in resident.words and "40.00" in resident.words, resident.words
        resident.look("my-large")
        resident.check()
        for name in ("history", "services", "card", "looked"):
            resident.open(f"/my/{name}/").look(f"my-{name}-large")
