"""Every change of an evaluation. Lock order: engagement before scorecard and appeal; round before application before
objection and certificate."""

from .appeals import assign_appeal, decide_appeal, lodge_appeal
from .conduct import note_conduct, withdraw_conduct
from .consequences import suspend_after_evaluation
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
from .fieldwork import draw_residents, finish_step, plan_step
from .forgetting import forget_complainants
from .frameworks import add_framework, adopt_draft, save_draft, start_draft
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
from .hiring import draw_engagement
from .moderation import moderate_mark, settle_scores
from .occasions import ask_about_last_month, ask_by_text, occasion_of, print_statement_codes
from .rectifications import (
    confirm_rectification,
    demand_rectification,
    plan_rectification,
    report_rectification,
    return_rectification,
)
from .roundresults import (
    conclude_round,
    decide_objection,
    lodge_objection,
    publish_notice,
    seal_certificate,
    withdraw_certificate,
)
from .rounds import (
    admit_application,
    call_round,
    close_round,
    draw_scorers,
    refuse_application,
    save_application,
    start_application,
    submit_application,
)
from .roundscoring import rank_round, save_rating_sheet, submit_rating_sheet
from .scorecards import add_scorer, save_scorecard, submit_scorecard, write_sheet

__all__ = [
    "acknowledge_grievance",
    "add_evidence",
    "add_framework",
    "add_scorer",
    "admit_application",
    "adopt_draft",
    "answer_grievance",
    "ask_about_last_month",
    "ask_by_text",
    "ask_provider",
    "assign_appeal",
    "assign_grievance",
    "call_round",
    "close_round",
    "conclude",
    "conclude_round",
    "confirm_rectification",
    "count_all_voices",
    "count_voices",
    "decide_appeal",
    "decide_objection",
    "demand_rectification",
    "draw_engagement",
    "draw_residents",
    "draw_scorers",
    "find_by_code",
    "find_by_link",
    "finish_step",
    "forget_complainants",
    "give_at_counter",
    "give_by_code",
    "give_by_link",
    "give_own",
    "holds_code",
    "lodge_appeal",
    "lodge_grievance",
    "lodge_objection",
    "merge_grievance",
    "moderate_mark",
    "note_conduct",
    "occasion_of",
    "plan_engagement",
    "plan_rectification",
    "plan_step",
    "print_receipt_code",
    "print_statement_codes",
    "publish_engagement",
    "publish_notice",
    "rank_round",
    "refuse_application",
    "refuse_providers",
    "remove_evidence",
    "reopen_grievance",
    "reply_to_engagement",
    "report_rectification",
    "return_rectification",
    "run_due_grievances",
    "save_application",
    "save_draft",
    "save_rating_sheet",
    "save_scorecard",
    "say_content",
    "seal_certificate",
    "settle_scores",
    "start_application",
    "start_draft",
    "start_scoring",
    "state_side",
    "submit_application",
    "submit_rating_sheet",
    "submit_scorecard",
    "suspend_after_evaluation",
    "withdraw_certificate",
    "withdraw_conduct",
    "withdraw_grievance",
    "write_down",
    "write_sheet",
]
