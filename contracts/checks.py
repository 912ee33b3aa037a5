"""What must hold of a draft before anyone is asked to sign it."""

import datetime
from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.directory.models import ProviderRating
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.payments.models import InterestClaim
from marketplace.rules.calendar import add_months
from marketplace.rules.models import Rule
from marketplace.rules.queries import resolve
from marketplace.tenders.models import Award
from marketplace.tenders.queries.challenges import Suspension, result_suspended, signing_suspended

from .models import Amendment, Clause, Contract, EvaluationNote
from .money import Money, on_payments_of


def term_rule(contract: Contract) -> Rule:
    """One year; three when the condition of Order 102, article 24, is stated."""
    key = "contract.term_max_stable" if contract.term_condition.strip() else "contract.term_max"
    return resolve(key, on=contract.awarded_on, region=contract.buyer.region)


def longest_term(contract: Contract, rule: Rule) -> datetime.date:
    """The last day that the rule allows."""
    months = int(rule.value or 0) * (12 if rule.unit == Rule.Unit.YEARS else 1)
    return add_months(contract.starts_on, months) - datetime.timedelta(days=1)


def faults(contract: Contract) -> list[ValidationError]:
    """Everything that keeps the draft from being sent, each with its code."""
    return list(_faults(contract))


def _faults(contract: Contract) -> Iterator[ValidationError]:
    if Award.objects.filter(contract_lots__contract=contract).exclude(state=Award.State.STANDING).exists():
        yield award_ended()
    written = {clause.subject for clause in contract.clauses.all() if clause.text.strip()}
    contents = resolve("contract.contents", on=contract.awarded_on, region=contract.buyer.region)
    required = [
        subject
        for subject in contents.data["items"]
        if contract.is_service or subject != Clause.Subject.QUANTITY  # residents choose how much
    ]
    if missing := [subject for subject in required if subject not in written]:
        yield ValidationError(
            _("These articles are required, and missing or empty: %(names)s (%(source)s)."),
            code="content_missing",
            params={
                "names": "、".join(str(Clause.Subject(subject).label) for subject in missing),
                "source": contents.citation,
            },
        )
    rule = term_rule(contract)
    last = longest_term(contract, rule)
    if contract.ends_on > last:
        yield ValidationError(
            _("The contract may run until %(day)s at most (%(source)s). State the condition for a longer term."),
            code="term_too_long",
            params={"day": last.isoformat(), "source": rule.citation},
        )
    if contract.is_service:
        yield from _faults_of_instalments(contract)


def _faults_of_instalments(contract: Contract) -> Iterator[ValidationError]:
    deliverables = list(contract.deliverables.all())
    if sum(deliverable.amount for deliverable in deliverables) != contract.amount:
        yield ValidationError(_("The instalments must add up to the contract's amount."), code="amounts")
    if any(not contract.starts_on <= deliverable.due_on <= contract.ends_on for deliverable in deliverables):
        yield ValidationError(_("Every instalment must be due within the contract's term."), code="due_outside")


