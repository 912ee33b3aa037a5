"""Every change of an evaluation. Lock order: engagement before scorecard and appeal."""

from .appeals import assign_appeal, decide_appeal, lodge_appeal
from .counting import count_all_voices, count_voices
from .engagements import conclude, plan_engagement, publish_engagement, reply_to_engagement, start_scoring
from .evidence import add_evidence, remove_evidence
from .feedback import (
    find_by_code,
    find_by_link,
    give_at_counter,
    give_by_code,
    give_by_link,
    give_own,
    print_receipt_code,
    refuse_providers,
    write_down,
)
from .forgetting import forget_complainants
from .frameworks import add_framework
from .grievances import (
    acknowledge_grievance,
    answer_grievance,
    assign_grievance,
    holds_code,
    lodge_grievance,
    merge_grievance,
    reopen_grievance,
    say_content,
    withdraw_grievance,
)
from .hearings import ask_provider, run_due_grievances, state_side
from .moderation import moderate_mark, settle_scores
from .occasions import ask_about_last_month, ask_by_text, occasion_of, print_statement_codes
from .rectifications import (
    confirm_rectification,
    demand_rectification,
    plan_rectification,
    report_rectification,
    return_rectification,
)
from .scorecards import add_scorer, save_scorecard, submit_scorecard, write_sheet

__all__ = [
    "acknowledge_grievance",
    "add_evidence",
    "add_framework",
    "add_scorer",
    "answer_grievance",
    "ask_about_last_month",
    "ask_by_text",
    "ask_provider",
    "assign_appeal",
    "assign_grievance",
    "conclude",
    "confirm_rectification",
    "count_all_voices",
    "count_voices",
    "decide_appeal",
    "demand_rectification",
    "find_by_code",
    "find_by_link",
    "forget_complainants",
    "give_at_counter",
    "give_by_code",
    "give_by_link",
    "give_own",
    "holds_code",
    "lodge_appeal",
    "lodge_grievance",
    "merge_grievance",
    "moderate_mark",
    "occasion_of",
    "plan_engagement",
    "plan_rectification",
    "print_receipt_code",
    "print_statement_codes",
    "publish_engagement",
    "refuse_providers",
    "remove_evidence",
    "reopen_grievance",
    "reply_to_engagement",
    "report_rectification",
    "return_rectification",
    "run_due_grievances",
    "save_scorecard",
    "say_content",
    "settle_scores",
    "start_scoring",
    "state_side",
    "submit_scorecard",
    "withdraw_grievance",
    "write_down",
    "write_sheet",
]
