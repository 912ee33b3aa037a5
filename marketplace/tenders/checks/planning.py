"""What must have happened before a tender: plan, intention, the residents' word; and what may be bought at all."""

import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation
from marketplace.rules.calendar import due_date

from ..models import Lot, PlanLine, Tender
from ..rulebook import day_of_publication, rule_for, rule_of_bureau
from .refusals import on_field

# Article 10 of Order 102, item by item, as rule `service.negative_list` codes them.
NEGATIVE_LIST = {
    "outside_duties": gettext_lazy("(1) what lies outside the duties of government"),
    "must_be_performed_directly": gettext_lazy("(2) what government must perform itself"),
    "goods_works_or_bundles": gettext_lazy("(3) goods and works, and services bundled with construction"),
    "financing": gettext_lazy("(4) financing"),
    "recruitment_dispatch_welfare_posts": gettext_lazy("(5) recruitment, labour dispatch and public-welfare posts"),
    "other": gettext_lazy("(6) what other laws and the State Council forbid"),
}


def refuse_plan_amount(line: PlanLine) -> None:
    """All planned purchases of a budget line fit into what was appropriated to it (REG 29, Budget first)."""
    others = sum(
        PlanLine.objects.filter(budget_line=line.budget_line_id).exclude(pk=line.pk).values_list("amount", flat=True)
    )
    left = line.budget_line.appropriated - others
    if line.amount > left:
        raise on_field(
            "amount",
            _(
                "The budget line “%(line)s” has %(left)s yuan left to plan. A plan stays within the approved budget "
                "(Regulation for Implementing the Government Procurement Law, Article 29)."
            ),
            "over_budget",
            line=line.budget_line.name,
            left=format_yuan(max(left, 0)),
        )


def refuse_without_plan(tender: Tender) -> None:
    """A tender carries out one line of the plan: of the same budget line, and not for more (REG 29)."""
    line = tender.plan_line
    if line is None:
        raise on_field(
            "plan_line",
            _(
                "Choose the line of the procurement plan that this tender carries out "
                "(Regulation for Implementing the Government Procurement Law, Article 29)."
            ),
            "plan_missing",
        )
    if line.budget_line_id != tender.budget_line_id:
        raise on_field("plan_line", _("This plan line belongs to another budget line."), "foreign_plan_line")
    others = (
        Tender.objects.filter(plan_line=line)
        .exclude(pk=tender.pk)
        .exclude(state__in=[Tender.State.DRAFT, Tender.State.FAILED, Tender.State.CANCELLED])
    )
    lots = Lot.objects.filter(tender__in=others).exclude(state__in=[Lot.State.FAILED, Lot.State.CANCELLED])
    taken = sum(lots.values_list("ceiling", flat=True))
    if tender.ceiling + taken > line.amount:
        raise on_field(
            "plan_line",
            _(
                "The lots come to %(total)s yuan, the plan line has %(left)s yuan left "
                "(Regulation for Implementing the Government Procurement Law, Article 29)."
            ),
            "above_plan",
            total=format_yuan(tender.ceiling),
            left=format_yuan(max(line.amount - taken, 0)),
        )


def earliest_start(tender: Tender) -> datetime.date | None:
    """The first day on which a tender may be published after its intention; None while there is no intention."""
    intention = getattr(tender.plan_line, "intention", None) if tender.plan_line else None
    if intention is None:
        return None
    told = intention.published_at.astimezone(clock.SHANGHAI).date()
    return due_date(told, rule_for(tender, "tender.intention_period", on=told))


def refuse_without_intention(tender: Tender) -> None:
    """The intention stood for thirty days (财库〔2020〕10号), or could not be foreseen."""
    rule = rule_for(tender, "tender.intention_period")
    earliest = earliest_start(tender)
    if earliest is None:
        if not tender.no_intention_reason.strip():
            raise on_field(
                "no_intention_reason",
                _(
                    "Publish the intention at least %(days)s days before the tender, or say what could not be "
                    "foreseen (%(source)s)."
                ),
                "intention_missing",
                days=rule.number,
                source=rule.citation,
            )
        return
    if day_of_publication(tender) < earliest and not tender.no_intention_reason.strip():
        raise on_field(
            "plan_line",
            _(
                "The intention must stand for %(days)s days before the tender: it may be published from %(earliest)s "
                "on (%(source)s)."
            ),
            "intention_too_young",
            days=rule.number,
            earliest=written_day(earliest),
            source=rule.citation,
        )


def refuse_unheard_residents(tender: Tender) -> None:
    """Residents are heard before a service for the public is bought (REG 15)."""
    consultation = tender.consultation
    rule = rule_for(tender, "tender.public_consultation")
    if consultation is None:
        if not tender.consultation_note.strip():
            raise on_field(
                "consultation",
                _("Cite the consultation in which residents were asked, or say how else they were heard (%(source)s)."),
                "consultation_missing",
                source=rule.citation,
            )
        return
    if consultation.bureau_id != tender.bureau_id:
        raise on_field("consultation", _("This consultation belongs to another bureau."), "foreign_consultation")
    if not consultation.has_results:
        raise on_field(
            "consultation",
            _("The consultation must be closed and its results published before the tender cites it (%(source)s)."),
            "consultation_open",
            source=rule.citation,
        )


def catalogue_items(tender_or_bureau: Tender | Organisation) -> list[tuple[str, str]]:
    """(code, name) of what the guidance catalogue of the place holds today."""
    rule = rule_of_bureau(
        tender_or_bureau.bureau if isinstance(tender_or_bureau, Tender) else tender_or_bureau,
        "service.guidance_catalogue",
    )
    return [(item["code"], item["name"]) for item in rule.data.get("items", [])] if rule else []


def refuse_outside_catalogue(tender: Tender) -> None:
    """What is not in the guidance catalogue may not be bought (Order 102)."""
    rule = rule_of_bureau(tender.bureau, "service.guidance_catalogue")
    if rule is None:
        return
    if not tender.catalogue_code:
        raise on_field(
            "catalogue_code",
            _("Name the item of the guidance catalogue that this service belongs to (%(source)s)."),
            "catalogue_missing",
            source=rule.citation,
        )
    if tender.catalogue_code not in dict(catalogue_items(tender)):
        raise on_field(
            "catalogue_code",
            _("The guidance catalogue in force has no item “%(code)s”: it can't be bought (%(source)s)."),
            "outside_catalogue",
            code=tender.catalogue_code,
            source=rule.citation,
        )


def refuse_negative_list(tender: Tender) -> None:
    """Nothing of Article 10 of Order 102: no title speaks of it, and the officer has confirmed it item by item."""
    rule = rule_for(tender, "service.negative_list")
    titles = [tender.title, *(lot.title for lot in tender.lots.all())] if tender.pk else [tender.title]
    for item, words in rule.data.get("words", {}).items():
        for word in words:
            if any(word in title for title in titles):
                raise ValidationError(
                    _("“%(word)s” may not be bought as a service: %(item)s (%(source)s)."),
                    code="negative_list",
                    params={"word": word, "item": str(NEGATIVE_LIST[item]), "source": rule.citation},
                )
    if not tender.is_outside_negative_list:
        raise on_field(
            "is_outside_negative_list",
            _("Confirm that nothing of the negative list is in it (%(source)s)."),
            "negative_list_missing",
            source=rule.citation,
        )
