"""Why something ended, kept as a code with its figures so that every reader has it in their own language."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS = {
    "too_few_envelopes": _(
        "%(there)s suppliers handed in a bid by the deadline, %(needed)s are needed (Government Procurement Law, "
        "Article 36). The envelopes stay sealed."
    ),
    "too_few_valid": _("%(there)s valid bids came in, %(needed)s are needed (Government Procurement Law, Article 36)."),
    "too_few_qualified": _(
        "%(there)s bids meet the qualifications, %(needed)s are needed (Government Procurement Law, Article 36)."
    ),
    "price_unproven": _(
        "The price seems abnormally low and its explanation did not prove it: the bid is invalid (财库〔2026〕2号)."
    ),
    "no_final_quote": _("No final quote came by its deadline: the bid has left the procedure."),
    "quote_unreadable": _("The sealed final quote can't be opened: the bid has left the procedure."),
    "winner_refused": _(
        "The winner refused to sign and the buyer begins again (Regulation for Implementing the Government "
        "Procurement Law, Article 49)."
    ),
    "award_annulled": _("A decision on a challenge or complaint annulled the procurement: it is tendered again."),
    "no_candidate_left": _("No other candidate is left: it is tendered again."),
    "no_lot_left": _("No lot has enough valid bids (Government Procurement Law, Article 36)."),
    "above_ceiling": _("The price is above the ceiling: the bid is invalid (Order 87, Article 63)."),
    "not_fixed_price": _(
        "The price is fixed by the tender file, and this bid asks another one: the bid is invalid "
        "(Order 87 of the Ministry of Finance, Article 55)."
    ),
    "linked": _(
        "A supplier linked by the same person in charge, control or management handed in a bid for this lot before "
        "(Regulation for Implementing the Government Procurement Law, Article 18)."
    ),
    "unconfirmed": _(
        "A material change was published after this bid was sealed, and its bidder has not confirmed that it stands "
        "(Regulation for Implementing the Government Procurement Law, Article 31)."
    ),
    "no_bond": _(
        "The bid bond had not arrived by the deadline "
        "(Regulation for Implementing the Government Procurement Law, Article 33)."
    ),
    "body_missing": _("A file promised by its fingerprint did not follow in time: the bid is not whole."),
    "key": _("The shares do not belong to this key."),
    "missing": _("The sealed file is missing from the store."),
    "changed": _("The sealed file is not the one that was handed in: its fingerprint differs from the receipt's."),
    "format": _("The sealed file has no known format."),
    "sealed": _("The envelope was not sealed to this tender's key."),
    "truncated": _("The sealed file is cut off."),
    "tampered": _("The sealed file was changed after sealing."),
    "content": _("What the envelope holds can't be read."),
}


def reason_text(code: str, params: dict[str, Any], words: str) -> str:
    """The reason in the reader's language: a known code with its figures, else the words that a person wrote."""
    return str(REASONS[code]) % params if code in REASONS else words
