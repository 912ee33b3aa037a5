"""Stripe over loopback: what Minfu uses of it, with the real library on the other side of a real socket.

Connect accounts, transfers and their reversals, Checkout sessions, PaymentIntents, refunds, balance transactions. As
Stripe does, it honours idempotency keys (the same key and parameters replay the first answer, with other parameters
400; while the first is still being worked on 409) and signs its events. `behave` makes the next matching call fail,
hang or die before or after it has committed.
"""

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET = "whsec_minfu_tests"
KEY = "sk_test_minfu"
FEE = {"card": 29, "alipay": 22, "wechat_pay": 22}  # per mille of the amount, to have a fee at all


class Problem(Exception):
    def __init__(self, status: int, code: str, message: str, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": {"type": kind, "code": code, "message": message}}


@dataclass
class Behaviour:
    """What happens at the next call that fits: `refuse`, `break` (500), `hang` (until `release` is set), `drop`."""

    method: str
    start: str
    what: str
    when: str = "before"  # or "after" the call was committed
    release: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    even_known: bool = False  # suffers even when the key's answer is known already
    message: str = "Insufficient funds in your Stripe account."


class StripeServer:
    """Everything is kept in memory, under one lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.count = itertools.count(1)
        self.objects: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.answers: dict[str, tuple[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.behaviours: list[Behaviour] = []
        self.calls: list[tuple[str, str]] = []
        self.offset = 0  # seconds added to the time of balance transactions
        handler = type("Handler", (_Handler,), {"stripe": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    # what tests say

    def behave(self, method: str, start: str, what: str, when: str = "before", **more: Any) -> Behaviour:
        behaviour = Behaviour(method, start, what, when, **more)
        self.behaviours.append(behaviour)
        return behaviour

    def of(self, kind: str) -> list[dict[str, Any]]:
        return list(self.objects[kind].values())

    def onboard(self, account: str, *, usable: bool = True) -> dict[str, Any]:
        """The organisation has told Stripe who it is."""
        with self.lock:
            found = self.objects["account"][account]
            found |= {"details_submitted": True, "payouts_enabled": usable, "charges_enabled": usable}
            found["capabilities"]["transfers"] = "active" if usable else "inactive"
            return self.tell("account.updated", found)

    def pay(self, session: str, method: str = "alipay") -> list[dict[str, Any]]:
        """A person pays on Stripe's page: the events that follow, in their order."""
        with self.lock:
            found = self.objects["checkout.session"][session]
            intent = self._new_intent(found["amount_total"], found["_intent_data"])
            found |= {"payment_intent": intent["id"], "status": "complete", "payment_status": "paid"}
            return [*self.scan(intent["id"], method), self.tell("checkout.session.completed", found)]

    def scan(self, intent: str, method: str = "wechat_pay") -> list[dict[str, Any]]:
        """The payer scans the code and agrees."""
        with self.lock:
            found = self.objects["payment_intent"][intent]
            charge = self._new(
                "charge",
                "ch",
                amount=found["amount"],
                amount_refunded=0,
                payment_intent=intent,
                payment_method_details={"type": method},
                metadata=found["metadata"],
            )
            found |= {"status": "succeeded", "latest_charge": charge["id"], "amount_received": found["amount"]}
            self._balance("charge", charge["id"], found["amount"], fee=found["amount"] * FEE[method] // 1000)
            return [self.tell("payment_intent.succeeded", found), self.tell("charge.succeeded", charge)]

    def expire(self, session: str) -> dict[str, Any]:
        with self.lock:
            found = self.objects["checkout.session"][session]
            found["status"] = "expired"
            return self.tell("checkout.session.expired", found)

    def reverse(self, transfer: str) -> dict[str, Any]:
        """Somebody takes a whole transfer back in Stripe's own dashboard."""
        with self.lock:
            found = self.objects["transfer"][transfer]
            self._reversal(found, found["amount"] - found["amount_reversed"], {})
            return self.tell("transfer.reversed", found)

    def tell(self, kind: str, about: dict[str, Any]) -> dict[str, Any]:
        event = {
            "id": f"evt_{next(self.count):06d}",
            "object": "event",
            "type": kind,
            "api_version": "2026-01-01",
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": json.loads(json.dumps(_public(about)))},
        }
        self.events.append(event)
        return event

    @staticmethod
    def signed(event: dict[str, Any], *, at: float | None = None, secret: str = SECRET) -> tuple[bytes, str]:
        """Body and Stripe-Signature header of a delivery."""
        body, moment = json.dumps(event).encode(), int(at or time.time())
        mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return body, f"t={moment},v1={mac}"

    # what the library calls

    def answer(self, method: str, path: str, query: dict[str, Any], body: dict[str, Any], key: str) -> Any:
        parts = path.removeprefix("/v1/").split("/")
        with self.lock:
            self.calls.append((method, path))
            behaviour = next((b for b in self.behaviours if b.method == method and path.startswith(b.start)), None)
            if behaviour:
                self.behaviours.remove(behaviour)
            said = json.dumps([path, body], sort_keys=True)
            if behaviour and behaviour.even_known:
                self._suffer(behaviour)
            if key and key in self.answers:
                first, answer = self.answers[key]
                if answer is None:
                    raise Problem(409, "idempotency_key_in_use", "This key is being worked on.", "idempotency_error")
                if first != said:
                    raise Problem(400, "idempotency_error", "Same key, other parameters.", "idempotency_error")
                return answer
            if key and method == "POST":
                self.answers[key] = (said, None)
        try:
            if behaviour and behaviour.when == "before":
                self._suffer(behaviour)
            with self.lock:
                answer = self._do(method, parts, query, body)
        except BaseException:
            self.answers.pop(key, None)
            raise
        with self.lock:
            if key and method == "POST":
                self.answers[key] = (said, answer)
        if behaviour and behaviour.when == "after":
            self._suffer(behaviour)
        return answer

    @staticmethod
    def _suffer(behaviour: Behaviour) -> None:
        behaviour.reached.set()
        if behaviour.what == "refuse":
            raise Problem(400, "balance_insufficient", behaviour.message)
        if behaviour.what == "break":
            raise Problem(500, "api_error", "Stripe is unwell.", "api_error")
        if behaviour.what == "drop":
            raise ConnectionAbortedError
        behaviour.release.wait(60)

    def _do(self, method: str, parts: list[str], query: dict[str, Any], body: dict[str, Any]) -> Any:
        match [method, *parts]:
            case ["POST", "accounts"]:
                waiting = {"details_submitted": False, "payouts_enabled": False, "charges_enabled": False}
                return self._new("account", "acct", **body | waiting | {"capabilities": {"transfers": "inactive"}})
            case ["POST", "account_links"]:
                return {"object": "account_link", "url": f"{self.url}/onboard/{body['account']}", "created": 0}
            case ["POST", "transfers"]:
                return self._transfer(body)
            case ["GET", "transfers"]:
                group = query.get("transfer_group")
                return _list([t for t in self.of("transfer") if t["transfer_group"] == group], "/v1/transfers")
            case ["GET", "transfers", transfer, "reversals"]:
                return _list(
                    [r for r in reversed(self.of("transfer_reversal")) if r["transfer"] == transfer], "/v1/reversals"
                )
            case ["POST", "transfers", transfer, "reversals"]:
                found = self._get("transfer", transfer)
                return self._reversal(found, int(body["amount"]), body.get("metadata", {}))
            case ["POST", "checkout", "sessions"]:
                return self._session(body)
            case ["POST", "payment_intents"]:
                intent = self._new_intent(int(body["amount"]), body)
                intent["status"] = "requires_action"
                intent["next_action"] = {
                    "type": "wechat_pay_display_qr_code",
                    "wechat_pay_display_qr_code": {"data": f"weixin://wxpay/bizpayurl?pr={intent['id']}"},
                }
                return intent
            case ["POST", "refunds"]:
                return self._refund(body)
            case ["GET", "refunds"]:
                return _list(
                    [r for r in self.of("refund") if r["payment_intent"] == query["payment_intent"]], "/v1/refunds"
                )
            case ["GET", "balance_transactions"]:
                low, high = int(query["created"]["gte"]), int(query["created"]["lt"])
                found = [b for b in self.of("balance_transaction") if low <= b["created"] < high]
                return _list(found, "/v1/balance_transactions")
            case ["GET", "accounts", name]:
                return self._get("account", name)
            case ["GET", "transfers", name]:
                return self._get("transfer", name)
            case ["GET", "checkout", "sessions", name]:
                return self._get("checkout.session", name)
            case ["GET", "payment_intents", name]:
                found = dict(self._get("payment_intent", name))
                if charge := found.get("latest_charge"):
                    found["latest_charge"] = self._get("charge", charge)
                return found
            case ["GET", "refunds", name]:
                return self._get("refund", name)
        raise Problem(404, "resource_missing", f"Unrecognised request: {method} {'/'.join(parts)}")

    def _new(self, kind: str, prefix: str, **content: Any) -> dict[str, Any]:
        name = f"{prefix}_{next(self.count):08d}"
        made = {"id": name, "object": kind, "created": int(time.time()) + self.offset, "metadata": {}} | content
        self.objects[kind][name] = made
        return made

    def _get(self, kind: str, name: str) -> dict[str, Any]:
        if name not in self.objects[kind]:
            raise Problem(404, "resource_missing", f"No such {kind}: {name}")
        return self.objects[kind][name]

    def _balance(self, kind: str, source: str, amount: int, fee: int = 0) -> None:
        self._new("balance_transaction", "txn", type=kind, source=source, amount=amount, fee=fee, net=amount - fee)

    def _transfer(self, body: dict[str, Any]) -> dict[str, Any]:
        account = self._get("account", body["destination"])
        if account["capabilities"]["transfers"] != "active":
            raise Problem(400, "insufficient_capabilities_for_transfer", "The account may not receive transfers.")
        content = body | {"amount": int(body["amount"]), "amount_reversed": 0, "reversed": False}
        made = self._new("transfer", "tr", **content)
        self._balance("transfer", made["id"], -made["amount"])
        self.tell("transfer.created", made)
        return made

    def _reversal(self, transfer: dict[str, Any], amount: int, metadata: dict[str, str]) -> dict[str, Any]:
        if amount > transfer["amount"] - transfer["amount_reversed"]:
            raise Problem(400, "transfer_reversal", "More than is left of the transfer.")
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        made = self._new("transfer_reversal", "trr", transfer=transfer["id"], amount=amount, metadata=metadata)
        self._balance("transfer_refund", made["id"], amount)
        return made

    def _session(self, body: dict[str, Any]) -> dict[str, Any]:
        item = body["line_items"]["0"]
        made = self._new(
            "checkout.session",
            "cs_test",
            amount_total=int(item["price_data"]["unit_amount"]) * int(item["quantity"]),
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            metadata=body["metadata"],
            client_reference_id=body["client_reference_id"],
            _intent_data=body["payment_intent_data"],
        )
        made["url"] = f"{self.url}/pay/{made['id']}"
        return made

    def _new_intent(self, amount: int, data: dict[str, Any]) -> dict[str, Any]:
        return self._new(
            "payment_intent",
            "pi",
            amount=amount,
            amount_received=0,
            status="requires_payment_method",
            latest_charge=None,
            transfer_data=data["transfer_data"],
            metadata=data["metadata"],
        )

    def _refund(self, body: dict[str, Any]) -> dict[str, Any]:
        intent = self._get("payment_intent", body["payment_intent"])
        charge = self._get("charge", intent["latest_charge"])
        amount = int(body["amount"])
        if amount > charge["amount"] - charge["amount_refunded"]:
            raise Problem(400, "charge_already_refunded", "More than is left of the charge.")
        charge["amount_refunded"] += amount
        made = self._new(
            "refund",
            "re",
            amount=amount,
            payment_intent=intent["id"],
            charge=charge["id"],
            status="succeeded",
            metadata=body.get("metadata", {}),
        )
        self._balance("refund", made["id"], -amount)
        self.tell("charge.refunded", charge)
        return made


def _public(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if not name.startswith("_")}


def _list(rows: list[dict[str, Any]], url: str) -> dict[str, Any]:
    return {"object": "list", "url": url, "has_more": False, "data": [_public(row) for row in rows]}


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as Stripe reads it."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return tree


class _Handler(BaseHTTPRequestHandler):
    stripe: StripeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Quiet."""

    def _serve(self, method: str) -> None:
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = _nested(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        try:
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                raise Problem(401, "invalid_api_key", "Invalid API key.")
            key = self.headers.get("Idempotency-Key", "") if method == "POST" else ""
            answer = self.stripe.answer(method, address.path, _nested(parse_qsl(address.query)), body, key)
            status, content = 200, json.dumps(_public(answer)).encode()
        except Problem as problem:
            status, content = problem.status, json.dumps(problem.body).encode()
        except ConnectionAbortedError:
            self.close_connection = True
            self.connection.close()
            return
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Request-Id", f"req_{next(self.stripe.count)}")
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the caller was killed

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")


@contextmanager
def running() -> Iterator[StripeServer]:
    server = StripeServer()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        for behaviour in server.behaviours:
            behaviour.release.set()
        server.http.shutdown()
        server.http.server_close()
