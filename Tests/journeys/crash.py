"""What `scripts/crash-test` is made of: the clients and their journal of answers, the vendors and what they did, the verdict."""
import collections
import concurrent.futures
import http.client
import itertools
import json
import os
import threading
import time

import harness

UNKNOWN_ORDERS = 16  # Every so many'th return is of an order that the shop does not know.
FINAL = {"authorized", "declined", "failed"}


def order_number(index):
    return f"ORD-{5_000_000 + index}"


def is_known(index):
    return index % UNKNOWN_ORDERS != 7


def orders_file(count):
    """One order for each return, with enough of everything that the shop would take each return more than once."""
    orders = [{"number": order_number(index), "status": "delivered", "return_eligible": True, "return_eligible_until": "2099-12-31",
               "items": [{"sku": "SKU-1", "quantity": 9, "price": "10.00"}]} for index in range(count) if is_known(index)]
    return json.dumps({"orders": orders})


class Ask:
    """One thing that a client wants, by some requests that mean the same."""

    def __init__(self, path, body, keys, name, looks=None):
        self.path, self.body, self.keys, self.name, self.looks = path, body, keys, name, looks


class Client:
    """Sends, and writes down what it was answered before the same thread sends anything else."""

    def __init__(self, credentials, dice, journal):
        self.credentials, self.dice = credentials, dice
        self.lock, self.journal = threading.Lock(), open(journal, "a")
        self.waiting, self.returns, self.callbacks = [], {}, {}
        self.odd, self.phones, self.known = [], {}, {}
        self.numbers, self.callback_numbers, self.requests, self.answers = itertools.count(), itertools.count(), 0, 0

    def use(self, url):
        self.url, self.token = url, harness.token_of(url, self.credentials)

    @property
    def summary(self):
        return f"{self.requests} requests, {len(self.returns)} returns and {len(self.callbacks)} call-backs acknowledged"

    def add(self, returns, callbacks):
        for _ in range(returns):
            self.waiting.append(self.new_return(next(self.numbers)))
        for _ in range(callbacks):
            number = f"+1555{next(self.callback_numbers):07d}"
            self.waiting.append(Ask("/v1/callbacks", {"number": number}, ["key-" + number] * 3, number))

    def new_return(self, index):
        name, order = f"call-{index}", order_number(index)
        body = {"order_id": order, "customer_reference": name, "notification_channel": "none",
                "items": [{"sku": "SKU-1", "quantity": 1, "reason_code": "DEFECTIVE"}]}
        if self.dice.random() < 0.7:
            # No number ends in 0004, which the simulated contact centre refuses.
            self.phones[name] = f"+1212{index:06d}7"
            body.update(notification_channel="sms", contact={"phone": self.phones[name]})
        self.known[name] = (order, is_known(index))
        keys = self.dice.choice([["a"], ["a", "a"], ["a", "a", "a"], [None], [None, None], ["a", "b"], ["a", None]])
        return Ask("/v1/returns", body, [key and f"{name}-{key}" for key in keys], name,
                   looks=f"/v1/orders/{order}" if is_known(index) and self.dice.random() < 0.2 else None)

    def send_what_waits(self, seconds):
        """Spread over the time. What was acknowledged is asked for once more now and then: the answer must be the same."""
        again = [ask for ask in self.waiting if self.acknowledged(ask) and self.dice.random() < 0.1]
        self.waiting = [ask for ask in self.waiting if not self.acknowledged(ask)]
        sends = [(self.dice.uniform(0, seconds), ask, key) for ask in self.waiting + again for key in ask.keys]
        started = time.monotonic()

        def send(item):
            offset, ask, key = item
            time.sleep(max(0, started + offset - time.monotonic()))
            self.send(ask, key)

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            list(pool.map(send, sorted(sends, key=lambda item: item[0])))

    def acknowledged(self, ask):
        return ask.name in self.returns or ask.name in self.callbacks

    def send(self, ask, key):
        headers = {"Authorization": "Bearer " + self.token, **({"Idempotency-Key": key} if key else {})}
        try:
            if ask.looks:
                harness.send("GET", self.url + ask.looks, headers, timeout=20)
            with self.lock:
                self.requests += 1
            self.record(ask, harness.send("POST", self.url + ask.path, headers, ask.body, timeout=20))
        except (OSError, http.client.HTTPException):
            pass  # The server was killed: no answer is the point.

    def record(self, ask, answer):
        with self.lock:
            self.answers += 1
            self.journal.write(json.dumps({"name": ask.name, "status": answer.status, "body": answer.body.decode()}) + "\n")
            self.journal.flush()
            os.fsync(self.journal.fileno())
            if answer.status != 202:
                # 409: the twin is still being answered. 503: the server says that nothing was changed.
                if answer.status not in (409, 503):
                    self.odd.append(f"{ask.name} was answered {answer!r}")
                return
            is_return = ask.path == "/v1/returns"
            told = answer.json["return_request_id" if is_return else "callback_id"]
            first = (self.returns if is_return else self.callbacks).setdefault(ask.name, told)
            if first != told:
                self.odd.append(f"{ask.name} was acknowledged as {first} and as {told}")

    def read(self, path):
        return harness.send("GET", self.url + path, {"Authorization": "Bearer " + self.token})


