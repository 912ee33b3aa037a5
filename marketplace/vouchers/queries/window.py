"""The one window: for one resident every programme, what stands in the way, and what to do next."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.residents.models import Assessment, CarePlan, Resident
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve
from marketplace.vouchers.entitlement import Terms, terms_of
from marketplace.vouchers.models import Application, Card, Programme, Voucher
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.reasons import Reason, grant_of, why_not

from .wallets import Balance, balance_of

WAITING = ("application_waits",)


@dataclass(frozen=True)
class Offer:
    """One programme as it stands for one resident. `status`: given, coming, waits, apply, refused, not_entitled."""

    programme: Programme
    terms: Terms
    status: str
    amount: int | None = None
    voucher: Voucher | None = None
    reasons: list[Reason] = field(default_factory=list)
    application: Application | None = None
    due_on: datetime.date | None = None

    @property
    def tone(self) -> str:
        return {"given": "good", "coming": "active", "waits": "active", "apply": "active", "refused": "bad"}.get(
            self.status, "quiet"
        )

    @property
    def label(self) -> Any:
        return {
            "given": _("Given this month"),
            "coming": _("On its way"),
            "waits": _("Being examined"),
            "apply": _("May be applied for"),
            "refused": _("Refused"),
            "not_entitled": _("Not entitled"),
        }[self.status]


def offers_for(resident: Resident, month: datetime.date | None = None) -> list[Offer]:
    """Every running programme where the resident lives, the ones that give something first."""
    month = first_of_month(month or clock.today())
    programmes = (
        Programme.objects.running_in(month)
        .select_related("region", "bureau__region")
        .prefetch_related(
            "tiers",
            Prefetch(
                "applications",
                Application.objects.filter(resident=resident).select_related("appeal").order_by("-submitted_at"),
                to_attr="of_resident",
            ),
        )
    )
    nearby = [
        programme for programme in programmes if resident.region_id.startswith(programme.bureau.region.prefix[:6])
    ]
    vouchers = {voucher.programme_id: voucher for voucher in resident.vouchers.filter(month=month)}
    order = ["given", "coming", "waits", "apply", "refused", "not_entitled"]
    offers = [_offer(programme, resident, month, vouchers.get(programme.pk)) for programme in nearby]
    return sorted(offers, key=lambda offer: (order.index(offer.status), offer.programme.code))


def _offer(programme: Programme, resident: Resident, month: datetime.date, voucher: Voucher | None) -> Offer:
    terms = terms_of(programme)
    application = programme.of_resident[0] if programme.of_resident else None
    amount = grant_of(terms, resident, month)
    common: dict[str, Any] = {"programme": programme, "terms": terms, "amount": amount, "application": application}
    if voucher is not None:
        return Offer(**common | {"amount": voucher.granted}, status="given", voucher=voucher)
    reasons = why_not(programme, terms, resident, month)
    if not reasons:
        first = application.first_voucher_by if application else None
        return Offer(**common, status="coming", due_on=first or due_date(clock.today(), resolve("voucher.first_issue")))
    codes = {reason.code for reason in reasons}
    if codes & {"application_waits"}:
        return Offer(**common, status="waits", reasons=reasons)
    if "application_refused" in codes and application is not None:
        return Offer(**common, status="refused", reasons=reasons)
    if codes == {"no_application"}:
        return Offer(**common, status="apply", reasons=[])
    return Offer(**common, status="not_entitled", reasons=reasons)


@dataclass(frozen=True)
class WindowView:
    """All that the one window shows of a resident, masked."""

    resident: Resident
    offers: list[Offer]
    balance: Balance
    card: Card | None
    assessment: Assessment | None
    waiting_assessment: Assessment | None
    plan: CarePlan | None
    steps: list[dict[str, Any]]


def window_of(resident: Resident) -> WindowView:
    """A known number of statements for each programme that runs where the resident lives."""
    assessments = list(
        resident.assessments.filter(state__in=[Assessment.State.CONFIRMED, Assessment.State.SCORED]).select_related(
            "first_assessor", "second_assessor"
        )
    )
    today = clock.today()
    in_force = next(
        (one for one in assessments if one.state == Assessment.State.CONFIRMED and one.valid_until >= today), None
    )
    scored = next((one for one in assessments if one.state == Assessment.State.SCORED), None)
    view = WindowView(
        resident=resident,
        offers=offers_for(resident),
        balance=balance_of(resident),
        card=resident.cards.live().first(),
        assessment=in_force,
        waiting_assessment=scored,
        plan=resident.care_plans.select_related("written_by").prefetch_related("needs").first(),
        steps=[],
    )
    view.steps.extend(_next_steps(view))
    return view


def _next_steps(view: WindowView) -> list[dict[str, Any]]:
    """What the desk can do now, the most useful first."""
    pk, steps = view.resident.pk, []
    State = Resident.State

    def step(title: Any, name: str, *args: Any, text: Any = "", tone: str = "active") -> None:
        steps.append({"title": title, "url": reverse(name, args=[pk, *args]), "text": text, "tone": tone})

    if view.resident.state == State.SUSPENDED:
        step(
            _("Clear the suspension"),
            "residents:state",
            "reinstate",
            text=view.resident.state_reason,
            tone="bad",
        )
    if view.resident.state != State.ACTIVE:
        return steps
    has_money = any(offer.status in ("given", "coming") for offer in view.offers)
    if has_money and view.card is None:
        step(_("Give a card"), "vouchers:new_card", text=_("Without one the voucher can't be spent."), tone="warn")
    elif view.card is not None and view.card.locked_at is not None:
        step(_("Unlock the card"), "vouchers:unlock", tone="bad")
    elif view.card is not None and not view.card.pin_hash:
        step(_("Let the resident choose a PIN"), "vouchers:set_pin", tone="warn")
    for offer in view.offers:
        if offer.status == "apply":
            title = _("Apply for “%(name)s”") % {"name": offer.programme}
            step(title, "vouchers:apply", offer.programme.code, tone="warn")
        elif offer.status == "refused" and offer.application and not hasattr(offer.application, "appeal"):
            steps.append(
                {
                    "title": _("Have the refusal of “%(name)s” looked at again") % {"name": offer.programme},
                    "url": offer.application.get_absolute_url(),
                    "text": "",
                    "tone": "warn",
                }
            )
    if view.waiting_assessment is not None:
        step(
            _("Second assessor: confirm the assessment"),
            "residents:confirm_assessment",
            view.waiting_assessment.pk,
            text=_("First assessor: %(name)s") % {"name": view.waiting_assessment.first_assessor.name},
        )
    elif view.assessment is None and any(reason.code == "no_assessment" for o in view.offers for reason in o.reasons):
        step(_("Assess the abilities"), "residents:assess", text=_("A programme asks for it."))
    if view.plan is not None and view.plan.review_on <= clock.today():
        step(_("Look at the care plan again"), "residents:care_plan", tone="warn")
    return steps
