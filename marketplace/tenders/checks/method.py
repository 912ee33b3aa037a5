"""The method: whether it may be used here, who allowed it, whether a purchase was split to avoid public tender."""

from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation
from marketplace.rules.models import Rule

from ..methods import METHODS, OF_ONE_SUPPLIER, Ending, WhoMayBid, method_of
from ..models import Award, Lot, Tender
from ..rulebook import rule_for, rule_of_bureau, rule_or_none, threshold_of
from .refusals import on_field

# The grounds of GPL 29 to 31, REG 26 to 27 and Order 110, as rule `tender.method_conditions` codes them.
GROUNDS = {
    "few_suppliers": gettext_lazy("Only a limited number of suppliers can provide it (GPL, Article 29)"),
    "cost_disproportionate": gettext_lazy("A public tender would cost too much for its value (GPL, Article 29)"),
    "failed_tender": gettext_lazy("A public tender failed (GPL, Article 30)"),
    "complex": gettext_lazy("Too complex to say in detail beforehand (GPL, Article 30)"),
    "urgent": gettext_lazy("A tender would take longer than the urgent need allows (GPL, Article 30)"),
    "price_unknown": gettext_lazy("The total price can't be computed beforehand (GPL, Article 30)"),
    "purchased_services": gettext_lazy("Government purchase of services (财库〔2014〕214号)"),
    "unique": gettext_lazy("Only one supplier can provide it (GPL, Article 31)"),
    "emergency": gettext_lazy("An unforeseen emergency leaves no time for others (GPL, Article 31)"),
    "top_up": gettext_lazy("Added to an earlier purchase from the same supplier (GPL, Article 31)"),
    "repeated_small_uniform": gettext_lazy("Bought often, in small orders, to one standard (Order 110)"),
}
TENDERS = (Tender.Method.OPEN, Tender.Method.INVITED)  # 招标, as GPL 30 means it
UNIQUE, TOP_UP, FAILED_TENDER = "unique", "top_up", "failed_tender"


def grounds_of(tender: Tender) -> list[tuple[str, str]]:
    """What an officer may choose from, with its article."""
    allowed = rule_for(tender, "tender.method_conditions").data.get(tender.method, [])
    return [(code, str(GROUNDS[code])) for code in allowed if code in GROUNDS]


def refuse_method(tender: Tender) -> None:
    """An RFQ is for standard goods, never for services (GPL 32)."""
    method = METHODS.get(tender.method)
    if method is None:
        raise on_field("method", _("This method is not offered on this portal."), "method_not_offered")
    if method.refusal:
        raise on_field("method", str(method.refusal), f"{method.code}_for_services")


def refuse_panel_size(tender: Tender) -> None:
    """Odd, and at least what the rule of the method says."""
    rule = rule_for(tender, "tender.panel_size")
    if tender.panel_size < (rule.value or 0):
        raise on_field(
            "panel_size",
            _("The panel needs at least %(least)s experts (%(source)s)."),
            "panel_too_small",
            least=int(rule.value),
            source=rule.citation,
        )
    if tender.panel_size % 2 == 0:
        raise on_field(
            "panel_size",
            _("The panel must have an odd number of experts (%(source)s)."),
            "panel_even",
            source=rule.citation,
        )
    _refuse_small_panel(tender)


def _refuse_small_panel(tender: Tender) -> None:
    """Seven at a budget of ten million yuan (Order 87, Article 47); five in a negotiation at the tender threshold."""
    large = rule_or_none(tender, "tender.panel_size_large")
    if large is None or not tender.pk:
        return
    threshold = threshold_of(tender)
    from_amount = large.data.get("from_amount") or (threshold.number if threshold else None)
    if from_amount is not None and tender.ceiling >= from_amount and tender.panel_size < int(large.value or 0):
        raise on_field(
            "panel_size",
            _("At %(amount)s yuan the panel needs at least %(least)s experts (%(source)s)."),
            "panel_too_small",
            amount=format_yuan(tender.ceiling),
            least=int(large.value or 0),
            source=large.citation,
        )


def refuse_ground(tender: Tender) -> None:
    """A method that is not the default has a ground of the law and the facts behind it."""
    method = method_of(tender)
    if not method.needs_ground:
        return
    rule = rule_for(tender, "tender.method_conditions")
    if tender.method_ground not in dict(grounds_of(tender)):
        raise on_field(
            "method_ground",
            _("Choose the ground on which this method may be used (%(source)s)."),
            "ground_missing",
            source=rule.citation,
        )
    if not tender.method_reason.strip():
        raise on_field(
            "method_reason", _("State the facts behind this ground: they are published."), "ground_reason_missing"
        )
    if tender.method_ground == FAILED_TENDER and not repeats_failed_tender(tender):
        raise on_field(
            "method_ground",
            _("This draft does not repeat a failed tender: begin it with “Tender again” (GPL, Article 30)."),
            "no_failed_tender",
        )
    if tender.method_ground == TOP_UP:
        refuse_top_up(tender)


