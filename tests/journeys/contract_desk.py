"""The people of one contract, each with a browser."""

import datetime
import re
from contextlib import contextmanager

from django.core.management import call_command
from django.test import Client

from contracts.models import Contract, Deliverable
from contracts.verification import faults
from marketplace.pages import clock
from marketplace.parties.models import User
from tests.given.contracts import a_cast, an_award
from tests.given.money import an_account

from .town import a_file
from .visitor import Sight, Visitor


def browser(user: User) -> Visitor:
    visitor = Visitor()
    visitor.client = Client(enforce_csrf_checks=True)
    visitor.client.force_login(user)
    return visitor


class Desk:
    """The people of one contract, each with a browser; `visitor("approver")` is who pays."""

    def __init__(self) -> None:
        self.award = an_award(ceiling=72_000_000)
        self.cast = a_cast(self.award.lot.tender.bureau, self.award.supplier)
        for organisation in (self.cast.buyer, self.cast.supplier):
            an_account(organisation)
        self.officer, self.signatory = browser(self.cast.officer), browser(self.cast.signatory)
        self.finance, self.provider = browser(self.cast.finance), browser(self.cast.provider)
        self.public = Visitor()
        self.number = ""

    def visitor(self, _key: str) -> Visitor:
        return self.finance

    @property
    def contract(self) -> Contract:
        return Contract.objects.select_related("buyer", "supplier").get(number=self.number)

    @property
    def home(self) -> str:
        return f"/contracts/{self.number}/"

    @contextmanager
    def on(self, days: int, hour: int = 10):
        """So many days after the award; the books are looked at when the day is over."""
        day = self.award.awarded_at.astimezone(clock.SHANGHAI).date() + datetime.timedelta(days=days)
        with clock.pretend(clock.at_hour(day, hour)):
            yield
            call_command("verify_ledger")
        assert list(faults()) == []

    def draft(self, starts_in: int = 3) -> None:
        day = self.award.awarded_at.astimezone(clock.SHANGHAI).date() + datetime.timedelta(days=starts_in)
        page = self.officer.open(self.officer.open("/contracts/desk/").link_to("/contracts/draft/"))
        drafted = done(page.fill({"starts_on": day.isoformat()}))
        self.number = re.search(r"/contracts/([^/]+)/", drafted.address).group(1)

    def sign(self) -> None:
        done(self.officer.open(f"{self.home}send/").fill({}))
        self.officer.open(f"{self.home}sign/", expect=403)
        for visitor in (self.provider, self.signatory):
            done(visitor.open(f"{self.home}sign/").fill({"has_read": "on"}))

    def deliver(self, position: int, *, accept: dict | None = None, **report) -> None:
        row = Deliverable.objects.get(contract__number=self.number, position=position)
        page = self.provider.open(f"/contracts/instalments/{row.pk}/report/")
        told = {"note": "按计划完成。", "invoice_number": f"FP{self.number[-4:]}{position:04d}"} | report
        if row.is_delivery:
            told["file"] = a_file("服务记录.pdf")
        done(page.fill(told))
        heard = {"residents_heard": "12"} if row.is_delivery else {}
        done(self.officer.open(f"/contracts/instalments/{row.pk}/accept/").fill(heard | (accept or {})))


def done(page: Sight) -> Sight:
    assert page.status == 200, page.words[:1500]
    return page
