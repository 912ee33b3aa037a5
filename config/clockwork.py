"""What happens by the clock, how often, and through which verb. One table, one worker (`manage.py run_clock`)."""

from collections.abc import Callable
from dataclasses import dataclass

from config.tasks import forget_done_tasks
from contracts.actions import run_due_contracts
from evaluations.actions import (
    ask_about_last_month,
    ask_by_text,
    count_all_voices,
    forget_complainants,
    run_due_grievances,
)
from marketplace.audit.actions import seal
from marketplace.audit.heads import export_head
from marketplace.messages.actions import send_waiting_texts
from marketplace.parties.actions import remind_of_tokens
from marketplace.payments.actions import reconcile_last_night, run_due_payments
from marketplace.residents.actions import erase_due_residents
from marketplace.tenders.actions import refresh_red_flags, run_due_events, send_digests
from marketplace.vouchers.actions import expire_holds, forget_persons, look_for_fraud, run_due_bookings, run_due_months
from marketplace.vouchers.notices import remind_of_the_months_end


@dataclass(frozen=True)
class Job:
    """Run `act` every `seconds`. Each verb is safe to run twice, late, or after having been killed."""

    name: str
    seconds: int
    act: Callable[[], object]


JOBS = [
    Job("seal the audit trail and the ledger", 5, seal),
    Job("run the due events of tenders", 5, run_due_events),
    Job("put the signed head outside the database", 3600, export_head),
    Job("begin contracts and publish their payments", 60, run_due_contracts),
    Job("let go of holds that have run out", 60, expire_holds),
    Job("tell of new tenders that match kept searches", 600, send_digests),
    Job("look for red flags in what was published", 6 * 3600, refresh_red_flags),
    Job("finish payments that were begun", 60, run_due_payments),
    Job("hold Stripe's books against ours", 1800, reconcile_last_night),
    Job("offer places to who waits, remind of bookings", 60, run_due_bookings),
    Job("look for what does not fit in visits and payments", 3600, look_for_fraud),
    Job("remind of vouchers that end with the month", 6 * 3600, remind_of_the_months_end),
    Job("remind of programs' tokens that end soon", 6 * 3600, remind_of_tokens),
    Job("send text messages that the gateway refused before", 300, send_waiting_texts),
    Job("issue this month's vouchers, expire the last month's", 3600, run_due_months),
    Job("pass up grievances that are late, close what nobody objects to", 600, run_due_grievances),
    Job("forget who complained long ago", 24 * 3600, forget_complainants),
    Job("count how many residents are satisfied", 600, count_all_voices),
    Job("ask about last month's care", 24 * 3600, ask_about_last_month),
    Job("ask by text message how it was", 24 * 3600, ask_by_text),
    Job("make unrecognisable who died or left long ago", 24 * 3600, erase_due_residents),
    Job("forget the tasks that were done weeks ago", 24 * 3600, forget_done_tasks),
    Job("forget what was sent long ago, and what is left of who was made so", 24 * 3600, forget_persons),
]
