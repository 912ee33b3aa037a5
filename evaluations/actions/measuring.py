"""Computed leaves: counted when the sheets are locked, and kept as they were then."""

from evaluations import queries
from evaluations.measures import REGISTRY, Period, points_for
from evaluations.models import Engagement, Measurement, RatingApplication
from marketplace.pages import clock
from marketplace.rules.calendar import add_months

MONTHS_OF_A_RATING = 24  # a rating looks at the two years that the call asks to be registered


def measure_engagement(engagement: Engagement) -> list[Measurement]:
    """Of an engagement held by the caller: from the contract's first day until today or its last."""
    contract = engagement.contract
    period = Period(contract.starts_on, max(contract.starts_on, min(contract.ends_on, clock.today())))
    made = []
    for leaf in queries.computed_leaves(engagement.framework):
        found = REGISTRY[leaf.measure].count(contract.supplier, contract, period)
        made.append(_measurement(leaf, found, period, engagement=engagement))
    return Measurement.objects.bulk_create(made)


def measure_application(application: RatingApplication) -> list[Measurement]:
    """Of an application held by the caller: the two years before the round closed."""
    last = application.round.closes_on
    period = Period(add_months(last, -MONTHS_OF_A_RATING), last)
    made = []
    for leaf in queries.computed_leaves(application.round.framework):
        found = REGISTRY[leaf.measure].count(application.organisation, None, period)
        made.append(_measurement(leaf, found, period, application=application))
    return Measurement.objects.bulk_create(made)


def _measurement(leaf, found, period: Period, **about) -> Measurement:  # type: ignore[no-untyped-def]
    return Measurement(
        **about,
        indicator=leaf,
        value=found.value,
        points=points_for(leaf, found.value),
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        evidence=[source.stored() for source in found.sources],
        measured_at=clock.now(),
    )
