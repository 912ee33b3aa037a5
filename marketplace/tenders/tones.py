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
}
SEAT = {"appointed": "warn", "declared": "active", "recused": "quiet", "submitted": "good"}
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
