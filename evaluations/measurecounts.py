"""The measures that Minfu knows of contracts, vouchers and payments. Imported when the app is ready."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Avg, F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts.models import Acceptance, Contract, Deliverable
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation
from marketplace.payments.models import PaymentOrder
from marketplace.vouchers.models import Redemption, Reversal, Visit

from .measures import Measured, Period, Source, register, share
from .models import Engagement, Grievance, Rectification

PERCENT = pgettext_lazy("unit of a measure", "%")
DAYS = pgettext_lazy("unit of a measure", "days")
POINTS = pgettext_lazy("unit of a measure", "points")


def _moments(period: Period) -> tuple:
    """From the first moment of the first day until the first after the last."""
    return clock.at_hour(period.starts_on, 0), clock.at_hour(period.ends_on + timedelta(days=1), 0)


@register("delivered_share", gettext_lazy("Delivered against the contract"), PERCENT)
def delivered_share(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of the units due in the period, those that the buyer accepted."""
    due = (
        Deliverable.objects.filter(contract=contract, due_on__range=(period.starts_on, period.ends_on))
        .exclude(kind__in=[Deliverable.Kind.ADVANCE, Deliverable.Kind.FINAL])
        .exclude(state=Deliverable.State.DROPPED)
    )
    accepted = dict(
        Acceptance.objects.filter(is_accepted=True, report__deliverable__in=due)
        .values_list("report__deliverable")
        .annotate(units=Sum("accepted_quantity"))
    )
    sources, agreed, done = [], 0, 0
    for item in due:
        units = min(accepted.get(item.pk, 0), item.quantity)
        agreed, done = agreed + item.quantity, done + units
        words = _("%(done)s of %(agreed)s %(unit)s") % {"done": units, "agreed": item.quantity, "unit": item.unit}
        sources.append(Source(item.title, words, contract.public_path))
    return Measured(share(done, agreed), sources)


