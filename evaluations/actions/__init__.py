"""Every change of an evaluation. Lock order: engagement before scorecard and appeal."""

from .appeals import assign_appeal, decide_appeal, lodge_appeal
from .engagements import conclude, plan_engagement, publish_engagement, reply_to_engagement, start_scoring
from .evidence import add_evidence, remove_evidence
from .frameworks import add_framework
from .moderation import moderate_mark, settle_scores
from .rectifications import (
    confirm_rectification,
    demand_rectification,
    plan_rectification,
    report_rectification,
    return_rectification,
)
from .scorecards import add_scorer, save_scorecard, submit_scorecard, write_sheet

__all__ = [
    "add_evidence",
    "add_framework",
    "add_scorer",
    "assign_appeal",
    "conclude",
    "confirm_rectification",
    "decide_appeal",
    "demand_rectification",
    "lodge_appeal",
    "moderate_mark",
    "plan_engagement",
    "plan_rectification",
    "publish_engagement",
    "remove_evidence",
    "reply_to_engagement",
    "report_rectification",
    "return_rectification",
    "save_scorecard",
    "settle_scores",
    "start_scoring",
    "submit_scorecard",
    "write_sheet",
]
