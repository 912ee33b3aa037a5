"""What the payment screens read."""

from .bonds import bonds
from .interest import claims_on
from .orders import (
    AnswerEffect,
    accounts_to_decide,
    answer_content,
    desk_links,
    donation_link,
    late_totals,
    preview_answer,
    queue,
    sendable,
    totals,
    waiting_for,
)
from .statements import (
    WHY,
    guesses,
    lines_waiting,
    payments_on_no_statement,
    standing,
    statement_sums,
    statements_of,
)

__all__ = [
    "WHY",
    "AnswerEffect",
    "accounts_to_decide",
    "answer_content",
    "bonds",
    "claims_on",
    "desk_links",
    "donation_link",
    "guesses",
    "late_totals",
    "lines_waiting",
    "payments_on_no_statement",
    "preview_answer",
    "queue",
    "sendable",
    "standing",
    "statement_sums",
    "statements_of",
    "totals",
    "waiting_for",
]
