"""Every change of an evaluation. Lock order: engagement before scorecard."""

from .engagements import conclude, plan_engagement, publish_engagement, reply_to_engagement, start_scoring
from .frameworks import add_framework
from .scorecards import save_scorecard, submit_scorecard

__all__ = [
    "add_framework",
    "conclude",
    "plan_engagement",
    "publish_engagement",
    "reply_to_engagement",
    "save_scorecard",
    "start_scoring",
    "submit_scorecard",
]
