"""Events in words. `thing.verbed` is two words of the glossary; `register_event` says a better phrase."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

THINGS = {
    "accreditation": gettext_lazy("Accreditation"),
    "application": gettext_lazy("Application"),
    "bank_answer": gettext_lazy("Bank's answer"),
    "bid": gettext_lazy("Bid"),
    "budget_line": gettext_lazy("Budget line"),
    "card": gettext_lazy("Card"),
    "cohort": gettext_lazy("Cohort"),
    "contract": gettext_lazy("Contract"),
    "custodian": gettext_lazy("Key custodian"),
    "delegation": gettext_lazy("Delegation"),
    "deliverable": gettext_lazy("Deliverable"),
    "engagement": gettext_lazy("Evaluation"),
    "expert": gettext_lazy("Expert"),
    "fund": gettext_lazy("Fund"),
    "invitation": gettext_lazy("Invitation"),
    "lot": gettext_lazy("Lot"),
    "membership": gettext_lazy("Membership"),
    "organisation": gettext_lazy("Organisation"),
    "panel": gettext_lazy("Panel"),
    "paper": gettext_lazy("Paper"),
    "payee_account": gettext_lazy("Payee's account"),
    "payment": gettext_lazy("Payment order"),
    "payment_batch": gettext_lazy("Payment batch"),
    "programme": gettext_lazy("Programme"),
    "provider": gettext_lazy("Provider"),
    "receipt": gettext_lazy("Receipt"),
    "register": gettext_lazy("Register of residents"),
    "resident": gettext_lazy("Resident"),
    "scorecard": gettext_lazy("Scorecard"),
    "service": gettext_lazy("Service"),
    "settlement": gettext_lazy("Settlement"),
    "tender": gettext_lazy("Tender"),
    "token": gettext_lazy("API token"),
    "user": gettext_lazy("Person"),
    "voucher": gettext_lazy("Voucher"),
    "year": gettext_lazy("Fiscal year"),
}
VERBS = {
    "accepted": pgettext_lazy("event", "accepted"),
    "admitted": pgettext_lazy("event", "admitted"),
    "approved": pgettext_lazy("event", "approved"),
    "awarded": pgettext_lazy("event", "awarded"),
    "begun": pgettext_lazy("event", "begun"),
    "cancelled": pgettext_lazy("event", "cancelled"),
    "changed": pgettext_lazy("event", "changed"),
    "closed": pgettext_lazy("event", "closed"),
    "drafted": pgettext_lazy("event", "drafted"),
    "drawn": pgettext_lazy("event", "drawn"),
    "ended": pgettext_lazy("event", "ended"),
    "excluded": pgettext_lazy("event", "excluded"),
    "failed": pgettext_lazy("event", "failed"),
    "finished": pgettext_lazy("event", "finished"),
    "graduated": pgettext_lazy("event", "graduated"),
    "granted": pgettext_lazy("event", "granted"),
    "issued": pgettext_lazy("event", "issued"),
    "joined": pgettext_lazy("event", "joined"),
    "locked": pgettext_lazy("event", "locked"),
    "opened": pgettext_lazy("event", "opened"),
    "ordered": pgettext_lazy("event", "ordered"),
    "paid": pgettext_lazy("event", "paid"),
    "printed": pgettext_lazy("event", "printed"),
    "published": pgettext_lazy("event", "published"),
    "ranked": pgettext_lazy("event", "ranked"),
    "rated": pgettext_lazy("event", "rated"),
    "redeemed": pgettext_lazy("event", "redeemed"),
    "refused": pgettext_lazy("event", "refused"),
    "registered": pgettext_lazy("event", "registered"),
    "replied": pgettext_lazy("event", "replied"),
    "returned": pgettext_lazy("event", "returned"),
    "scheduled": pgettext_lazy("event", "scheduled"),
    "scored": pgettext_lazy("event", "scored"),
    "sealed": pgettext_lazy("event", "sealed"),
    "sent": pgettext_lazy("event", "sent"),
    "signed": pgettext_lazy("event", "signed"),
    "started": pgettext_lazy("event", "started"),
    "submitted": pgettext_lazy("event", "submitted"),
    "suspended": pgettext_lazy("event", "suspended"),
    "terminated": pgettext_lazy("event", "terminated"),
    "viewed": pgettext_lazy("event", "viewed"),
    "withdrawn": pgettext_lazy("event", "withdrawn"),
}
_phrases: dict[str, Any] = {}


def register_event(event: str, phrase: Any) -> None:
    """Say an event in a better phrase (a lazy string). Called in AppConfig.ready."""
    _phrases[event] = phrase


def in_words(event: str) -> str:
    """`bid.awarded` in the reader's language; the code itself where there are no words for it."""
    if event in _phrases:
        return str(_phrases[event])
    thing, _dot, verb = event.partition(".")
    if thing not in THINGS or verb not in VERBS:
        return event
    return _("%(thing)s: %(verb)s") % {"thing": THINGS[thing], "verb": VERBS[verb]}
