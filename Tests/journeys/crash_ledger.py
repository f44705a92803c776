"""The ledger's part of `scripts/crash-test`: writers who send much of it twice, and what they were answered."""
import collections
import json
import queue
import random
import socket
import threading
import time

import harness
from ledger_oracle import Oracle

SCOPES = "ledger:read ledger:write"
WRITERS, MEMBERS, BATCH_MOST = 64, 400, 60
# Answers that are kept with the key: whoever asks again is told the same.
FINAL = {"insufficient_points", "account_closed", "hold_not_open", "not_reversible", "no_rule"}
PROCESS, BATCH = "/v1/ledger/transaction/process", "/v1/ledger/transactions/batch"


class Ask:
    """One thing that a writer wants, by as many requests with the same key as it takes."""

    __slots__ = ("body", "key", "posting", "refusal", "created", "doubts")

    def __init__(self, body, client_id):
        self.body = json.dumps(body)
        self.key = f"event:{body['channel']}/{body['event_id']}" if "event_id" in body else f"client:{client_id}/{body['idempotency_key']}"
        # What was answered first, how often it was answered as new, and how many requests got no answer.
        self.posting, self.refusal, self.created, self.doubts = None, None, 0, 0

    @property
    def is_settled(self):
        return self.posting is not None or self.refusal is not None


