"""Who is admitted to which programme, and how good they were found to be."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory import policies
from marketplace.directory.indexing import index_provider
from marketplace.directory.models import Accreditation, Category, LevelRating, ProviderRating, PublicContract
from marketplace.parties.models import Organisation, User


@transaction.atomic
def accredit_provider(
    organisation: Organisation,
    programme_code: str,
    *,
    valid_from: datetime.date,
    valid_to: datetime.date,
    by: User,
    categories: Iterable[Category] | None = None,
    settlement_days: int | None = None,
) -> Accreditation:
    """Admit a provider to a programme for some kinds of service (None: all of the programme's).

    `settlement_days`: within how many days its agreement has settlements paid (None: as the rule says). Admitted
    already: the terms of the standing accreditation are renewed.
    Raises ValidationError(code="dates").
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_accredit, by, organisation)
    if valid_to < valid_from:
        raise ValidationError({"valid_to": ValidationError(_("The end lies before the beginning."), code="dates")})
    accreditation = (
        Accreditation.objects.filter(organisation=organisation, programme_code=programme_code)
        .exclude(state=Accreditation.State.ENDED)
        .first()
    ) or Accreditation(organisation=organisation, programme_code=programme_code)
    accreditation.valid_from, accreditation.valid_to = valid_from, valid_to
    accreditation.settlement_days = settlement_days
    accreditation.save()
    accreditation.categories.set(categories or [])
    record(
        "provider.accredited",
        accreditation,
        by=by,
        organisation=organisation,
        programme=programme_code,
        categories=[category.pk for category in categories or []],
        valid_from=valid_from.isoformat(),
        valid_to=valid_to.isoformat(),
        settlement_days=settlement_days,
    )
    return accreditation


def _locked(accreditation: Accreditation) -> Accreditation:
    return Accreditation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=accreditation.pk)


@transaction.atomic
def suspend_accreditation(accreditation: Accreditation, *, reason: str, by: User) -> Accreditation:
    """No voucher is accepted there until it is lifted. Raises ValidationError(code="state")."""
    accreditation = _locked(accreditation)
    authorise(policies.may_accredit, by, accreditation.organisation)
    if accreditation.state != Accreditation.State.ACTIVE:
        raise ValidationError(_("Only a standing accreditation can be suspended."), code="state")
    accreditation.suspend()
    accreditation.save(update_fields=["state"])
    record("accreditation.suspended", accreditation, by=by, organisation=accreditation.organisation, reason=reason)
    return accreditation


@transaction.atomic
def reinstate_accreditation(accreditation: Accreditation, *, reason: str, by: User) -> Accreditation:
    """Vouchers are accepted there again. Raises ValidationError(code="state")."""
    accreditation = _locked(accreditation)
    authorise(policies.may_accredit, by, accreditation.organisation)
    if accreditation.state != Accreditation.State.SUSPENDED:
        raise ValidationError(_("Only a suspended accreditation can be reinstated."), code="state")
    accreditation.reinstate()
    accreditation.save(update_fields=["state"])
    record("accreditation.reinstated", accreditation, by=by, organisation=accreditation.organisation, reason=reason)
    return accreditation


@transaction.atomic
def end_accreditation(accreditation: Accreditation, *, reason: str, by: User) -> Accreditation:
    """The agreement is over. Raises ValidationError(code="state")."""
    accreditation = _locked(accreditation)
    authorise(policies.may_accredit, by, accreditation.organisation)
    if accreditation.state == Accreditation.State.ENDED:
        raise ValidationError(_("This accreditation has ended already."), code="state")
    accreditation.end()
    accreditation.save(update_fields=["state"])
    record("accreditation.ended", accreditation, by=by, organisation=accreditation.organisation, reason=reason)
    return accreditation


@transaction.atomic
def rate_provider(
    organisation: Organisation,
    *,
    grade: str,
    score: object,
    evaluated_on: datetime.date,
    source: str,
    title: str,
    by: User,
    url: str = "",
) -> ProviderRating:
    """Publish a grade in the directory. `source` names the evaluator, `title` what was evaluated, `url` its report."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_rate, by, organisation)
    rating = ProviderRating(
        organisation=organisation,
        grade=grade,
        score=score,
        evaluated_on=evaluated_on,
        source=source,
        title=title,
        url=url,
    )
    rating.full_clean()
    rating.save()
    record("provider.rated", rating, by=by, organisation=organisation, grade=str(grade), score=str(score))
    index_provider(organisation)
    return rating


@transaction.atomic
def note_contract(
    organisation: Organisation,
    *,
    number: str,
    title: str,
    buyer_name: str,
    amount: int,
    signed_on: datetime.date,
    by: User,
    url: str = "",
) -> PublicContract:
    """A published contract of the provider, once per number: the directory lists and counts it."""
    authorise(policies.may_accredit, by, organisation)
    contract, created = PublicContract.objects.get_or_create(
        number=number,
        defaults={
            "organisation": organisation,
            "title": title,
            "buyer_name": buyer_name,
            "amount": amount,
            "signed_on": signed_on,
            "url": url,
        },
    )
    if created:
        record("contract.listed", contract, by=by, organisation=organisation)
    return contract


@transaction.atomic
def grant_level(
    organisation: Organisation,
    *,
    level: str,
    points: object,
    out_of: int,
    title: str,
    source: str,
    awarded_on: datetime.date,
    valid_until: datetime.date,
    by: User,
    url: str = "",
) -> LevelRating:
    """Show a level 1A to 5A in the directory. `source` names the bureau, `title` the round, `url` the certificate."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_accredit, by, organisation)
    rating = LevelRating(
        organisation=organisation,
        level=level,
        points=points,
        out_of=out_of,
        title=title,
        source=source,
        awarded_on=awarded_on,
        valid_until=valid_until,
        url=url,
    )
    rating.full_clean()
    rating.save()
    record("provider.rated", rating, by=by, organisation=organisation, level=level, points=str(points))
    return rating


@transaction.atomic
def withdraw_level(organisation: Organisation, *, url: str, on: datetime.date, by: User) -> None:
    """The level whose certificate is at `url` no longer holds; its line stays in the history."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_accredit, by, organisation)
    organisation.level_ratings.filter(url=url, withdrawn_on=None).update(withdrawn_on=on)
    record("provider.level_withdrawn", organisation, by=by, organisation=organisation, url=url)
