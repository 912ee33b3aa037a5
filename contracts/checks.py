"""What must hold of a draft before anyone is asked to sign it."""

import datetime
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.rules.calendar import add_months
from marketplace.rules.models import Rule
from marketplace.rules.queries import resolve

from .models import Clause, Contract


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
                "source": contents.source,
            },
        )
    rule = term_rule(contract)
    last = longest_term(contract, rule)
    if contract.ends_on > last:
        yield ValidationError(
            _("The contract may run until %(day)s at most (%(source)s). State the condition for a longer term."),
            code="term_too_long",
            params={"day": last.isoformat(), "source": rule.source},
        )
    if contract.is_service:
        yield from _faults_of_instalments(contract)


def _faults_of_instalments(contract: Contract) -> Iterator[ValidationError]:
    deliverables = list(contract.deliverables.all())
    if sum(deliverable.amount for deliverable in deliverables) != contract.amount:
        yield ValidationError(_("The instalments must add up to the contract's amount."), code="amounts")
    if any(not contract.starts_on <= deliverable.due_on <= contract.ends_on for deliverable in deliverables):
        yield ValidationError(_("Every instalment must be due within the contract's term."), code="due_outside")
