"""Where a draft departs from what was asked for and offered: shown before it is sent."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.pages.money import format_yuan
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve
from marketplace.tenders.models import Admission, Partner

from .figures import article_number
from .models import Contract
from .promises import in_words, promised_with


@dataclass(frozen=True)
class Difference:
    """Where the draft departs from what was asked for and offered, or from the library's words."""

    what: str
    before: str
    now: str


def differences(contract: Contract) -> list[Difference]:
    """What differs from tender and award, order, programme and framework, and from the template."""
    return [
        *_from_award(contract),
        *_from_order(contract),
        *_from_programme(contract),
        *_from_admissions(contract),
        *_from_template(contract),
    ]


def _that_differ(pairs: Iterable[tuple[str, str, str]]) -> Iterator[Difference]:
    for what, before, now in pairs:
        if before.strip() != now.strip():
            yield Difference(what, before, now)


def _from_award(contract: Contract) -> Iterator[Difference]:
    awards = [row.award for row in contract.awards.select_related("award__lot__place", "award__lot__tender")]
    if not awards:
        return
    months = max(award.lot.term_months for award in awards)
    last = add_months(contract.starts_on, months) - datetime.timedelta(days=1)
    offered = sum(award.amount for award in awards)
    place = "、".join(dict.fromkeys(str(award.lot.place.name) for award in awards))
    lots = "、".join(award.lot.title for award in awards)
    tender = awards[0].lot.tender
    takes_all = tender.lots.count() == len(awards)
    bid_together = tender.partners.filter(lead=contract.supplier, state=Partner.State.CONFIRMED).order_by("created_at")
    title = (tender.title if takes_all else f"{tender.title}（{lots}）")[:200]
    yield from _that_differ(
        [
            (_("Title"), title, contract.title),
            (_("Amount"), format_yuan(offered), format_yuan(contract.amount)),
            (_("Last day"), last.isoformat(), contract.ends_on.isoformat()),
            (_("Place"), place, contract.place),
            (_("Why it may run for more than a year"), awards[0].lot.long_term_reason, contract.term_condition),
            (
                _("Member of the consortium"),
                "；".join(f"{one.member.name}：{one.work}" for one in bid_together.select_related("member")),
                "；".join(
                    f"{one.organisation.name}：{one.part}" for one in contract.members.select_related("organisation")
                ),
            ),
            (
                _("Premises"),
                "\n".join(in_words(promise.place, promise.items) for promise in promised_with(a.lot for a in awards)),
                "\n".join(in_words(place, place.items.all()) for place in contract.premises.prefetch_related("items")),
            ),
        ]
    )


def _from_order(contract: Contract) -> Iterator[Difference]:
    """Of a contract under a framework: what was ordered and accepted."""
    order = contract.call_off
    if order is None:
        return
    planned = sum(contract.deliverables.values_list("quantity", flat=True))
    yield from _that_differ(
        [
            (_("Amount"), format_yuan(order.amount or 0), format_yuan(contract.amount)),
            (_("Quantity"), str(order.quantity), str(planned)),
            (_("Begins on"), order.starts_on.isoformat(), contract.starts_on.isoformat()),
            (_("Last day"), order.ends_on.isoformat(), contract.ends_on.isoformat()),
            (_("Place"), str(order.lot.place.name), contract.place),
        ]
    )


def _from_programme(contract: Contract) -> Iterator[Difference]:
    """Of a provider agreement: what its programme gives, and the days to pay that the rule does."""
    programme = contract.programme
    if programme is None:
        return
    first = max(contract.awarded_on, programme.starts_on)
    last = min(programme.ends_on, add_months(contract.starts_on, 12) - datetime.timedelta(days=1))
    rule = resolve("voucher.settlement_payment", on=contract.awarded_on, region=contract.buyer.region)
    yield from _that_differ(
        [
            (_("Title"), f"{programme.name}定点服务协议", contract.title),
            (_("Begins on"), first.isoformat(), contract.starts_on.isoformat()),
            (_("Last day"), last.isoformat(), contract.ends_on.isoformat()),
            (_("Place"), str(programme.region.name), contract.place),
            (_("Days to pay"), str(int(rule.value or 0)), str(contract.payment_days)),
        ]
    )


def admissions_behind(contract: Contract) -> QuerySet[Admission]:
    """The frameworks of the same buyer that have admitted the provider to a kind of service of the programme."""
    if contract.programme is None:
        return Admission.objects.none()
    return (
        Admission.objects.filter(
            supplier=contract.supplier,
            lot__tender__bureau=contract.buyer,
            lot__category__in=contract.programme.categories.all(),
            valid_until__gte=contract.starts_on,
        )
        .select_related("lot__tender", "lot__category")
        .order_by("lot__tender__number", "lot__position")
    )


def _from_admissions(contract: Contract) -> Iterator[Difference]:
    """Of a provider that a framework has admitted: its day and its prices. A listed price may be another one."""
    admissions = list(admissions_behind(contract))
    if not admissions:
        return
    services = list(contract.supplier.services.listed().select_related("category"))
    for admission in admissions:
        number = admission.lot.tender.number
        if contract.ends_on > admission.valid_until:
            yield Difference(
                _("Last day of framework %(number)s") % {"number": number},
                admission.valid_until.isoformat(),
                contract.ends_on.isoformat(),
            )
        offered = f"{format_yuan(admission.unit_price)} / {admission.lot.unit}"
        yield from _that_differ(
            (
                _("Price of %(service)s in framework %(number)s") % {"service": service.name, "number": number},
                offered,
                f"{format_yuan(service.price)} / {service.get_unit_display()}",
            )
            for service in services
            if service.category_id == admission.lot.category_id
        )


def _from_template(contract: Contract) -> Iterator[Difference]:
    for clause in contract.clauses.all():
        if clause.is_changed:
            yield Difference(f"{article_number(clause.position)} {clause.heading}", clause.standard_text, clause.text)
