"""Every change of state of a tender, one verb a function."""

from .again import decide_method_change, propose_method_change, repeat_tender, withdraw_method_change
from .amending import drop_amendment, propose_amendment, publish_amendment, publish_clarification
from .approval import approve_tender, cancel_tender, return_tender
from .awarding import award_bid, begin_again, decline_award, note_contract
from .barring import end_tie, name_designer, record_tie
from .bidding import confirm_bid, deliver_promised, submit_bid, withdraw_bid
from .biddrafts import add_draft_file, remove_draft_file, save_bid_draft
from .bonds import declare_bond, hold_bid_bond, refuse_bid_bond, release_bid_bond, return_bonds, set_bid_bond
from .challenges import answer_challenge, answer_query, ask_query, judge_effect, lodge_challenge, withdraw_challenge
from .clockwork import run_due_events
from .closing import close_tender
from .complaints import (
    accept_complaint,
    answer_complaint,
    ask_correction,
    correct_complaint,
    decide_complaint,
    end_suspension,
    file_complaint,
    pause_complaint,
    refuse_complaint,
    resume_complaint,
    withdraw_complaint,
)
from .consortia import ask_partner, confirm_partner, decline_partner
from .criteria import set_qualifications, set_scored_criteria
from .custody import set_passphrase, unlock_bids
from .documents import add_document, remove_document, replace_document
from .drafting import (
    add_lot,
    change_lot,
    describe_tender,
    draft_tender,
    name_custodians,
    remove_lot,
    set_schedule,
    submit_for_approval,
)
from .excluding import exclude_bid
from .moderating import moderate_sheet, vote_for_chair
from .numbering import set_number_prefix
from .outages import decide_outage, drop_outage, propose_outage
from .panel import declare_no_conflict, declare_tie, draw_panel, fill_seats, recuse
from .planning import add_plan_line, change_plan_line, publish_intention
from .preparing import justify_method, plan_tender
from .prices import end_price_answer, explain_price, question_price, vote_on_price
from .qualifying import check_qualifications
from .questions import answer_question, ask_question
from .quotes import call_for_quotes, close_quotes, open_quotes, quote_price
from .ranking import rank_bids
from .redflags import refresh_red_flags
from .reminding import remind_buyer, remind_of_reply
from .reporting import confirm_report, print_report_again
from .scoring import hand_in_scores, score_bid
from .searches import forget_search, save_search, send_digests
from .terms import set_terms

__all__ = [
    "accept_complaint",
    "add_document",
    "add_draft_file",
    "add_lot",
    "add_plan_line",
    "answer_challenge",
    "answer_complaint",
    "answer_query",
    "answer_question",
    "approve_tender",
    "ask_correction",
    "ask_partner",
    "ask_query",
    "ask_question",
    "award_bid",
    "begin_again",
    "call_for_quotes",
    "cancel_tender",
    "change_lot",
    "change_plan_line",
    "check_qualifications",
    "close_quotes",
    "close_tender",
    "confirm_bid",
    "confirm_partner",
    "confirm_report",
    "correct_complaint",
    "decide_complaint",
    "decide_method_change",
    "decide_outage",
    "declare_bond",
    "declare_no_conflict",
    "declare_tie",
    "decline_award",
    "decline_partner",
    "deliver_promised",
    "describe_tender",
    "draft_tender",
    "draw_panel",
    "drop_amendment",
    "drop_outage",
    "end_price_answer",
    "end_suspension",
    "end_tie",
    "exclude_bid",
    "explain_price",
    "file_complaint",
    "fill_seats",
    "forget_search",
    "hand_in_scores",
    "hold_bid_bond",
    "judge_effect",
    "justify_method",
    "lodge_challenge",
    "moderate_sheet",
    "name_custodians",
    "name_designer",
    "note_contract",
    "open_quotes",
    "pause_complaint",
    "plan_tender",
    "print_report_again",
    "propose_amendment",
    "propose_method_change",
    "propose_outage",
    "publish_amendment",
    "publish_clarification",
    "publish_intention",
    "question_price",
    "quote_price",
    "rank_bids",
    "record_tie",
    "recuse",
    "refresh_red_flags",
    "refuse_bid_bond",
    "refuse_complaint",
    "release_bid_bond",
    "remind_buyer",
    "remind_of_reply",
    "remove_document",
    "remove_draft_file",
    "remove_lot",
    "repeat_tender",
    "replace_document",
    "resume_complaint",
    "return_bonds",
    "return_tender",
    "run_due_events",
    "save_bid_draft",
    "save_search",
    "score_bid",
    "send_digests",
    "set_bid_bond",
    "set_number_prefix",
    "set_passphrase",
    "set_qualifications",
    "set_schedule",
    "set_scored_criteria",
    "set_terms",
    "submit_bid",
    "submit_for_approval",
    "unlock_bids",
    "vote_for_chair",
    "vote_on_price",
    "withdraw_bid",
    "withdraw_challenge",
    "withdraw_complaint",
    "withdraw_method_change",
]
