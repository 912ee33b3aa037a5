"""The tone in which a state is shown: quiet, active, good, warn, bad. Never the only sign: the word stands with it."""

TENDER = {
    "draft": "quiet",
    "pending_approval": "warn",
    "published": "active",
    "closed": "quiet",
    "evaluating": "active",
    "awarded": "good",
    "failed": "bad",
    "cancelled": "bad",
}
LOT = {
    "open": "active",
    "evaluating": "active",
    "ranked": "active",
    "awarded": "good",
    "failed": "bad",
    "cancelled": "bad",
}
BID = {
    "sealed": "good",
    "replaced": "quiet",
    "withdrawn": "quiet",
    "opened": "active",
    "unreadable": "bad",
    "excluded": "bad",
    "ranked": "active",
    "won": "good",
    "admitted": "good",
    "lost": "quiet",
    "declined": "bad",
}
SEAT = {
    "appointed": "warn",
    "declared": "active",
    "recused": "quiet",
    "submitted": "good",
    "dismissed": "quiet",
}
METHOD_CHANGE = {"proposed": "warn", "approved": "good", "refused": "bad", "withdrawn": "quiet"}
AWARD = {"standing": "good", "declined": "bad", "annulled": "bad"}
PANEL = {"scoring": "active", "moderating": "warn", "ranked": "active", "reported": "good"}
PRICE = {"asked": "warn", "explained": "active", "silent": "warn", "accepted": "good", "rejected": "bad"}
ROUND = {"open": "active", "closed": "warn", "opened": "good"}
QUERY = {"asked": "warn", "answered": "good"}
CHALLENGE = {"lodged": "warn", "upheld": "good", "rejected": "quiet", "withdrawn": "quiet"}
COMPLAINT = {
    "filed": "warn",
    "correcting": "warn",
    "refused": "bad",
    "accepted": "active",
    "upheld": "good",
    "rejected": "quiet",
    "withdrawn": "quiet",
}
CALL_OFF = {
    "asking": "active",
    "requested": "warn",
    "ordered": "active",
    "accepted": "good",
    "declined": "bad",
    "cancelled": "quiet",
}
PARTNER = {"asked": "warn", "confirmed": "good", "declined": "quiet"}
BOND = {"declared": "warn", "held": "good", "refused": "bad", "released": "quiet"}
OUTAGE = {"proposed": "warn", "decided": "good", "dropped": "quiet"}
AMENDMENT = {"clarification": "quiet", "minor": "active", "material": "warn"}
