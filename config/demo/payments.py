"""How the demo city pays: every account approved by a second person; then months of bank files and answers."""

import datetime
from collections import defaultdict

from django.core.files.base import ContentFile

from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.payments.actions import (
    approve_account,
    approve_payment,
    explain_line,
    import_bank_answer,
    import_statement,
    request_account,
    requeue_payment,
    send_payments,
)
from marketplace.payments.models import PayeeAccount, PaymentAttempt, PaymentBatch, PaymentOrder

from .world import World

BUREAUS = {
    "city_bureau": ("approver", "buyer"),
    "chengxiang": ("approver_chengxiang", "buyer_chengxiang"),
    "shaxi": ("approver_shaxi", "buyer_shaxi"),
}
PAYEES = {
    "yian": "provider",
    **{
        key: f"provider_{key}"
        for key in ("heyue", "songbai", "lanting", "qingsong", "xinyu", "chunhui", "minle", "qiming", "xiaoyu")
    },
    "evaluator": "evaluator",
}
BANKS = (
    ("太仓农村商业银行城厢支行", "314305400015"),
    ("中国农业银行太仓城中支行", "103305461107"),
    ("中国工商银行太仓人民路支行", "102305400228"),
)
LEFT_FOR_TODAY = 4  # the newest orders of a bureau stay where they are, so that its officers have something to do


def load_accounts(world: World) -> None:
    """Idempotent. Everyone's first account: in force from the day on which the second person agreed."""
    if PayeeAccount.objects.filter(organisation=world.organisation("xiaoyu")).exists():
        return
    day = datetime.date(world.today.year - 1, 1, 14)
    people = BUREAUS | {key: (asks, "admin") for key, asks in PAYEES.items()}
    for place, (key, (asks, agrees)) in enumerate(people.items()):
        organisation = world.organisation(key)
        bank, bank_code = BANKS[place % len(BANKS)]
        with world.at(clock.at_hour(day + datetime.timedelta(days=place), 10)):
            account = request_account(
                organisation,
                account_name=organisation.name,
                bank=bank,
                bank_code=bank_code,
                number=f"70660012{world.rng.randrange(10**10):010d}",
                by=world.person(asks),
            )
        with world.at(clock.at_hour(day + datetime.timedelta(days=place + 1), 15)):
            approve_account(account, by=world.person(agrees))


def load(world: World) -> None:
    """Idempotent: what was ordered is approved, sent and answered month by month; the newest waits for today."""
    if PaymentBatch.objects.exclude(attempts__order__reference__startswith="HT").exists():  # HT: paid with contracts
        return
    for key, (approver_key, _buyer) in BUREAUS.items():
        bureau, approver = world.organisation(key), world.person(approver_key)
        payable = PaymentOrder.objects.to_approve().filter(bureau=bureau, payee__payee_accounts__state="approved")
        orders = list(payable.exclude(ordered_by=approver).distinct().order_by("ordered_at", "pk"))
        months: dict[tuple[int, int], list[PaymentOrder]] = defaultdict(list)
        for order in orders[: max(0, len(orders) - LEFT_FOR_TODAY)]:
            day = order.ordered_at.astimezone(clock.SHANGHAI)
            months[day.year, day.month].append(order)
        for number, monthly in enumerate(months.values()):
            _pay(world, bureau, monthly, approver, fails_first=number == len(months) - 2)
        _leave_for_today(world, bureau, orders[-LEFT_FOR_TODAY:], approver, fails=bool(months))
    _reconcile(world, world.organisation("city_bureau"), world.person("approver"))