class Vendors:
    """The simulated vendors, and what they have done so far: they remember less than a long run does."""

    def __init__(self, url, keeps_references):
        self.url, self.texts, self.callbacks, self.delivered = url, {}, {}, set()
        self.put("/_limits", guide_shop_requests_per_minute=10**9, genesys_requests_per_minute=10**9,
                 guide_shop_decides_after_ms=400, guide_shop_keeps_references=int(keeps_references))

    def put(self, where, **body):
        answer = harness.send("PUT", self.url + where, body=body)
        assert answer.status == 200, answer

    def get(self, path):
        return harness.send("GET", self.url + path, {"Accept": "application/json"}).json

    def send_webhooks_to(self, url):
        self.put("/_webhooks/guide-shop", url=url + "/v1/webhooks/guide-shop")

    def misbehave(self, number, dice):
        loses = dice.random() < 0.5
        self.put("/_faults/guide-shop", path="/returns", latency_ms=20, jitter_ms=150, **({"lose_answer": True, "rate": 0.3} if loses else {}))
        if dice.random() < 0.5:
            self.put("/_faults/genesys", path="/api/v2/conversations/messages", lose_answer=True, rate=0.1)
        else:
            self.put("/_faults/genesys", latency_ms=20, jitter_ms=100)
        if number == 0:
            self.put("/_webhooks/guide-shop/faults", duplicate=0.3, drop=0.1, reorder=True)

    def behave(self):
        for vendor in ("guide-shop", "genesys"):
            harness.send("DELETE", f"{self.url}/_faults/{vendor}")
        harness.send("DELETE", self.url + "/_webhooks/guide-shop/faults")

    def note_effects(self):
        for item in self.get("/_inbox")["items"]:
            {"callback": self.callbacks, "text": self.texts}[item["kind"]][item["id"]] = item["to"]
        for delivery in self.get("/_webhooks/guide-shop")["deliveries"]:
            if delivery["state"] == "delivered":
                self.delivered.add(delivery["delivery_id"])

    def returns(self):
        return self.get("/_returns/guide-shop")["returns"]

    def await_callbacks(self, client, limit):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.note_effects()
            if not set(client.callbacks) - set(self.callbacks.values()):
                return
            time.sleep(0.5)


class Tables:
    """What the server has not finished, as its own tables have it."""

    def __init__(self, engine):
        """- Parameter engine: `SQLiteTables` or `PostgresTables`."""
        self.rows = engine.rows

    def open_jobs(self):
        return self.rows("SELECT id, kind, state, last_error FROM jobs WHERE state IN ('ready', 'running', 'sending') AND kind <> 'orders.place_callback'")

    def open_webhooks(self):
        return self.rows("SELECT id FROM webhook_inbox WHERE state = 'received'")

    def webhooks(self):
        return {row[0] for row in self.rows("SELECT delivery_id FROM webhook_inbox")}

    def messages(self):
        return collections.Counter(dict(self.rows("SELECT state, COUNT(*) FROM returns_messages GROUP BY state")))


