"""One bureau, its suppliers and experts, each with a browser: what the journeys of the methods have in common."""

import datetime
import re

from django.core.management import call_command

from marketplace.pages import clock
from marketplace.parties.models import Role, User
from marketplace.tenders.models import Lot, Tender
from tests.given.money import a_budget_line
from tests.given.people import a_person
from tests.given.tenders import PASSPHRASE, a_category, a_supplier, an_expert_pool

from ..buying import PLAN
from ..town import a_file, later
from ..visitor import Visitor

MORNING = clock.at_hour(datetime.date(2026, 3, 2), 9)
NAMES = (
    "怡安养老服务中心",
    "春晖日间照料中心",
    "和悦社区服务社",
    "松柏居家养老服务中心",
    "青松康复护理站",
    "民乐服务社",
)
LEVELS = "优 {half}-{points} 具体可行\n一般 0-{under} 笼统"


class Office:
    """People by a short key: buyer, approver, custodian1 to 3, supplier1 to 6, expert1 to 9."""

    def __init__(self, *, budget: int = 400_000_000) -> None:
        """`budget` in fen."""
        self.people: dict[str, User] = {}
        line = a_budget_line(budget)
        self.line, self.bureau = line, line.bureau
        for key, role in (("buyer", Role.OFFICER), ("approver", Role.APPROVER)):
            self.people[key] = a_person(role, of=self.bureau, name={"buyer": "陈采购", "approver": "周审批"}[key])
        for number, name in enumerate("沈顾陆", start=1):
            self.people[f"custodian{number}"] = a_person(Role.CUSTODIAN, of=self.bureau, name=f"{name}保管")
        for number, name in enumerate(NAMES, start=1):
            _supplier, self.people[f"supplier{number}"] = a_supplier(name=name)
        for number, expert in enumerate(an_expert_pool(9), start=1):
            self.people[f"expert{number}"] = expert
        self._visitors: dict[str, Visitor] = {}
        a_category()
        for number in (1, 2, 3):
            page = self.visitor(f"custodian{number}").open("/custodian/passphrase/")
            page.fill({"passphrase": PASSPHRASE, "again": PASSPHRASE})

    def visitor(self, key: str) -> Visitor:
        if key not in self._visitors:
            self._visitors[key] = self.browser_of(self.people[key])
        return self._visitors[key]

    @staticmethod
    def browser_of(user: User) -> Visitor:
        visitor = Visitor()
        visitor.client.force_login(user)
        return visitor

    @staticmethod
    def stranger() -> Visitor:
        return Visitor()

    # Before the tender

    def intend(self, method: str, title: str, yuan: int) -> str:
        """A line of the plan, its intention published thirty-one days ago; the line's key."""
        buyer = self.visitor("buyer")
        with later(clock.now() - datetime.timedelta(days=31)):
            form = buyer.open("/procurement/plan/new/")
            planned = form.fill(
                {
                    "title": title,
                    "about": "为八十岁以上老人提供服务。",
                    "budget_line": str(self.line.pk),
                    "category": form.option("category", "日间照料"),
                    "amount": str(yuan),
                    "method": method,
                }
            )
            assert planned.status == 200, planned.words
            home = re.search(r"/procurement/plan/[0-9a-f-]{36}/", planned.address).group()
            told = buyer.open(f"{home}publish/").fill({})
            assert told.status == 200, told.words
        assert title in self.stranger().open("/intentions/").words
        return home.rstrip("/").rsplit("/", 1)[1]

    def draft(self, method: str, title: str, yuan: int, *, panel_size: int = 3, **lot: str) -> str:
        """From the intention to the tasks of a draft with one lot and its plan; the address of its desk."""
        buyer = self.visitor("buyer")
        line = self.intend(method, title, yuan)
        new = buyer.open(f"/procurement/new/?plan={line}")
        desk = new.fill(
            {
                "title": title,
                "about": "为八十岁以上老人提供服务,工作日开放。",
                "budget_line": str(self.line.pk),
                "method": method,
                "panel_size": str(panel_size),
                "region": new.option("region", "城厢镇"),
                "contact_name": "陈采购",
                "contact_phone": "0512-53500000",
            }
        )
        assert desk.status == 200, desk.words
        home = re.search(r"/procurement/[0-9a-f-]{36}/", desk.address).group()
        page = buyer.open(f"{home}lots/new/")
        made = page.fill(
            {
                "title": "服务包",
                "description": "四十个日托床位,含助餐与康复。",
                "category": page.option("category", "日间照料"),
                "place": page.option("place", "城厢镇"),
                "ceiling": str(yuan),
                "term_months": "12",
            }
            | lot
        )
        assert made.status == 200, made.words
        said = {"catalogue_code": "A0601", "is_outside_negative_list": "on", "consultation_note": "座谈四十二人。"}
        planned = buyer.open(f"{home}plan/").fill(said)
        assert planned.status == 200, planned.words
        return home

    def justify(self, home: str, ground: str, **facts: str) -> None:
        """The method's page: without facts it is refused, with them it is kept."""
        page = self.visitor("buyer").open(f"{home}method/")
        assert page.fill({"method_ground": ground, "method_reason": ""}).status == 422
        kept = page.fill({"method_ground": ground, "method_reason": "经专家论证符合该情形。"} | facts)
        assert kept.status == 200, kept.words

    def complete(self, home: str, *points: int) -> None:
        """Conditions, criteria (points of price, technical, business; none at all without), file, people, dates."""
        buyer = self.visitor("buyer")
        buyer.open(f"{home}qualifications/").fill(
            {"rows-0-name": "具有独立承担民事责任的能力", "rows-0-guidance": "登记证书"}
        )
        if points:
            page = buyer.open(f"{home}criteria/")
            rows = {
                name: "" for name in page.form("rows-0-name").fields if re.search("(name|group|weight|levels)$", name)
            }
            parts = (("price", "价格"), ("technical", "服务方案"), ("business", "人员与业绩"))
            for row, ((part, name), weight) in enumerate(zip(parts, points, strict=False)):
                rows |= {f"rows-{row}-part": part, f"rows-{row}-name": name, f"rows-{row}-weight": str(weight)}
                if row:
                    levels = LEVELS.format(half=weight // 2, points=weight, under=weight // 2 - 1)
                    rows[f"rows-{row}-levels"] = levels
            scored = page.fill(rows, form="rows-0-name")
            assert scored.status == 200, scored.words
        buyer.open(f"{home}documents/").fill({"title": "采购文件", "file": a_file("采购文件.pdf")})
        people = buyer.open(f"{home}people/")
        people.fill({f"custodian{n}": people.option(f"custodian{n}", name) for n, name in enumerate("沈顾陆", start=1)})
        buyer.open(f"{home}schedule/").fill({})

    def publish(self, home: str) -> Tender:
        """Handed in by one officer, approved by another."""
        handed_in = self.visitor("buyer").open(f"{home}submit/").fill({})
        assert handed_in.status == 200, handed_in.words
        self.visitor("buyer").open(f"{home}approve/", expect=403)
        approved = self.visitor("approver").open(f"{home}approve/").fill({})
        assert approved.status == 200, approved.words
        tender = self.tender(home)
        assert tender.title in self.stranger().open(f"/tenders/{tender.number}/").words
        return tender

    @staticmethod
    def tender(home: str) -> Tender:
        return Tender.objects.get(pk=home.rstrip("/").rsplit("/", 1)[1])

    @staticmethod
    def lot(tender: Tender) -> Lot:
        return Lot.objects.get(tender=tender)

    # The bids and their opening

    def bid(self, key: str, tender: Tender, yuan: str) -> None:
        """Through every page of the bid; the receipt is genuine."""
        bidder, home = self.visitor(key), f"/tenders/{tender.number}/bid/"
        bidder.open(home)
        eligible = bidder.open(f"{home}eligibility/").fill({"is_eligible": "on", "contact": "林怡安"})
        assert eligible.status == 200, eligible.words
        prices = bidder.open(f"{home}prices/")
        field = next(name for name in prices.form("price-").fields if name.startswith("price-"))
        prices.fill({field: yuan})
        bidder.open(f"{home}plan/").fill({"plan": PLAN})
        bidder.open(f"{home}files/").fill({"file": a_file("实施方案.pdf")})
        sealed = bidder.open(f"{home}seal/").fill({"confirm": "on"})
        assert sealed.status == 200, sealed.words
        assert self.stranger().open(sealed.link_to("/verify/")).status == 200

    def open_bids(self, tender: Tender) -> None:
        """Two custodians of three."""
        call_command("run_clock", "--once")
        for key in ("custodian1", "custodian2"):
            opened = self.visitor(key).open(f"/tenders/{tender.number}/opening/").fill({"passphrase": PASSPHRASE})
            assert opened.status == 200, opened.words

    # The panel

    def qualify(self, home: str, *, failing: str = "") -> None:
        """Condition by condition; the supplier whose name holds `failing` lacks its certificate."""
        buyer = self.visitor("buyer")
        page = buyer.open(buyer.open(home).link_to("/qualifications/"))
        form, values = page.form("met-"), {}
        bids = {str(bid.pk): bid.supplier.name for bid in self.lot(self.tender(home)).bids.select_related("supplier")}
        for name in form.fields:
            if name.startswith("met-"):
                lacks = bool(failing) and failing in next(who for pk, who in bids.items() if pk in name)
                values[name] = "no" if lacks else "yes"
                if lacks:
                    values[name.replace("met-", "note-", 1)] = "未提供登记证书"
        checked = page.fill(values, form="met-")
        assert checked.status == 200, checked.words

    def draw_panel(self, home: str) -> None:
        drawn = self.visitor("buyer").open(f"{home}panel/").fill({})
        assert drawn.status == 200, drawn.words

    def quotes_page(self, tender: Tender):
        return self.visitor("buyer").open(f"/procurement/lots/{self.lot(tender).pk}/quotes/")

    def organisation(self, key: str):
        """For whom a supplier's bid writer acts."""
        return self.people[key].memberships.first().organisation

    def call_quotes(self, tender: Tender, prices: dict[str, str], **terms: str):
        """One round: called, quoted by each, opened by two custodians; nobody reads a quote before."""
        page = self.quotes_page(tender)
        untouched = {key: value for key, value in terms.items() if value}
        form = page.form("minutes")
        if terms.get("is_final") == "":
            form.fields["is_final"] = None  # the box is unticked
        called = page.fill({"minutes": "60"} | untouched, form="minutes")
        assert called.status == 200, called.words
        round = self.lot(tender).quote_rounds.latest("number")
        for key, yuan in prices.items():
            quoted = self.visitor(key).open(f"/bids/quotes/{round.pk}/").fill({"amount": yuan}, form="amount")
            assert quoted.status == 200, quoted.words
        with later(round.due_at + datetime.timedelta(minutes=1)):
            call_command("run_clock", "--once")
            opening = f"/tenders/{tender.number}/quotes/"
            for key in ("custodian1", "custodian2"):
                given = self.visitor(key).open(opening).fill({"passphrase": PASSPHRASE}, form="passphrase")
                assert given.status == 200, given.words
        return self.lot(tender).quote_rounds.get(pk=round.pk)

    def score(self) -> None:
        """Every drawn expert declares, fills the sheets where there are any, and hands in; Yi'an is the best."""
        for key in (f"expert{number}" for number in range(1, 10)):
            expert = self.visitor(key)
            for seat in self._seats(expert):
                assert expert.open(f"{seat}declare/").fill({"confirm": "on"}).status == 200
                for sheet in dict.fromkeys(re.findall(rf"{seat}bids/[0-9a-f-]{{36}}/", expert.open(seat).text)):
                    self._fill_sheet(expert.open(sheet))
                handed = expert.open(f"{seat}hand-in/").fill({})
                assert handed.status == 200, handed.words

    @staticmethod
    def _fill_sheet(page) -> None:
        if "points-" not in page.text:
            return  # the price alone decides
        form, share = page.form("points-"), 0.9 if "怡安" in page.words else 0.7
        values = {
            name: str(int(float(form.inputs[name].get("max")) * share))
            for name in form.fields
            if name.startswith("points-")
        }
        values |= {name: "方案具体,人员到位。" for name in form.fields if name.startswith("comment-")}
        saved = page.fill(values, form="points-")
        assert saved.status == 200, saved.words

    def sign_reports(self) -> None:
        for key in (f"expert{number}" for number in range(1, 10)):
            expert = self.visitor(key)
            for seat in self._seats(expert):
                signed = expert.open(f"{seat}report/").fill({"agrees": "yes"}, form="agrees")
                assert signed.status == 200, signed.words

    @staticmethod
    def _seats(expert: Visitor) -> list[str]:
        return list(dict.fromkeys(re.findall(r"/panel/[0-9a-f-]{36}/", expert.open("/panel/").text)))

    # The end

    def award(self, home: str, winner: str) -> Tender:
        """By the approving officer, to the first in rank; the result is public."""
        self.visitor("buyer").open(self.visitor("approver").open(home).link_to("/award/"), expect=403)
        approver = self.visitor("approver")
        done = approver.open(approver.open(home).link_to("/award/")).fill({"reason": "综合得分第一,报价合理。"})
        assert done.status == 200, done.words
        tender = self.tender(home)
        assert tender.state == "awarded"
        assert winner in self.stranger().open(f"/tenders/{tender.number}/result/").words
        assert self.lot(tender).awards.get().supplier.name == winner
        return tender


def after(tender: Tender, minutes: int = 5):
    """The story goes on so long after the deadline."""
    return later(tender.bids_due_at + datetime.timedelta(minutes=minutes))