def _reconcile(world: World, bureau: Organisation, by: User) -> None:
    """The bank's statement up to the last answer: a payment on each line, a fee explained, one line left."""
    paid = PaymentAttempt.objects.filter(batch__bureau=bureau, state=PaymentAttempt.State.PAID)
    booked = list(paid.select_related("order__payee").order_by("answered_at", "order__number"))
    if not booked:
        return
    lines = ["记账日期,借贷,金额,端到端号,流水号,对方户名,摘要"]
    for number, attempt in enumerate(booked, 1):
        day, fen = attempt.answered_at.astimezone(clock.SHANGHAI).date(), attempt.order.amount
        lines.append(
            f"{day},借,{fen // 100}.{fen % 100:02d},{attempt.end_to_end_id},TC{number:06d},"
            f"{attempt.order.payee.name},{attempt.order.purpose.replace(',', '，')}"
        )
    last = booked[-1].answered_at
    day = last.astimezone(clock.SHANGHAI).date()
    lines += [f"{day},借,15.00,,TC900001,,账户管理费", f"{day},贷,326.40,,TC900002,,季度结息"]
    with world.at(min(last + datetime.timedelta(hours=3), clock.now())):
        file = ContentFile("\n".join(lines).encode(), name=f"太仓市民政局-对账单-{day}.csv")
        statement = import_statement(bureau, file, by=by)
        fee = statement.lines.get(bank_reference="TC900001")
        explain_line(fee, note="银行按季收取的账户管理费，已核对收费通知", by=by)


def _after(world: World, orders: list[PaymentOrder], days: int, hour: int) -> datetime.datetime:
    """A moment some days after the last was ordered, not in the future."""
    day = max(order.ordered_at for order in orders).astimezone(clock.SHANGHAI).date() + datetime.timedelta(days=days)
    return min(clock.at_hour(day, hour), clock.now())


def _pay(world: World, bureau: Organisation, orders: list[PaymentOrder], by: User, *, fails_first: bool) -> None:
    """One month's file; where `fails_first`, the bank refuses one payment, which goes out again and arrives."""
    with world.at(_after(world, orders, 1, 9)):
        for order in orders:
            approve_payment(order, by=by)
    with world.at(_after(world, orders, 1, 10)):
        batch = send_payments(bureau, orders, by=by)
    with world.at(_after(world, orders, 2, 9)):
        import_bank_answer(bureau, _answer(batch, failing=1 if fails_first else 0), by=by)
    failed = list(PaymentOrder.objects.failed().filter(bureau=bureau))
    if failed:
        with world.at(_after(world, orders, 3, 9)):
            for order in failed:
                requeue_payment(order, by=by)
            again = send_payments(bureau, failed, by=by)
        with world.at(_after(world, orders, 4, 9)):
            import_bank_answer(bureau, _answer(again), by=by)


def _leave_for_today(world: World, bureau: Organisation, orders: list[PaymentOrder], by: User, *, fails: bool) -> None:
    """One came back from the bank, one is at the bank, one is ready to be sent, one waits for approval."""
    if len(orders) < LEFT_FOR_TODAY:
        return
    failing, at_the_bank, ready, _waiting = orders
    with world.at(_after(world, orders, 1, 8)):
        for order in (failing, at_the_bank, ready):
            approve_payment(order, by=by)
        first = send_payments(bureau, [failing], by=by)
        send_payments(bureau, [at_the_bank], by=by)
        import_bank_answer(bureau, _answer(first, failing=1 if fails else 0), by=by)


def _answer(batch: PaymentBatch, *, failing: int = 0) -> ContentFile:
    """The treasury's list as the bank fills it in; the first `failing` payments are refused."""
    lines = ["端到端号,金额(元),结果,原因,银行流水号"]
    for number, attempt in enumerate(batch.attempts.select_related("order").order_by("order__number")):
        outcome = "失败,收款账户户名与账号不符" if number < failing else "成功,"
        amount = f"{attempt.order.amount // 100}.{attempt.order.amount % 100:02d}"
        lines.append(f"{attempt.end_to_end_id},{amount},{outcome},{batch.number}-{number + 1:03d}")
    return ContentFile("\n".join(lines).encode(), name=f"{batch.number}-回单.csv")