def largest_bond(contract: Contract) -> tuple[int, Rule]:
    """The performance bond that the rule allows, in fen (REG 48)."""
    rule = resolve("contract.performance_bond_max", on=contract.awarded_on, region=contract.buyer.region)
    return int(contract.amount * rule.value // 100), rule


def supplement_left(contract: Contract, besides: Amendment | None = None) -> tuple[int, Rule]:
    """Fen that supplements may still add: the rule's share of the amount as signed, less what they added (GPL 49)."""
    rule = resolve("contract.supplement_max", on=contract.awarded_on, region=contract.buyer.region)
    signed = contract.amendments.signed().filter(change__gt=0)
    if besides is not None:
        signed = signed.exclude(pk=besides.pk)
    added = sum(signed.values_list("change", flat=True))
    return max(0, int(contract.signed_amount * rule.value // 100) - added), rule


def refuse_over_supplement(contract: Contract, change: int, *, besides: Amendment | None = None) -> None:
    """Raises ValidationError(code="over_supplement") when the supplements together would be too much (GPL 49)."""
    left, rule = supplement_left(contract, besides)
    if change > left:
        raise ValidationError(
            _(
                "This adds ¥%(change)s; ¥%(left)s may still be added: supplements together are %(percent)s%% of the "
                "contract as signed at most (%(source)s)."
            ),
            code="over_supplement",
            params={
                "change": format_yuan(change),
                "left": format_yuan(left),
                "percent": rule.number,
                "source": rule.citation,
            },
        )


def refuse_longer_than_allowed(contract: Contract, ends_on: datetime.date) -> None:
    """Raises ValidationError(code="term_too_long") on the new last day."""
    rule = term_rule(contract)
    last = longest_term(contract, rule)
    if ends_on > last:
        raise ValidationError(
            {
                "ends_on": ValidationError(
                    _("The contract may run until %(day)s at most (%(source)s)."),
                    code="term_too_long",
                    params={"day": last.isoformat(), "source": rule.citation},
                )
            }
        )


def next_renewal(contract: Contract) -> tuple[datetime.date, int]:
    """Until when the next renewal assures the contract, and the fen of the instalments that it adds."""
    assured = contract.assured_until or contract.ends_on
    after = add_months(assured + datetime.timedelta(days=1), contract.renewal_months) - datetime.timedelta(days=1)
    until = min(contract.ends_on, after)
    fresh = contract.deliverables.filter(is_committed=False, due_on__lte=until)
    return until, sum(fresh.values_list("amount", flat=True))


GRADES = ProviderRating.Grade.values  # best first


def evaluation_for_renewal(contract: Contract) -> EvaluationNote:
    """The evaluation that a renewal rests on: published since the assured year began.

    Raises ValidationError: "not_evaluated", "grade_too_low".
    """
    if contract.assured_until is None:
        raise ValidationError(_("This contract is not renewed year by year."), code="not_renewable")
    year_began = add_months(contract.assured_until + datetime.timedelta(days=1), -contract.renewal_months)
    note = contract.evaluation_notes.filter(published_on__gte=year_began).order_by("published_on", "created_at").last()
    if note is None:
        raise ValidationError(_("The renewal waits for the published evaluation of this year."), code="not_evaluated")
    if GRADES.index(note.grade) > GRADES.index(contract.renewal_grade):
        raise ValidationError(
            _("The evaluation %(number)s is too low for a renewal: the contract asks for more."),
            code="grade_too_low",
            params={"number": note.reference},
        )
    return note


def unfinished(contract: Contract, money: Money) -> ValidationError | None:
    """What of deliveries and payments keeps it from being closed; what a renewal never assured does not."""
    standing = contract.deliverables.standing()
    if contract.assured_until is not None and clock.today() > contract.assured_until:
        standing = standing.filter(is_committed=True)
    if standing.exists():
        return ValidationError(_("Some instalments are still to be delivered or accepted."), code="undelivered")
    if money.owed:
        return ValidationError(_("Some of what was accepted is not paid yet."), code="unpaid")
    if money.interest_owed or InterestClaim.objects.asked().filter(**on_payments_of(contract)).exists():
        return ValidationError(_("Late-payment interest is still to be decided or paid."), code="interest")
    if not contract.is_service and clock.today() <= contract.ends_on:
        return ValidationError(_("The agreement is still running: end it early instead."), code="not_over")
    return None


def suspension_of(contract: Contract) -> Suspension | None:
    """Why nothing may be signed or performed now: of the first of its lots that is challenged (REG 54)."""
    for row in contract.awards.select_related("award"):
        if suspension := signing_suspended(row.award):
            return suspension
    return result_suspended(contract.call_off.lot) if contract.call_off else None


def refuse_while_challenged(contract: Contract) -> None:
    """Raises ValidationError(code="challenged", or "award_ended") while a challenge may change the result (REG 54)."""
    Award.objects.select_for_update().filter(contract_lots__contract=contract).order_by("pk").first()
    if suspension := suspension_of(contract):
        raise ValidationError(suspension.text, code="award_ended" if suspension.code == "award_ended" else "challenged")


def refuse_fallen_awards(awards: Sequence[Award]) -> None:
    """Raises ValidationError(code="award_ended") for an award that was declined or annulled."""
    if any(award.state != Award.State.STANDING for award in awards):
        raise award_ended()


def award_ended() -> ValidationError:
    return ValidationError(_("This award no longer stands: no contract can follow from it."), code="award_ended")
