import concurrent.futures
import datetime
import sqlite3
import unittest

from harness import Server, send, until

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


if __name__ == "__main__":
    unittest.main()
