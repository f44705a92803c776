"""Points by telephone and by message, against the real ledger and portal."""
import json
import unittest
import uuid

from harness import REPOSITORY, Server, program, send

VOICE = str(REPOSITORY / "genesys/flows/loyalty.yaml")
MESSAGING = str(REPOSITORY / "genesys/flows/loyalty-messaging.yaml")
SCOPE = "ledger:read ledger:write portal:create rewards:manage"


class Call:
    """One conversation, played to its end."""

    def __init__(self, server, flow, *more):
        done = program("call", flow, "--server", server.url, "--client-id", "dev", "--json", *more,
                       env={"RINGBACK_CLIENT_SECRET": server.ready["client_secret"]})
        assert done.returncode == 0, (done.stderr, done.stdout)
        self.output = done.stdout
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        self.outcome, self.queue = self.events[-1]["outcome"], self.events[-1].get("queue")
        self.said = " ".join(event["text"] for event in self.events if event["event"] == "prompt")
        self.data = {event["name"]: event["value"] for event in self.events if event["event"] == "participant_data"}
        self.asked = [(event["path"], event["status"]) for event in self.events if event["event"] == "request"]

    def __repr__(self):
        return f"{self.outcome} {self.queue}: {self.said}"


def by_voice(server, keys, customer="u-4711"):
    return Call(server, VOICE, "--keys", keys, *(("--var", f"Flow.customerId={customer}") if customer else ()))


def in_writing(server, *texts, customer="u-4711"):
    return Call(server, MESSAGING, "--var", f"Flow.customerId={customer}", *(word for text in texts for word in ("--text", text)))


def earn(server, points, customer="u-4711"):
    answer = server.ask("POST", "/v1/ledger/transaction/process", scope=SCOPE, body={
        "idempotency_key": str(uuid.uuid4()), "type": "accrual", "customer_id": customer, "points": points, "reason": "survey"})
    assert answer.status == 201, answer


def add_reward(server, identifier, title, cost, codes=3):
    answer = server.ask("POST", "/v1/rewards", scope=SCOPE, body={
        "reward_id": identifier, "title": {"en": title}, "description": {"en": title}, "point_cost": cost,
        "fulfillment": {"methods": ["code"], "webhook_url": None}, "active": True})
    assert answer.status == 201, answer
    if codes:
        answer = server.ask("POST", f"/v1/rewards/{identifier}/codes", scope=SCOPE, body={
            "codes": [f"{identifier}-{number}" for number in range(codes)]})
        assert answer.status < 300, answer


def points(server, customer="u-4711"):
    answer = server.ask("POST", "/v1/ledger/balance/lookup", scope=SCOPE, body={
        "customer_id": customer, "channel": "journey", "request_id": str(uuid.uuid4())})
    assert answer.status == 200, answer
    return answer.json["available"]


def receipts(server, customer="u-4711"):
    session = server.ask("POST", "/v1/portal/sessions", scope=SCOPE, body={"customer_id": customer})
    assert session.status == 201, session
    answer = send("GET", server.url + "/v1/portal/receipts", {"Authorization": "Bearer " + session.json["session_token"]})
    assert answer.status == 200, answer
    return answer.json["receipts"]


class Points(unittest.TestCase):
    def ready(self, server, balance=3200):
        """The catalogue stands in the order in which it was made."""
        add_reward(server, "RWD-1", "Coffee for two", 2500)
        add_reward(server, "RWD-2", "Weekend away", 9000)
        if balance:
            earn(server, balance)

    def redeemed(self, server, call, title, left):
        self.assertIn(title, call.said)
        self.assertIn(f"You have {left} points left.", call.said)
        self.assertEqual(points(server), left)
        self.assertEqual([receipt["receipt_id"] for receipt in receipts(server)], [call.data["ringback_request_id"]])
        self.assertEqual(set(call.data), {"ringback_lookup", "ringback_request_id"})

    def test_by_voice(self):
        with Server() as server:
            self.ready(server)
            call = by_voice(server, "1,1,1")
            self.assertEqual(call.outcome, "completed", call)
            self.redeemed(server, call, "Coffee for two", 700)

    def test_in_writing(self):
        with Server() as server:
            self.ready(server)
            call = in_writing(server, "My points?", "yes", "one", "yes")
            self.assertEqual(call.outcome, "disconnected", call)
            self.redeemed(server, call, "Coffee for two", 700)

    def test_not_enough(self):
        with Server() as server:
            self.ready(server, 1000)
            call = by_voice(server, "1,2,2,2")
            self.assertIn("Weekend away costs 9000 points. You have 1000, so 8000 are missing.", call.said)
            self.assertEqual((call.outcome, call.queue), ("transferred", "Loyalty_Redemptions"), call)
            self.assertEqual((points(server), receipts(server)), (1000, []))

    def test_out_of_stock(self):
        with Server() as server:
            add_reward(server, "RWD-1", "Last cup", 100, codes=0)
            earn(server, 3200)
            self.assertIn("Last cup cannot be had at the moment.", by_voice(server, "1,1,0").said)
            self.assertEqual(points(server), 3200)

    def test_no_account(self):
        with Server() as server:
            self.ready(server, 0)
            self.assertIn("You have no points at the moment.", by_voice(server, "").said)
            call = by_voice(server, "1111#,2222#,3333#", customer=None)
            self.assertEqual(call.said.count("We do not know this membership number."), 3)
            self.assertEqual((call.outcome, call.queue), ("transferred", "Loyalty_Redemptions"), call)

    def test_a_number_is_no_proof(self):
        with Server() as server:
            self.ready(server, 0)
            earn(server, 3200, customer="4711")
            call = by_voice(server, "4711#,1", customer=None)
            self.assertIn("an agent will ask who you are", call.said)
            self.assertEqual((call.outcome, call.queue), ("transferred", "Loyalty_Redemptions"), call)
            self.assertFalse(any("/portal/" in path for path, _ in call.asked), call.asked)

    def test_nothing_is_shown(self):
        with Server() as server:
            self.ready(server)
            call = by_voice(server, "1,1,1")
            self.assertNotIn("session_token", call.output)
            log = server.log_path.read_text()
            self.assertNotIn("u-4711", log)


if __name__ == "__main__":
    unittest.main()