def repeats_failed_tender(tender: Tender) -> bool:
    """Every lot offers again one that failed in a public or invited tender (GPL 30 item 1)."""
    before = tender.again
    return (
        before is not None
        and before.method in TENDERS
        and tender.lots.exists()
        and not tender.lots.exclude(repeats__state=Lot.State.FAILED).exists()
    )


def refuse_changed_method(tender: Tender) -> None:
    """What failed is tendered again; by another method only with the finance department's approval (GPL 37)."""
    before = tender.again
    if before is None or before.state == Tender.State.CANCELLED or tender.method in (before.method, Tender.Method.OPEN):
        return
    rule = rule_or_none(tender, "tender.method_change_approval")
    if rule is None or not rule.value:
        return
    change = tender.method_change
    if change is None or change.state != change.State.APPROVED or change.method != tender.method:
        raise on_field(
            "method",
            _(
                "This draft repeats a failed procurement by %(before)s. Another method needs the finance department's "
                "approval first: ask for it on the page of what failed (%(source)s)."
            ),
            "method_change_unapproved",
            before=before.get_method_display(),
            source=rule.citation,
        )


def refuse_top_up(tender: Tender) -> None:
    """From the same supplier, all additions together at most a tenth of the first purchase (GPL 31 item 3)."""
    rule = rule_for(tender, "tender.single_source_top_up")
    award: Award | None = tender.tops_up
    if award is None or award.lot.tender.bureau_id != tender.bureau_id:
        raise on_field(
            "tops_up",
            _("Name the earlier award that this adds to (%(source)s)."),
            "tops_up_missing",
            source=rule.citation,
        )
    named = tender.invitations.first()
    if named is not None and named.supplier_id != award.supplier_id:
        raise on_field(
            "tops_up",
            _("An addition is bought from the supplier of the first purchase (%(source)s)."),
            "another_supplier",
            source=rule.citation,
        )
    others = award.top_ups.exclude(pk=tender.pk).exclude(
        state__in=[Tender.State.DRAFT, Tender.State.FAILED, Tender.State.CANCELLED]
    )
    added = tender.ceiling + sum(other.ceiling for other in others.prefetch_related("lots"))
    most = award.amount * int(rule.value or 0) // 100
    if added > most:
        raise on_field(
            "tops_up",
            _("Additions come to %(added)s yuan; at most %(most)s yuan (%(percent)s%% of the first) (%(source)s)."),
            "top_up_too_large",
            added=format_yuan(added),
            most=format_yuan(most),
            percent=rule.number,
            source=rule.citation,
        )


def reaches_threshold(tender: Tender) -> Rule | None:
    """The threshold of public tender, when this tender's ceiling reaches it."""
    threshold = threshold_of(tender)
    return threshold if threshold is not None and tender.ceiling >= (threshold.value or 0) else None


def refuse_unapproved_method(tender: Tender) -> None:
    """Above the threshold another method needs the finance department's approval beforehand (GPL 27, REG 23)."""
    if not method_of(tender).leaves_public_tender or not tender.pk:
        return
    if (threshold := reaches_threshold(tender)) is not None:
        _refuse_without_approval(
            tender,
            _(
                "%(total)s yuan reach the threshold of public tender, %(threshold)s yuan. Another method needs the "
                "approval of the finance department of a prefecture or above before it begins (%(source)s)."
            ),
            total=tender.ceiling,
            threshold=threshold,
        )


def refuse_splitting(tender: Tender) -> None:
    """One budget line, one kind of service, one fiscal year: what is bought without public tender may not come to
    more than the threshold (REG 28), unless the method was approved."""
    if not method_of(tender).leaves_public_tender or not tender.pk or tender.budget_line is None:
        return
    threshold = threshold_of(tender)
    if threshold is None:
        return
    leaving = [method.code for method in METHODS.values() if method.leaves_public_tender]
    bought = (
        Lot.objects.filter(tender__budget_line=tender.budget_line, tender__method__in=leaving)
        .exclude(tender=tender)
        .exclude(
            tender__state__in=[
                Tender.State.DRAFT,
                Tender.State.PENDING_APPROVAL,
                Tender.State.FAILED,
                Tender.State.CANCELLED,
            ]
        )
        .exclude(state__in=[Lot.State.FAILED, Lot.State.CANCELLED])
        .order_by()
    )
    mine: dict[str, int] = {}
    for lot in tender.lots.all():
        mine[lot.category_id] = mine.get(lot.category_id, 0) + lot.ceiling
    before = dict(
        bought.filter(category__in=mine)
        .values("category")
        .annotate(total=Sum("ceiling"))
        .values_list("category", "total")
    )
    for category, amount in mine.items():
        total = amount + before.get(category, 0)
        if before.get(category) and total > (threshold.value or 0):
            _refuse_without_approval(
                tender,
                _(
                    "With earlier purchases of the same kind from this budget line in this fiscal year this comes to "
                    "%(total)s yuan without public tender, more than the threshold of %(threshold)s yuan: that is "
                    "splitting. Use a public tender, or obtain approval (%(source)s)."
                ),
                total=total,
                threshold=threshold,
                key="tender.splitting",
                code="splitting",
            )