class Line:
    """A connection that sends one request after the other."""

    def __init__(self, url, token):
        host, port = url.split("//")[1].split(":")
        self.socket = socket.create_connection((host, int(port)), 20)
        self.head = f"HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    def send(self, path, body):
        data = body.encode()
        self.socket.sendall(f"POST {path} {self.head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.receive()
        head, _, rest = answer.partition(b"\r\n\r\n")
        fields = head.decode("latin-1").split("\r\n")
        length = next(int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length:"))
        parts = [rest]
        while length > sum(map(len, parts)):
            parts.append(self.receive())
        return int(fields[0].split()[1]), b"".join(parts).decode()

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed")
        return data


class Ledger:
    """Sends, and keeps what it was answered. The server is killed; this process never is."""

    def __init__(self, credentials, seed, journal, tables):
        self.credentials, self.seed, self.tables = credentials, seed, tables
        self.lock, self.journal = threading.Lock(), open(journal, "a")
        self.asks, self.odd, self.twins = {}, [], queue.SimpleQueue()
        self.holds, self.reversible, self.versions = [], [], {}
        self.settled, self.round, self.requests, self.answers, self.numbers = [], 0, 0, 0, 0
        self.replays, self.kinds, self.last_round = 0, collections.Counter(), []
        self.oracle = Oracle()

    def use(self, url):
        self.url, self.token = url, harness.token_of(url, self.credentials, SCOPES)

    @property
    def summary(self):
        return f"{self.requests} transactions sent, {len(self.settled)} answered for good"

    # The load

    def send_for(self, seconds):
        """All writers, until the time is over or the server is gone."""
        self.round += 1
        self.last_round = []
        end = time.monotonic() + seconds
        with self.lock:
            open_asks = [ask for ask in self.asks.values() if not ask.is_settled]
        for ask in open_asks:
            self.twins.put(ask)
        writers = [threading.Thread(target=self.write, args=(random.Random(f"{self.seed}/{self.round}/{number}"), end)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        while not self.twins.empty():
            self.twins.get()
        self.journal.flush()

    def write(self, dice, end):
        try:
            line = Line(self.url, self.token)
            while time.monotonic() < end:
                if dice.random() < 0.04:
                    self.send_batch(line, dice)
                elif dice.random() < 0.01 and self.settled:
                    self.reuse_a_key(line, dice)
                else:
                    self.send(line, self.next_ask(dice))
        except (OSError, ValueError):
            pass  # The server was killed: no answer is the point.

    def next_ask(self, dice):
        """What another writer sends right now or did not hear of, what was answered before, or something new."""
        try:
            return self.twins.get_nowait()
        except queue.Empty:
            pass
        with self.lock:
            if self.settled and dice.random() < 0.1:
                return dice.choice(self.settled)
            ask = self.new_ask(dice)
        if dice.random() < 0.25:
            for _ in range(dice.choice((1, 1, 3))):
                self.twins.put(ask)
        return ask

    def new_ask(self, dice):
        self.numbers += 1
        customer = "hot" if dice.random() < 0.15 else f"member-{dice.randrange(MEMBERS)}"
        kind = dice.choices(("accrual", "redemption", "hold", "end", "reversal", "adjustment"), (40, 25, 12, 12, 5, 6))[0]
        body = {"type": kind, "customer_id": customer, "points": dice.randint(1, 60)}
        if kind in ("accrual", "hold") and dice.random() < 0.3:
            # Some of it ends while the test runs.
            body["expires_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + dice.choice((3, 5, 30, 100_000))))
        if kind == "adjustment" and dice.random() < 0.5:
            body["points"] = -body["points"]
        if kind == "end":
            found = self.holds and self.holds[dice.randrange(len(self.holds))]
            if found:
                body = {"type": dice.choice(("capture", "release")), "customer_id": found[0], "reference": found[1]}
                if body["type"] == "capture" and dice.random() < 0.5:
                    body["points"] = dice.randint(1, found[2])
            else:
                body["type"] = "accrual"
        if kind == "reversal":
            found = self.reversible and self.reversible[dice.randrange(len(self.reversible))]
            body = {"type": "reversal", "customer_id": found[0], "reference": found[1]} if found else {**body, "type": "accrual"}
        if body["type"] == "redemption" and dice.random() < 0.2 and customer in self.versions:
            body["expected_version"] = self.versions[customer]
        number = f"{self.round:04x}-{self.numbers:08x}"
        if dice.random() < 0.15:
            body.update(event_id=number, channel=dice.choice(("voice", "chat")))
        else:
            # Half of the keys begin with the time, as is advised.
            # The letter keeps a key of digits alone from looking like a card number.
            body["idempotency_key"] = f"t0197{number}" if dice.random() < 0.5 else f"r{dice.getrandbits(64):016x}r-{number}"
        if dice.random() < 0.3:
            body["reason"] = dice.choice(("survey", "späte Lieferung", 'said "sorry"', "☎"))
        ask = Ask(body, self.credentials[0])
        self.asks[ask.key] = ask
        self.kinds[body["type"]] += 1
        return ask

    def send(self, line, ask):
        with self.lock:
            self.requests += 1
            ask.doubts += 1
        status, text = line.send(PROCESS, ask.body)
        with self.lock:
            ask.doubts -= 1
            self.journal.write(f"{ask.key}\t{status}\t{text}\n")
            self.record(ask, status, json.loads(text))

    def send_batch(self, line, dice):
        """Duplicates inside it, and some of another writer's; sometimes all or none."""
        asks = [self.next_ask(dice) for _ in range(dice.randint(1, BATCH_MOST))]
        asks += [dice.choice(asks) for _ in range(dice.randint(0, 3))]
        atomic = dice.random() < 0.3
        with self.lock:
            self.requests += len(asks)
            for ask in asks:
                ask.doubts += 1
        status, text = line.send(BATCH, self.batch_of(asks, atomic))
        with self.lock:
            for ask in asks:
                ask.doubts -= 1
            answer = json.loads(text)
            if status == 200:
                for ask, result in zip(asks, answer["results"], strict=True):
                    self.journal.write(f"{ask.key}\tbatch\t{json.dumps(result)}\n")
                    self.record(ask, result.pop("status"), result)
            elif status not in (429, 503) and not (atomic and status == 409 and answer["code"] == "batch_refused"):
                self.odd.append(f"a batch was answered {status} {text[:200]}")

    @staticmethod
    def batch_of(asks, atomic=False):
        return '{"atomic":%s,"transactions":[%s]}' % ("true" if atomic else "false", ",".join(ask.body for ask in asks))

    def reuse_a_key(self, line, dice):
        """Another request under a key that has its answer: it is refused, and the oracle sees whether it did anything."""
        with self.lock:
            ask = dice.choice(self.settled)
        body = json.loads(ask.body)
        if "event_id" in body:
            return
        status, text = line.send(PROCESS, json.dumps({**body, "points": 61 + dice.randrange(9), "type": "accrual", "reference": "other"}))
        if status not in (429, 503) and (status != 422 or json.loads(text)["code"] != "idempotency_key_reused"):
            self.odd.append(f"{ask.key} with another body was answered {status} {text[:200]}")

    # The answers

    # Of what was never done. The writers send versions that have passed, and hold points until a moment that has passed by then.
    NOTHING_DONE = {(409, "version_conflict", False), (422, "expires_at_invalid", False)}

    def record(self, ask, status, answer):
        """Under the lock."""
        self.answers += 1
        code = answer.get("code")
        if status in (200, 201) and "transaction_id" in answer:
            self.posted(ask, status, answer)
        elif status == 422 and code in FINAL:
            refusal = (code, answer.get("available"))
            if ask.posting is not None or ask.refusal not in (None, refusal):
                self.odd.append(f"{ask.key} was answered {ask.posting or ask.refusal}, then {refusal}")
            if ask.refusal is None:
                ask.refusal = refusal
                self.settled.append(ask)
        elif status in (429, 503) or (status, code, ask.is_settled) in self.NOTHING_DONE:
            pass  # It may be sent again.
        else:
            self.odd.append(f"{ask.key} was answered {status} {json.dumps(answer)[:200]}")

    def posted(self, ask, status, answer):
        text = json.dumps(answer, sort_keys=True)
        ask.created += status == 201
        if ask.refusal is not None or ask.posting not in (None, text):
            self.odd.append(f"{ask.key} was answered {ask.posting or ask.refusal}, then {text}")
        if ask.created > 1:
            self.odd.append(f"{ask.key} was answered as new {ask.created} times")
        if ask.posting is None:
            ask.posting = text
            self.settled.append(ask)
            self.last_round.append(ask)
            body = json.loads(ask.body)
            self.versions[body["customer_id"]] = answer["balance_version"]
            if answer["type"] == "hold":
                self.holds = self.holds[-200:] + [(body["customer_id"], answer["transaction_id"], answer["points"])]
            elif body["type"] in ("accrual", "redemption", "adjustment"):
                self.reversible = self.reversible[-200:] + [(body["customer_id"], answer["transaction_id"])]

    # The checks: nobody else sends meanwhile

    def check(self):
        """After a restart: what the last round was promised is still the answer, and the tables hold together."""
        self.replay(self.last_round)
        self.oracle.read(self.tables, self.asks, self.settled)

    def finish(self):
        """What got no answer is asked for until it has one; then everything is asked for again, and all tables are read anew."""
        line = Line(self.url, self.token)
        for ask in [ask for ask in self.asks.values() if not ask.is_settled]:
            self.send(line, ask)
            # Whatever its answer is now is the last word.
            ask.doubts = 0
        self.replay(self.settled)
        whole = Oracle()
        whole.read(self.tables, self.asks, self.settled)
        whole.found = self.oracle.found | whole.found
        self.oracle = whole

    def replay(self, asks):
        line = Line(self.url, self.token)
        for start in range(0, len(asks), 2_000):
            part = asks[start:start + 2_000]
            status, text = line.send(BATCH, self.batch_of(part))
            if status != 200:
                self.odd.append(f"a batch of what is known was answered {status} {text[:200]}")
                continue
            for ask, result in zip(part, json.loads(text)["results"], strict=True):
                self.replays += 1
                if result["status"] == 201:
                    self.oracle.say("acknowledged transactions lost", f"{ask.key} was done again")
                self.record(ask, result.pop("status"), result)

    def verdict(self, kills):
        """Prints the counts and every violation.

        - Returns: whether there was none."""
        found, oracle = self.oracle.found, self.oracle
        posted = sum(ask.posting is not None for ask in self.asks.values())
        refused = sum(ask.refusal is not None for ask in self.asks.values())
        print(f"{kills} kills, {self.requests} transactions sent, {self.answers} answers; of {len(self.asks)} keys {posted} posted and "
              f"{refused} refused for good ({', '.join(f'{count} {kind}' for kind, count in self.kinds.most_common())}); "
              f"{self.replays} asked for again after a restart")
        print(f"{oracle.sequence} transactions of {len(oracle.accounts)} accounts in {oracle.journal} commits, recomputed in Python; "
              f"{oracle.unsolicited} made by the ledger itself; the books add up to {oracle.books_sum}")
        groups = [(what, found[what]) for what in oracle.KINDS] + [("wrong answers of the ledger", self.odd)]
        for what, violations in groups:
            print(f"{what}: {len(violations)}")
            for line in violations[:20]:
                print("  " + line)
        return not any(violations for _, violations in groups)