@register("reported_in_time", gettext_lazy("Instalments reported in time"), PERCENT)
def reported_in_time(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of the instalments due in the period, those whose first report came on the day or before."""
    due = Deliverable.objects.filter(contract=contract, due_on__range=(period.starts_on, period.ends_on)).exclude(
        state=Deliverable.State.DROPPED
    )
    sources, in_time = [], 0
    for item in due.prefetch_related("reports"):
        reports = list(item.reports.all())
        day = reports[0].reported_at.astimezone(clock.SHANGHAI).date() if reports else None
        in_time += bool(day and day <= item.due_on)
        words = _("due %(due)s, reported %(day)s") % {"due": item.due_on.isoformat(), "day": day or "—"}
        sources.append(Source(item.title, words, contract.public_path))
    return Measured(share(in_time, len(sources)), sources)


@register("reversed_share", gettext_lazy("Vouchers reversed"), PERCENT, needs_contract=False)
def reversed_share(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of the redemptions at the provider in the period, those that were taken back."""
    since, until = _moments(period)
    redeemed = Redemption.objects.filter(provider=organisation, redeemed_at__gte=since, redeemed_at__lt=until)
    reversals = Reversal.objects.filter(provider=organisation, reversed_at__gte=since, reversed_at__lt=until)
    if contract is not None and contract.programme_id:
        redeemed = redeemed.filter(programme=contract.programme_id)
        reversals = reversals.filter(programme=contract.programme_id)
    count, taken_back = redeemed.count(), reversals.count()
    after = reversals.filter(after_settlement=True).count()
    return Measured(
        share(taken_back, count),
        [
            Source(_("Redemptions"), str(count)),
            Source(_("Taken back"), str(taken_back)),
            Source(_("of these after settlement"), str(after)),
        ],
    )


@register("visits_proven", gettext_lazy("Visits with proof"), PERCENT, needs_contract=False)
def visits_proven(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of the visits at home in the period, those finished with a photo or a signature."""
    since, until = _moments(period)
    visits = Visit.objects.filter(provider=organisation, came_at__gte=since, came_at__lt=until)
    count = visits.count()
    proven = visits.filter(state=Visit.State.DONE).exclude(photo="", signature="").count()
    sources = [Source(_("Visits counted"), str(count)), Source(_("with a photo or a signature"), str(proven))]
    return Measured(share(proven, count), sources)


@register("budget_execution", gettext_lazy("Paid of what is due by the contract"), PERCENT)
def budget_execution(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of the accepted amounts of the period, what has been paid."""
    since, until = _moments(period)
    accepted = (
        Acceptance.objects.filter(
            is_accepted=True,
            report__deliverable__contract=contract,
            accepted_at__gte=since,
            accepted_at__lt=until,
        ).aggregate(fen=Sum("accepted_amount"))["fen"]
        or 0
    )
    orders = PaymentOrder.objects.filter(reference__startswith=f"{contract.number}/", paid_at__gte=since)
    paid = orders.filter(paid_at__lt=until).aggregate(fen=Sum(F("amount") - F("refunded")))["fen"] or 0
    return Measured(
        share(min(paid, accepted), accepted),
        [
            Source(_("Accepted"), f"¥{format_yuan(accepted)}", contract.public_path),
            Source(_("Paid"), f"¥{format_yuan(paid)}", contract.public_path),
        ],
    )


@register("days_to_pay", gettext_lazy("Days from order to payment"), DAYS)
def days_to_pay(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """The mean over the payments of the contract in the period."""
    since, until = _moments(period)
    orders = PaymentOrder.objects.filter(reference__startswith=f"{contract.number}/", state=PaymentOrder.State.PAID)
    paid = orders.filter(paid_at__gte=since, paid_at__lt=until)
    days = [(order, Decimal((order.paid_at - order.ordered_at).days)) for order in paid.order_by("paid_at")]
    mean = (sum((one for _order, one in days), Decimal(0)) / len(days)).quantize(Decimal("0.01")) if days else None
    return Measured(
        mean, [Source(order.number, _("%(days)s days") % {"days": one}, contract.public_path) for order, one in days]
    )


@register("rectified_share", gettext_lazy("Put right in time"), PERCENT, needs_contract=False)
def rectified_share(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Of what was to be put right by a day of the period, what was reported on that day or before and the buyers saw
    put right."""
    due = Rectification.objects.filter(
        engagement__contract__supplier=organisation, due_on__range=(period.starts_on, period.ends_on)
    )
    seen = due.filter(state=Rectification.State.CONFIRMED)
    in_time = sum(
        reported_at.astimezone(clock.SHANGHAI).date() <= due_on
        for reported_at, due_on in seen.values_list("reported_at", "due_on")
    )
    count, confirmed = due.count(), seen.count()
    return Measured(
        share(in_time, count),
        [
            Source(_("To be put right"), str(count)),
            Source(_("Put right"), str(confirmed)),
            Source(_("of these in time"), str(in_time)),
        ],
    )


@register("mean_score", gettext_lazy("Mean score of published evaluations"), POINTS, needs_contract=False)
def mean_score(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Over the evaluations of its contracts published in the period."""
    since, until = _moments(period)
    found = Engagement.objects.published().filter(
        contract__supplier=organisation, published_at__gte=since, published_at__lt=until
    )
    mean = found.aggregate(mean=Avg("score"))["mean"]
    sources = [
        Source(one.contract.title, f"{one.score} · {one.get_grade_display()}", one.public_path)
        for one in found.select_related("contract")
    ]
    return Measured(Decimal(mean).quantize(Decimal("0.01")) if mean is not None else None, sources)


@register("satisfaction_heard", gettext_lazy("Residents satisfied at acceptance"), PERCENT)
def satisfaction_heard(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """The share that residents gave when deliveries were accepted, weighted by how many were heard (REG 45)."""
    since, until = _moments(period)
    heard = Acceptance.objects.filter(
        is_accepted=True,
        report__deliverable__contract=contract,
        satisfaction__isnull=False,
        residents_heard__gt=0,
        accepted_at__gte=since,
        accepted_at__lt=until,
    ).select_related("report__deliverable")
    people = sum(one.residents_heard for one in heard)
    total = sum(one.residents_heard * one.satisfaction for one in heard)
    sources = [
        Source(
            one.report.deliverable.title,
            _("%(satisfied)s%% of %(people)s heard") % {"satisfied": one.satisfaction, "people": one.residents_heard},
        )
        for one in heard
    ]
    return Measured((Decimal(total) / people).quantize(Decimal("0.01")) if people else None, sources)


@register(
    "complaints_upheld",
    gettext_lazy("Complaints found right"),
    pgettext_lazy("unit of a measure", "cases"),
    needs_contract=False,
)
def complaints_upheld(organisation: Organisation, contract: Contract | None, period: Period) -> Measured:
    """Complaints of the period about the provider that were found right, in whole or in part. None where nobody
    complained: silence is no proof."""
    since, until = _moments(period)
    lodged = Grievance.objects.filter(provider=organisation, lodged_at__gte=since, lodged_at__lt=until)
    count = lodged.count()
    right = lodged.filter(outcome__in=[Grievance.Outcome.UPHELD, Grievance.Outcome.PARTLY]).count()
    return Measured(
        Decimal(right) if count else None,
        [Source(_("Complaints"), str(count)), Source(_("Complaints found right"), str(right))],
    )
