"""States of payments by word, shape and colour."""

from django import template
from django.utils.safestring import SafeString

from marketplace.pages.templatetags.pages import badge
from marketplace.payments.queries import WHY

register = template.Library()
TONES = {
    "draft": "warn",
    "approved": "active",
    "sent": "active",
    "paid": "good",
    "failed": "bad",
    "returned": "bad",
    "cancelled": "quiet",
    "requested": "warn",
    "refused": "bad",
    "read": "warn",
    "applied": "good",
    "discarded": "quiet",
    "none": "quiet",
    "matched": "good",
    "unmatched": "warn",
    "explained": "quiet",
    "asked": "active",
    "open": "active",
    "expired": "quiet",
    "done": "good",
}


@register.simple_tag
def payment_state(thing) -> SafeString:
    """The state of an order, a try, an account or an answer."""
    return badge(thing.get_state_display(), TONES.get(thing.state, "quiet"))


@register.simple_tag
def account_state(account, now) -> SafeString:
    """An approved account that has not taken effect yet still waits."""
    waits = account.state == "approved" and account.effective_at > now
    tone = "warn" if waits else "good" if account.state == "approved" else TONES[account.state]
    return badge(account.get_state_display(), tone)


@register.simple_tag
def why_it_waits(line) -> str:
    """Why a line of a statement needs a person, in a sentence."""
    return WHY.get(line.why, "")
