import concurrent.futures
import datetime
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import unittest

import harness
from harness import Server, program, send, until

SCOPE = "ledger:read ledger:write"
PROCESS = "/v1/ledger/transaction/process"


class Ledger:
    """A server, asked about points."""

    def __init__(self, server):
        self.server = server

    def post(self, key, kind="accrual", customer="u-4711", **more):
        return self.server.ask("POST", PROCESS, scope=SCOPE, body={
            "idempotency_key": key, "type": kind, "customer_id": customer, **more})

    def look_up(self, customer="u-4711"):
        return self.server.ask("POST", "/v1/ledger/balance/lookup", scope=SCOPE, body={"customer_id": customer}).json


class Posting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().__enter__()
        cls.ledger = Ledger(cls.server)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def test_who_may_ask(self):
        self.assertEqual(send("POST", self.server.url + PROCESS, body={}).status, 401)
        for path, scope in ((PROCESS, "ledger:read"), ("/v1/ledger/balance/lookup", "ledger:write"),
                            ("/v1/ledger/transactions/batch", "ledger:read")):
            answer = self.server.ask("POST", path, scope=scope, body={})
            self.assertEqual((answer.status, answer.json["code"]), (403, "insufficient_scope"), path)

    def test_ten_duplicates_at_once_count_once(self):
        def post(_):
            return self.server.ask("POST", PROCESS, scope=SCOPE, body={
                "event_id": "e-1", "channel": "WebChat", "type": "accrual", "customer_hash": "ten", "points": 5})

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(post, range(10)))
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 9 + [201])
        self.assertEqual(len({answer.body for answer in answers}), 1)
        self.assertEqual(self.ledger.look_up("ten")["balance"], 5)

    def test_many_who_spend_the_same_points(self):
        self.assertEqual(self.ledger.post("s-0", customer="spender", points=100).status, 201)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(
                lambda number: self.ledger.post(f"s-{number}", "redemption", "spender", points=30), range(1, 21)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [201] * 3 + [422] * 17)
        self.assertEqual(self.ledger.look_up("spender")["available"], 10)

    def test_an_event_is_counted_by_the_rules(self):
        answer = self.ledger.post("r-1", customer="ruled", event_type="survey")
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["rules_version"], 1)
        self.assertGreater(answer.json["points"], 0)
        self.assertIsNotNone(answer.json["lots"][0]["expires_at"])

    def test_a_hold_is_captured_or_released(self):
        self.ledger.post("h-0", customer="holder", points=100)
        hold = self.ledger.post("h-1", "hold", "holder", points=60).json
        self.assertEqual((hold["balance"], hold["available"], hold["held"]), (100, 40, 60))
        taken = self.ledger.post("h-2", "capture", "holder", reference=hold["transaction_id"], points=50).json
        self.assertEqual((taken["balance"], taken["available"], taken["held"]), (50, 50, 0))
        again = self.ledger.post("h-3", "release", "holder", reference=hold["transaction_id"])
        self.assertEqual((again.status, again.json["code"]), (422, "hold_not_open"))


class Surviving(unittest.TestCase):
    def test_what_was_answered_survives_kill_9(self):
        with Server() as server:
            ledger = Ledger(server)
            first = ledger.post("k-1", points=250)
            ledger.post("k-2", "redemption", points=50)
            server.kill()
            server.start()
            again = ledger.post("k-1", points=250)
            self.assertEqual((again.status, again.body), (200, first.body))
            self.assertEqual(ledger.look_up()["balance"], 200)

    def test_no_customer_is_in_the_database(self):
        with Server() as server:
            ledger = Ledger(server)
            ledger.post("p-1", customer="ada.lovelace@example.com", points=5, reason="survey")
            files = [file for file in server.folder.rglob("*") if file.is_file()]
            self.assertTrue(files)
            for file in files:
                self.assertNotIn(b"lovelace", file.read_bytes(), file)

    def test_points_expire_by_themselves(self):
        with Server() as server:
            ledger = Ledger(server)
            ledger.post("x-1", points=5, expires_at=soon(2))
            ledger.post("x-2", points=7)
            until(lambda: ledger.look_up()["balance"] == 7, seconds=30, what="the points to expire")

            def booked():
                with sqlite3.connect(f"file:{server.folder}/data/ringback.sqlite?mode=ro", uri=True) as database:
                    return database.execute("SELECT balance FROM loyalty_books WHERE account = 4").fetchone()[0] == 5

            until(booked, seconds=30, what="the expiry to be booked")


def soon(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


class Importing(unittest.TestCase):
    """`ringback ledger import`, as somebody who moves a programme types it."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ringback-import-")
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, *lines, name="points.csv"):
        (self.path / name).write_text("\n".join(lines) + "\n")

    def ledger(self, *arguments):
        return program("ledger", *arguments, folder=self.path)

    def test_an_import_that_is_killed_goes_on_where_it_was(self):
        dice, expected = random.Random(7), {}
        lines = ["customer_id,points,reason"]
        for _ in range(150_000):
            customer, points = f"customer-{dice.randrange(9_000)}", 1 + dice.randrange(500)
            expected[customer] = expected.get(customer, 0) + points
            lines.append(f"{customer},{points},moved")
        self.write(*lines)
        kills = 0
        while True:
            process = subprocess.Popen(
                [harness.BINARY, "ledger", "import", "points.csv", "--group", "2000", "--json"], cwd=self.path,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                output, errors = process.communicate(timeout=dice.uniform(0.1, 0.3 + 0.15 * kills) if kills < 8 else 120)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
                self.assertEqual([file.name for file in self.path.glob("ringback-data/import-*")], [])
                continue
            self.assertEqual(process.returncode, 0, errors)
            break
        self.assertGreater(kills, 0)
        report = json.loads(output)
        self.assertEqual((report["applied"], report["refused"], report["points"]), (150_000, 0, sum(expected.values())))
        proof = self.ledger("verify", "--json")
        self.assertEqual(proof.returncode, 0, proof.stderr)
        with sqlite3.connect(self.path / "ringback-data/ringback.sqlite") as database:
            balances = [row[0] for row in database.execute("SELECT available FROM loyalty_accounts ORDER BY available")]
        self.assertEqual(balances, sorted(expected.values()))
        self.assertNotIn(b"customer-1", (self.path / "ringback-data/ringback.sqlite").read_bytes())
        again = json.loads(self.ledger("import", "points.csv", "--json").stdout)
        self.assertEqual((again["applied"], again["earlier"]), (150_000, 150_000))

    def test_what_is_wrong_is_said_before_anything_is_applied(self):
        self.write("customer_id,points", "u-1,5", "u-2,many", "u-3,7")
        for arguments, code, said in (
            (["points.csv", "--stop-on-error"], 1, "Nothing is applied."),
            (["points.csv", "--spool", "nowhere"], 1, "cannot be kept in nowhere: No such file or directory"),
            (["none.csv"], 2, "none.csv cannot be read: No such file or directory"),
        ):
            done = self.ledger("import", *arguments)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(said, done.stderr)
        self.assertIn("transactions  0", self.ledger("verify").stdout)
        done = self.ledger("import", "points.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 transactions, 12 points; 1 lines refused.", done.stdout)
        self.assertEqual((self.path / "points.csv.errors.csv").read_text().splitlines()[1].split(",")[:2], ["3", "points"])


if __name__ == "__main__":
    unittest.main()
