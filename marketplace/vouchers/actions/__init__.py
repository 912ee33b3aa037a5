"""Every change to programmes, wallets, cards and settlements.

Locking: a programme's row is held while its month is issued, expired or settled; a card's row while its PIN is tried;
a wallet by the guarded UPDATE that spends from it. In this order: programme, card, resident, hold, wallet.
"""

from .applications import appeal_refusal, apply_for, decide_application, review_appeal, withdraw_application
from .bookings import (
    accept_offer,
    book,
    cancel_booking,
    join_waiting_list,
    keep_booking,
    leave_waiting_list,
    miss_booking,
    offer_free_places,
    open_places,
    run_due_bookings,
)
from .cards import issue_card, set_pin, unlock_card
from .changes import approve_change, propose_change, withdraw_change
from .devices import keep_device_key, limit_offline, register_device, revoke_device
from .forgetting import forget_persons
from .fraud import answer_call_back, decide_case, draw_call_backs, keep_case, look_for_fraud
from .holds import confirm_hold, expire_holds, hold, release_hold
from .issue import expire_month, issue_month, run_due_months
from .looks import look_at_card
from .offline import accept_offline, decide_offline, within_caps
from .programmes import close_programme, draft_programme, start_programme
from .redeem import redeem, redemption_id
from .reverse import reverse_redemption
from .settle import approve_settlement, cancel_settlement, order_settlement, settle_month
from .visits import check_in, check_out, link_visit, record_hospital_stay

__all__ = [
    "accept_offer",
    "accept_offline",
    "answer_call_back",
    "appeal_refusal",
    "apply_for",
    "approve_change",
    "approve_settlement",
    "book",
    "cancel_booking",
    "cancel_settlement",
    "check_in",
    "check_out",
    "close_programme",
    "confirm_hold",
    "decide_application",
    "decide_case",
    "decide_offline",
    "draft_programme",
    "draw_call_backs",
    "expire_holds",
    "expire_month",
    "forget_persons",
    "hold",
    "issue_card",
    "issue_month",
    "join_waiting_list",
    "keep_booking",
    "keep_case",
    "keep_device_key",
    "leave_waiting_list",
    "limit_offline",
    "link_visit",
    "look_at_card",
    "look_for_fraud",
    "miss_booking",
    "offer_free_places",
    "open_places",
    "order_settlement",
    "propose_change",
    "record_hospital_stay",
    "redeem",
    "redemption_id",
    "register_device",
    "release_hold",
    "reverse_redemption",
    "review_appeal",
    "revoke_device",
    "run_due_bookings",
    "run_due_months",
    "set_pin",
    "settle_month",
    "start_programme",
    "unlock_card",
    "withdraw_application",
    "withdraw_change",
    "within_caps",
]
