"""Every change of an evaluation. Lock order: engagement before scorecard and appeal."""

from .appeals import assign_appeal, decide_appeal, lodge_appeal
from .engagements import conclude, plan_engagement, publish_engagement, reply_to_engagement, start_scoring
from .frameworks import add_framework
from .moderation import moderate_mark, settle_scores
from .scorecards import save_scorecard, submit_scorecard

__all__ = [
    "add_framework",
    "assign_appeal",
    "conclude",
    "decide_appeal",
    "lodge_appeal",
    "moderate_mark",
    "plan_engagement",
    "publish_engagement",
    "reply_to_engagement",
    "save_scorecard",
    "settle_scores",
    "start_scoring",
    "submit_scorecard",
]
