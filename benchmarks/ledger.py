"""The figures of the ledger: `scripts/bench --only ledger`."""
import collections
import json
import pathlib
import random
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from postgres import Postgres, binaries

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / ".build"
CUSTOMERS, BATCH = 100_000, 8_192
POSTED = 'ringback_ledger_transactions_total{type="accrual"}'


def median(values):
    return statistics.median(values)


class Peer:
    """pgbench and its stored function."""

    def __init__(self, postgres):
        self.folder, self.runs = postgres.folder, 0
        postgres.run("CREATE DATABASE peer")
        subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "test", "-d", "peer", "-f", HERE / "post.sql"], check=True)

    def rate(self, clients, seconds, accounts=CUSTOMERS):
        self.runs += 1
        script = f"\\set account random(1, {accounts})\n\\set n :n + 1\nSELECT post(:run, :n, :client_id, :account, 10);\n"
        done = subprocess.run(
            ["pgbench", "-h", self.folder, "-U", "test", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
             "-D", "n=0", "-D", f"run={self.runs}", "-f", "-", "peer"], input=script, capture_output=True, text=True, check=True)
        assert " 0 (0.000%)" in done.stdout or "failed" not in done.stdout, done.stdout
        return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1))


class Batches:
    """Bodies made beforehand, each with keys of its own, sent by a few connections."""

    def __init__(self, server, customers):
        self.server, self.customers, self.made = server, customers, 0
        self.dice = random.Random()
        self.nonce = f"-8{self.dice.randrange(4096):03x}-{self.dice.getrandbits(24):06x}"

    def body(self, chosen):
        self.made += 1
        now = int(time.time() * 1000)
        key = f"{now >> 16:08x}-{now & 0xFFFF:04x}-7{self.made & 0xFFF:03x}{self.nonce}"
        items = ",".join([f'{{"idempotency_key":"{key}{index:06x}","type":"accrual","customer_id":"m{customer:08d}","points":10}}'
                          for index, customer in enumerate(chosen)])
        return len(chosen), f'{{"transactions":[{items}]}}'.encode()

    def bodies(self, count):
        return [self.body(self.dice.choices(range(1, self.customers + 1), k=BATCH)) for _ in range(count)]

    def fill(self):
        """One transaction for each customer; bodies are made as they are needed.

        - Returns: transactions a second, the making of bodies included."""
        started, end = time.perf_counter(), self.customers + 1
        for part in range(1, end, 16 * BATCH):
            self.send([self.body(range(first, min(first + BATCH, end))) for first in range(part, min(part + 16 * BATCH, end), BATCH)], 2)
        return self.customers / (time.perf_counter() - started)

    def send(self, bodies, connections):
        """Transactions a second, and how long each request took in ms."""
        waiting, times, failures = collections.deque(bodies), [], []

        def work():
            try:
                host, port = self.server.url.split("//")[1].split(":")
                line = socket.create_connection((host, int(port)), 60)
                head = (f"POST /v1/ledger/transactions/batch HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.server.token}\r\n"
                        "Content-Type: application/json\r\nContent-Length: ")
                while waiting:
                    size, body = waiting.popleft()
                    started = time.perf_counter()
                    line.sendall(f"{head}{len(body)}\r\n\r\n".encode())
                    line.sendall(body)
                    answer = self.answer(line)
                    times.append((time.perf_counter() - started) * 1000)
                    assert answer.startswith(f'{{"applied":{size},'.encode()), answer[:300]
            except Exception as error:  # It is told where it is waited for.
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(connections)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - started
        if failures:
            raise failures[0]
        return sum(size for size, _ in bodies) / took, times

    @staticmethod
    def answer(line):
        """The beginning of the body, when all of it has come."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += line.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        left = int(re.search(rb"content-length: (\d+)", head, re.I).group(1)) - len(body)
        room = memoryview(bytearray(1 << 20))
        while left > 0:
            count = line.recv_into(room)
            if count == 0:
                raise ConnectionError("the server closed the connection")
            body += bytes(room[:max(0, min(count, 300 - len(body)))])
            left -= count
        return body


class LedgerFigures:
    def __init__(self, bench, start, http, wrk_script, peers):
        """- Parameters bench: where rows go; start: makes a server; the others: of `scripts/bench`."""
        self.bench, self.start, self.http, self.wrk_script, self.peers = bench, start, http, wrk_script, peers
        self.rounds, self.seconds = bench.rounds, bench.seconds

    def measure(self):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            self.singles(folder)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            self.batches_and_look_ups(folder)
        self.growth()
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            self.import_and_verify(folder)

    # Each alone

    def singles(self, folder):
        postgres = Postgres("fsync=on", "shared_buffers=1GB", "max_wal_size=8GB") if binaries() else None
        try:
            servers = {"SQLite": self.start(self.bench.binary, f"{folder}/data")}
            if postgres:
                servers["PostgreSQL"] = self.start(self.bench.binary, f"{folder}/postgres", "--set", f"database.url={postgres.url}")
            else:
                print("  PostgreSQL is not installed: neither the peer nor anything on it is measured here")
            self.singles_on(servers, Peer(postgres) if postgres else None)
            for server in servers.values():
                server.stop()
        finally:
            if postgres:
                postgres.remove()

    def singles_on(self, servers, peer):
        rates, p99s, costs = {}, {}, []
        for server in servers.values():
            Batches(server, CUSTOMERS).fill()
        for _ in range(self.rounds):
            if peer:
                rates.setdefault("pgbench", []).append(max(peer.rate(clients, self.seconds) for clients in (16, 64)))
                rates.setdefault("pgbench, one account", []).append(max(peer.rate(clients, self.seconds, accounts=1) for clients in (16, 64)))
            for engine, server in servers.items():
                for load, keys, customers in (("many", "v7", CUSTOMERS), ("random keys", "v4", CUSTOMERS), ("one", "v7", 1)):
                    used, before = server.processor_time(), server.counted(POSTED)
                    rate, p99, answered = self.post(server, keys, customers)
                    posted = server.counted(POSTED) - before
                    # Nothing is answered that was not posted; wrk leaves with the last of each connection unanswered.
                    assert answered <= posted, (answered, posted)
                    rates.setdefault((engine, load), []).append(rate)
                    p99s.setdefault((engine, load), []).append(p99)
                    if (engine, load) == ("SQLite", "many"):
                        costs.append((server.processor_time() - used) / posted * 1e6)
        for engine, least in (("SQLite", 1), ("PostgreSQL", 0.8)):
            if engine in servers:
                self.rows_of_singles(engine, least, rates, p99s, costs)
        if peer:
            one, many = rates["pgbench, one account"], rates["pgbench"]
            self.bench.row("pgbench with all transactions on one account, to many", self.ratio(one, many)[0], "beside it", True)

    def rows_of_singles(self, engine, least, rates, p99s, costs):
        row, own = self.bench.row, rates[engine, "many"]
        if "pgbench" in rates:
            text, ratio = self.ratio(own, rates["pgbench"])
            row(f"Transactions, one a request, 64 connections, {engine}, to pgbench", text, f"≥ {least}", ratio >= least)
        p99 = median(p99s[engine, "many"])
        cost = f" ({median(costs):.0f} µs of processor each)" if engine == "SQLite" else ""
        row("… p99 under that load", f"{p99:.2f} ms{cost}", "< 25 ms" if engine == "SQLite" else "beside it", engine != "SQLite" or p99 < 25)
        text, ratio = self.ratio(rates[engine, "one"], own)
        row(f"… all on one account, to many, {engine}", text, "≥ 0.9", ratio >= 0.9)
        row(f"… with keys that are all random (UUIDv4), to UUIDv7, {engine}", self.ratio(rates[engine, "random keys"], own)[0], "beside it", True)

    @staticmethod
    def ratio(own, theirs):
        """Of what was measured in the same round."""
        ratio = median([a / b for a, b in zip(own, theirs)])
        return f"{median(own):,.0f}/s : {median(theirs):,.0f}/s = {ratio:.2f}", ratio

    def post(self, server, keys, customers):
        return self.wrk_script("ledger.lua", server.url, self.seconds, server.token, "process", keys, str(customers), str(random.randrange(1 << 31)))

    # Many at once, and none

    def batches_and_look_ups(self, folder):
        server = self.start(self.bench.binary, f"{folder}/data", "--set", "log.level=warning")
        batches = Batches(server, CUSTOMERS)
        batches.fill()
        rates, times = [], []
        for _ in range(self.rounds):
            rate, took = batches.send(batches.bodies(12 * self.seconds), connections=3)
            rates.append(rate)
            times += took
        rate, slow = median(rates), sorted(times)[int(len(times) * 0.99)]
        self.bench.row(f"Batches of {BATCH:,} from 3 connections, durable, SQLite", f"{rate:,.0f} transactions/s (p99 of a batch {slow:,.0f} ms)",
                       "≥ 100,000/s", rate >= 100_000)
        self.look_ups(server, folder)
        server.stop()

    def look_ups(self, server, folder):
        """With no line of log, as the peer writes none; of ten thousand customers, who are all known in memory."""
        asked = 10_000
        arguments = (server.token, "lookup", "-", str(asked), "1")
        self.wrk_script("ledger.lua", server.url, 2, *arguments)
        status, headers, body = self.http("POST", server.url + "/v1/ledger/balance/lookup",
                                                {**server.auth(), "content-type": "application/json"}, b'{"customer_id":"m00000001","channel":"voice"}')
        assert status == 200 and json.loads(body)["balance"] > 0, body
        kept = {name: value for name, value in headers.items() if name.lower() in ("x-request-id", "cache-control")}
        _, _, jwks = self.http("GET", server.url + "/.well-known/jwks.json")
        peers = self.peers(folder, body, kept, jwks)
        own, theirs = [], []
        for _ in range(self.rounds):
            theirs.append(self.wrk_script("ledger.lua", peers.nginx, self.seconds, *arguments)[0])
            own.append(self.wrk_script("ledger.lua", server.url, self.seconds, *arguments)[0])
        peers.stop()
        text, ratio = self.ratio(own, theirs)
        self.bench.row("Balance look-ups, 64 connections, no log, to nginx", text, "≥ 0.5", ratio >= 0.5)

    # As it grows

    def growth(self):
        """Servers of all sizes stand side by side and take turns."""
        sizes, times = self.bench.ledger_sizes, {}
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            servers = {size: self.start(self.bench.binary, f"{folder}/{size}") for size in sizes}
            for size, server in servers.items():
                rate = Batches(server, size).fill()
                print(f"    {size:,} accounts made by batches, {rate:,.0f}/s", flush=True)
            for _ in range(self.rounds):
                for size, server in servers.items():
                    times.setdefault(("alone", size), []).append(1e6 / self.post(server, "v7", size)[0])
                    batches = Batches(server, size)
                    times.setdefault(("in batches", size), []).append(1e6 / batches.send(batches.bodies(4 * self.seconds), 3)[0])
            for server in servers.values():
                server.stop()
        small, large = min(sizes), max(sizes)
        decades = len(str(large)) - len(str(small))
        for how in ("alone", "in batches"):
            ratio = median([b / a for a, b in zip(times[how, small], times[how, large])])
            far = ratio ** ((len("10000000") - len(str(small))) / decades)
            self.bench.row(f"Time of a transaction {how}: {large:,} accounts to {small:,}",
                           f"{median(times[how, large]):.1f} : {median(times[how, small]):.1f} µs = {ratio:.2f}; 10 million, extrapolated {far:.2f}",
                           "≤ 1.3", far <= 1.3)

    # From a file, and proved

    def import_and_verify(self, folder):
        if not self.has("import"):
            print("  `ringback ledger import` is not there: neither it nor `ledger verify` is measured here")
            return
        rows, file = self.bench.ledger_rows, f"{folder}/history.csv"
        self.write_file(file, rows)
        took = self.run("ledger", "import", file, "--data", f"{folder}/data")
        self.bench.row(f"`ledger import` of {rows:,} rows", f"{rows / took:,.0f}/s ({took:.0f} s)", "≥ 200,000/s", rows / took >= 200_000)
        if not self.has("verify"):
            print("  `ringback ledger verify` is not there: it is not measured here")
            return
        took = self.run("ledger", "verify", "--data", f"{folder}/data")
        self.bench.row(f"`ledger verify` of {rows:,} transactions", f"{rows / took:,.0f}/s ({took:.0f} s)", "≥ 500,000/s", rows / took >= 500_000)

    def has(self, verb):
        done = subprocess.run([self.bench.binary, "ledger", verb, "--help"], capture_output=True, text=True)
        return done.returncode == 0

    def run(self, *arguments):
        started = time.perf_counter()
        done = subprocess.run([self.bench.binary, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout[-500:], done.stderr[-500:])
        return time.perf_counter() - started

    @staticmethod
    def write_file(file, rows):
        """Ten transactions a customer on average, in the order of time."""
        dice, customers = random.Random(1), max(1, rows // 10)
        with open(file, "w") as out:
            out.write("reference,type,customer_id,points\n")
            for start in range(0, rows, 10_000):
                end = min(rows, start + 10_000)
                chosen = dice.choices(range(customers), k=end - start)
                out.write("".join([f"old-{number:010d},accrual,m{customer:08d},{number % 90 + 10}\n"
                                   for number, customer in zip(range(start, end), chosen)]))
