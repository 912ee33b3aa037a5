"""Every change of an incubator. Lock order: cohort, application, subsidy, then the ledger's rows."""

from .cohorts import (
    admit,
    apply_to_cohort,
    begin_cohort,
    check_application,
    draft_cohort,
    finish_cohort,
    graduate,
    leave_cohort,
    publish_cohort,
    refuse_application,
    tell_matches,
)
from .subsidies import ask_subsidy, claim_subsidy, grant_subsidy, order_subsidy, refuse_subsidy, send_back_claim

__all__ = [
    "admit",
    "apply_to_cohort",
    "ask_subsidy",
    "begin_cohort",
    "check_application",
    "claim_subsidy",
    "draft_cohort",
    "finish_cohort",
    "graduate",
    "grant_subsidy",
    "leave_cohort",
    "order_subsidy",
    "publish_cohort",
    "refuse_application",
    "refuse_subsidy",
    "send_back_claim",
    "tell_matches",
]
