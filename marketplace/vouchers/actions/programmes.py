"""A programme from draft to close."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.parties.models import Organisation, Region, User
from marketplace.residents.models import Benefit
from marketplace.vouchers import policies
from marketplace.vouchers.models import Programme, Tier

OPTIONAL = (
    "basis",
    "rate",
    "rates",
    "minimum_level",
    "only_alone",
    "exclusions",
    "by_application",
    "carries_over",
    "most_carried",
    "daily_limit",
    "service_limits",
)
TIER = ("minimum_age", "minimum_level", "only_alone", "amount")


def check_terms(terms: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]]) -> None:
    """Raises ValidationError on `tiers` (none, or one without an amount), `rate` (none), `exclusions` (unknown)."""
    if unknown := set(terms) - set(OPTIONAL):
        raise TypeError(f"not part of a programme's terms: {sorted(unknown)}")
    basis = terms.get("basis", Programme.Basis.FLAT)
    if basis == Programme.Basis.TIERS and not tiers:
        raise ValidationError({"tiers": ValidationError(_("Give at least one tier with its amount."), code="tiers")})
    if any(not tier.get("amount") for tier in tiers):
        raise ValidationError({"tiers": ValidationError(_("Every tier has an amount."), code="tiers")})
    if basis == Programme.Basis.RATE and not terms.get("rate"):
        raise ValidationError({"rate": ValidationError(_("Give the share of the price."), code="rate")})
    if not set(terms.get("exclusions", ())) <= set(Benefit.Kind.values):
        raise ValidationError({"exclusions": ValidationError(_("Unknown benefit."), code="exclusions")})


def set_tiers(programme: Programme, tiers: Sequence[Mapping[str, Any]]) -> None:
    """In place of the tiers there were."""
    programme.tiers.all().delete()
    Tier.objects.bulk_create(
        [
            Tier(programme=programme, position=number, **{name: tier[name] for name in TIER if name in tier})
            for number, tier in enumerate(tiers, start=1)
        ]
    )


@transaction.atomic
def draft_programme(
    bureau: Organisation,
    *,
    code: str,
    name: str,
    budget_line: BudgetLine,
    region: Region,
    monthly_amount: int,
    minimum_age: int,
    starts_on: datetime.date,
    ends_on: datetime.date,
    categories: Iterable[Category],
    by: User,
    name_en: str = "",
    description: str = "",
    tiers: Sequence[Mapping[str, Any]] = (),
    **terms: Any,
) -> Programme:
    """Write down who gets how much (fen a month) for what. Nothing is given until a second officer starts it.

    `terms` are the optional parts of the rule by the names of the programme's fields (`OPTIONAL`); `tiers` are dicts of
    a `Tier`'s fields in their order. Raises ValidationError on the field: `other_bureau` (the line is not the
    bureau's), `region`, `dates`, `required`, `tiers`, `rate`.
    """
    authorise(policies.may_draft_programme, by, bureau)
    categories = list(categories)
    if budget_line.bureau_id != bureau.pk:
        raise ValidationError(
            {"budget_line": ValidationError(_("This budget line is another bureau's."), code="other_bureau")}
        )
    if not region.code.startswith(bureau.region.prefix):
        raise ValidationError({"region": ValidationError(_("This place is outside your region."), code="region")})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": ValidationError(_("The end lies before the beginning."), code="dates")})
    if not categories:
        raise ValidationError({"categories": ValidationError(_("Choose what may be paid for."), code="required")})
    check_terms(terms, tiers)
    programme = Programme(
        code=code.strip(),
        name=name.strip(),
        name_en=name_en.strip(),
        description=description.strip(),
        bureau=bureau,
        budget_line=budget_line,
        region=region,
        monthly_amount=monthly_amount,
        minimum_age=minimum_age,
        starts_on=starts_on,
        ends_on=ends_on,
        drafted_by=by,
        **{name: value for name, value in terms.items() if name in OPTIONAL},
    )
    programme.full_clean(exclude=["state"])
    programme.save()
    programme.categories.set(categories)
    set_tiers(programme, tiers)
    record(
        "programme.drafted",
        programme,
        by=by,
        organisation=bureau,
        monthly_amount=monthly_amount,
        minimum_age=minimum_age,
        categories=[category.pk for category in categories],
    )
    return programme


def locked_programme(programme: Programme) -> Programme:
    return (
        Programme.objects.select_for_update(of=("self",))
        .select_related("bureau__region", "region", "budget_line")
        .get(pk=programme.pk)
    )


@transaction.atomic
def start_programme(programme: Programme, *, by: User) -> Programme:
    """A second officer lets it run. Raises ValidationError(code="state")."""
    programme = locked_programme(programme)
    authorise(policies.may_start_programme, by, programme)
    if programme.state != Programme.State.DRAFT:
        raise ValidationError(_("This programme has been started already."), code="state")
    programme.start()
    programme.save(update_fields=["state"])
    record("programme.started", programme, by=by, organisation=programme.bureau)
    return programme


@transaction.atomic
def close_programme(programme: Programme, *, reason: str, by: User) -> Programme:
    """No month is issued any more. Raises ValidationError(code="state")."""
    programme = locked_programme(programme)
    authorise(policies.may_issue, by, programme)
    if programme.state != Programme.State.RUNNING:
        raise ValidationError(_("This programme is not running."), code="state")
    programme.close()
    programme.save(update_fields=["state"])
    record("programme.closed", programme, by=by, organisation=programme.bureau, reason=reason)
    return programme