def _refuse_without_approval(
    tender: Tender,
    message: str,
    *,
    total: int,
    threshold: Rule,
    key: str = "tender.leave_open_approval",
    code: str = "approval_missing",
) -> None:
    if not tender.approval_number.strip() or tender.approval_date is None:
        raise on_field(
            "approval_number",
            message,
            code,
            total=format_yuan(total),
            threshold=format_yuan(int(threshold.value or 0)),
            source=rule_for(tender, key).citation,
        )
    if tender.approval_date > clock.today():
        raise on_field(
            "approval_date",
            _("The approval must be there before the procurement begins (%(source)s)."),
            "approval_in_future",
            source=rule_for(tender, "tender.leave_open_approval").citation,
        )


def refuse_second_stage(tender: Tender) -> None:
    """A framework says beforehand how its orders are given (Order 110)."""
    if method_of(tender).ending == Ending.ADMISSION and not tender.second_stage:
        raise on_field(
            "second_stage",
            _("Say how orders are given: by choice, in turn, or by a quick quote (%(source)s)."),
            "second_stage_missing",
            source=rule_for(tender, "tender.framework_elimination").citation,
        )


def refuse_uninvited(tender: Tender) -> None:
    """Who is asked has been settled: drawn from the qualified list, or named and publicly noticed."""
    method = method_of(tender)
    if method.who_may_bid == WhoMayBid.ANYONE:
        return
    there = tender.invitations.count()
    rule = rule_for(tender, "tender.min_suppliers")
    if there < int(rule.value or 0):
        text = (
            _("Draw at least %(least)s suppliers from the qualified list (%(source)s).")
            if method.who_may_bid == WhoMayBid.INVITED
            else _("Name the supplier (%(source)s).")
        )
        raise ValidationError(
            text, code="invitations_missing", params={"least": int(rule.value or 0), "source": rule.citation}
        )
    if needs_notice(tender):
        refuse_unnoticed(tender)


def needs_notice(tender: Tender) -> bool:
    """A single source for being unique, at the threshold, is noticed first (REG 38)."""
    return (
        method_of(tender).who_may_bid == WhoMayBid.ONE
        and tender.method_ground == UNIQUE
        and reaches_threshold(tender) is not None
    )


def to_be_noticed(drafts: QuerySet[Tender], bureau: Organisation) -> QuerySet[Tender]:
    """Those of a bureau's drafts that `needs_notice`: two statements, however many there are."""
    threshold = rule_of_bureau(bureau, "tender.threshold")
    if threshold is None:
        return drafts.none()
    return (
        drafts.filter(method__in=OF_ONE_SUPPLIER, method_ground=UNIQUE)
        .annotate(total=Sum("lots__ceiling"))
        .filter(total__gte=int(threshold.value or 0))
    )


def refuse_unnoticed(tender: Tender) -> None:
    """The notice has run its five working days, every objection is answered, none holds."""
    rule = rule_for(tender, "tender.notice_period")
    notice = getattr(tender, "single_source_notice", None)
    if notice is None:
        raise ValidationError(
            _("Publish the single-source notice and let it stand for %(days)s working days (%(source)s)."),
            code="notice_missing",
            params={"days": rule.number, "source": rule.citation},
        )
    if notice.ends_on >= clock.today():
        raise ValidationError(
            _("The single-source notice stands until %(end)s: wait for its end (%(source)s)."),
            code="notice_running",
            params={"end": written_day(notice.ends_on), "source": rule.citation},
        )
    objections = list(notice.objections.all())
    if any(objection.is_upheld for objection in objections):
        raise ValidationError(
            _("An objection holds: another method must be used (Order 74 of the Ministry of Finance, Article 40)."),
            code="objection_upheld",
        )
    if any(objection.is_upheld is None for objection in objections):
        raise ValidationError(
            _("An objection is not answered yet (Order 74 of the Ministry of Finance, Article 40)."),
            code="objection_open",
        )


def refuse_after_notice(tender: Tender) -> None:
    """The public had five working days to object to what the notice says: that stays as it is."""
    if tender.pk and hasattr(tender, "single_source_notice"):
        raise ValidationError(
            _(
                "The single-source notice has told the public what is bought, from whom, at which ceiling and why: "
                "that can't change any more. Begin a new draft, with a notice of its own (%(source)s)."
            ),
            code="noticed_already",
            params={"source": rule_for(tender, "tender.notice_period").citation},
        )
