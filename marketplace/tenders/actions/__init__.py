"""Every change of state of a tender, one verb a function."""

from .approval import approve_tender, cancel_tender, repeat_tender, return_tender, set_number_prefix
from .awarding import award_bid
from .bidding import add_draft_file, remove_draft_file, save_bid_draft, submit_bid, withdraw_bid
from .clockwork import run_due_events
from .closing import close_tender
from .custody import set_passphrase, unlock_bids
from .drafting import (
    add_document,
    add_lot,
    change_lot,
    describe_tender,
    draft_tender,
    name_custodians,
    remove_document,
    remove_lot,
    set_qualifications,
    set_schedule,
    set_scored_criteria,
    submit_for_approval,
)
from .panel import declare_no_conflict, draw_panel, recuse
from .redflags import refresh_red_flags
from .scoring import exclude_bid, hand_in_scores, rank_bids, score_bid
from .searches import forget_search, save_search, send_digests

__all__ = [
    "add_document",
    "add_draft_file",
    "add_lot",
    "approve_tender",
    "award_bid",
    "cancel_tender",
    "change_lot",
    "close_tender",
    "declare_no_conflict",
    "describe_tender",
    "draft_tender",
    "draw_panel",
    "exclude_bid",
    "forget_search",
    "hand_in_scores",
    "name_custodians",
    "rank_bids",
    "recuse",
    "refresh_red_flags",
    "remove_document",
    "remove_draft_file",
    "remove_lot",
    "repeat_tender",
    "return_tender",
    "run_due_events",
    "save_bid_draft",
    "save_search",
    "score_bid",
    "send_digests",
    "set_number_prefix",
    "set_passphrase",
    "set_qualifications",
    "set_schedule",
    "set_scored_criteria",
    "submit_bid",
    "submit_for_approval",
    "unlock_bids",
    "withdraw_bid",
]
