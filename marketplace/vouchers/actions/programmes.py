"""A programme from draft to close."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.parties.models import Organisation, Region, User
from marketplace.vouchers import policies
from marketplace.vouchers.models import Programme


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
) -> Programme:
    """Write down who gets how much (fen a month) for what. Nothing is given until a second officer starts it.

    Raises ValidationError on the field: `other_bureau` (the line is not the bureau's), `region`, `dates`, `required`.
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
    )
    programme.full_clean(exclude=["state"])
    programme.save()
    programme.categories.set(categories)
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