def settled_after(client, vendors, tables, limit):
    """Seconds until every acknowledged return and everything that was to be done for it had an end, and what came last; None for
    the seconds if the limit came first."""
    started, open_returns, last = time.monotonic(), dict(client.returns), "nothing"
    while time.monotonic() < started + limit:
        vendors.note_effects()
        for name, told in list(open_returns.items()):
            answer = client.read(f"/v1/returns/{told}")
            if answer.status != 200 or answer.json["status"] in FINAL:
                del open_returns[name]
        waiting = [f"return {told}" for told in open_returns.values()] + [f"job {row}" for row in tables.open_jobs()]
        waiting += [f"webhook {row[0]}" for row in tables.open_webhooks()]
        if not waiting:
            return time.monotonic() - started, last
        last = f"{waiting[0]}, of {len(waiting)}"
        time.sleep(0.5)
    return None, last


def verdict(client, vendors, tables, took, log, kills):
    """Prints the counts and every violation.

    - Returns: the exit code."""
    lost, unsettled, states = [], [], collections.Counter()
    booked = vendors.returns()
    at_shop = collections.Counter(item["order"] for item in booked)
    references = collections.Counter(item["reference"] for item in booked if item["reference"])
    for name, told in client.returns.items():
        answer, (order, known) = client.read(f"/v1/returns/{told}"), client.known[name]
        state = answer.json["status"] if answer.status == 200 else str(answer.status)
        states[state] += 1
        if answer.status != 200 or state in FINAL and (state == "authorized") != known or known and state in FINAL and not at_shop[order]:
            lost.append(f"{told} of {order} is {state}, and {at_shop[order]} times at the shop")
        elif state not in FINAL:
            unsettled.append(f"{told} is {state}")
    unsettled += [f"job {row}" for row in tables.open_jobs()] + [f"webhook {row[0]}" for row in tables.open_webhooks()]
    twice = [f"{order} has {count} returns at the shop" for order, count in at_shop.items() if count > 1]
    twice += [f"{reference} is {count} times at the shop" for reference, count in references.items() if count > 1]
    twice += [f"{item['id']} was asked for {item['mutations']} times" for item in booked if item["mutations"] > 1]
    texts = collections.Counter(vendors.texts.values())
    told_twice = [f"{number} got {count} texts" for number, count in texts.items() if count > 1]
    messages, to_tell = tables.messages(), {client.phones[name] for name in client.returns if name in client.phones}
    untold = sorted(to_tell - set(texts))
    if len(untold) <= messages["unknown"]:
        untold = []
    missing = vendors.delivered - tables.webhooks()
    callbacks = collections.Counter(vendors.callbacks.values())
    groups = [
        ("acknowledged returns lost", lost), ("RMAs created twice", twice), ("customers told twice", told_twice),
        ("unsettled after one minute", unsettled), ("acknowledged webhooks lost", sorted(missing)),
        ("acknowledged call-backs lost", [number for number in client.callbacks if not callbacks[number]]),
        ("call-backs booked twice", [number for number, count in callbacks.items() if count > 1]),
        ("wrong answers", client.odd + [f"not acknowledged: {ask.name}" for ask in client.waiting if not client.acknowledged(ask)]),
        ("customers not told, beyond those in doubt", untold),
        ("internal errors", [str(line) for line in log if "internal_error" in str(line)]),
    ]
    print(f"{kills} kills, {client.requests} requests, {client.answers} answers, {len(client.returns)} returns acknowledged "
          f"({', '.join(f'{count} {state}' for state, count in states.most_common())}), {len(client.callbacks)} call-backs, "
          f"{len(vendors.delivered)} webhooks, {len(texts)} texts ({messages['unknown']} in doubt, which are not sent again)")
    took, last = took
    print(f"settled {took:.0f} s after the last restart; last was {last}" if took is not None else f"not settled in a minute: {last}")
    for what, violations in groups:
        print(f"{what}: {len(violations)}")
        for line in violations[:20]:
            print("  " + line)
    return 1 if any(violations for _, violations in groups) or took is None else 0
