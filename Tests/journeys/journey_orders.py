import json
import time
import unittest

from harness import Server, send, until

FIELDS = {"order_id", "order_status", "fulfillment_date", "total_amount", "items", "tracking", "return_eligible",
          "return_eligible_until", "freshness", "as_of", "speech"}


class AskingForAnOrder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_the_first_answer_is_live_and_the_second_is_cached(self):
        first = self.server.order("ORD-839205", X_Request_ID="call-77")
        again = self.server.order("839205")
        self.assertEqual((first.status, again.status), (200, 200), (first, again))
        self.assertEqual(first.json["freshness"], "live")
        self.assertEqual(again.json["freshness"], "cached")
        self.assertEqual(first.json["order_id"], "ORD-839205")
        self.assertEqual(first.headers["x-request-id"], "call-77")
        asked = self.server.asked("/orders/ORD-839205")
        self.assertEqual(len(asked), 1)
        self.assertEqual({k.lower(): v for k, v in asked[0]["headers"].items()}["x-request-id"], "call-77")

    def test_nothing_of_the_shops_answer_is_passed_through(self):
        for number in ("ORD-839201", "ORD-839202", "ORD-839203"):
            answer = self.server.order(number)
            self.assertLessEqual(set(answer.json), FIELDS, number)
            self.assertLessEqual({k for item in answer.json["items"] for k in item}, {"sku", "quantity", "title"})

    def test_an_order_that_is_not_yet_processed_says_so(self):
        answer = self.server.order("ORD-839202").json
        self.assertIsNone(answer["fulfillment_date"])
        self.assertIn("not yet processed", answer["speech"].lower())
        german = self.server.order("ORD-839202", Accept_Language="de-DE,de;q=0.9,en;q=0.1")
        self.assertEqual(german.headers["content-language"], "de")
        self.assertNotEqual(german.json["speech"], answer["speech"])

    def test_a_bad_number_is_refused_and_nothing_is_asked(self):
        before = len(self.server.journal())
        for number in ("abc", "ORD-8392", "ORD-83920112345678", "ORD_839201", "%00%00%00%00%00%00%00%00", "ÄÖÜÄÖÜÄÖ".encode().hex() + "zzz!"):
            answer = self.server.order(number)
            self.assertEqual((answer.status, answer.json["code"]), (422, "order_id_invalid"), (number, answer))
        self.assertEqual(len(self.server.journal()), before)

    def test_an_unknown_order_is_404(self):
        answer = self.server.order("ORD-999999")
        self.assertEqual((answer.status, answer.json["code"]), (404, "order_not_found"))
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertEqual(answer.json["request_id"], answer.headers["x-request-id"])

    def test_who_may_ask(self):
        self.assertEqual(send("GET", self.server.url + "/v1/orders/ORD-839201").status, 401)
        answer = self.server.ask("GET", "/v1/orders/ORD-839201", scope="callbacks:create")
        self.assertEqual((answer.status, answer.json["code"]), (403, "insufficient_scope"))
        answer = send("GET", self.server.url + "/v1/orders/ORD-839201", {"Authorization": "Bearer x.y.z"})
        self.assertEqual(answer.status, 401)
        self.assertIn("invalid_token", answer.headers["www-authenticate"])

    def test_what_is_served_to_everybody(self):
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"):
            self.assertEqual(send("GET", self.server.url + path).status, 200, path)
        self.assertEqual(send("GET", self.server.url + "/nothing").status, 404)
        self.assertEqual(send("DELETE", self.server.url + "/livez").status, 405)


class WhenTheShopBreaks(unittest.TestCase):
    def test_five_failures_open_the_breaker_and_then_nothing_is_asked(self):
        with Server() as server:
            server.fault(status=500)
            for index in range(5):
                self.assertEqual(server.order(f"ORD-10000{index}").status, 503)
            asked = len(server.journal())
            answer = server.order("ORD-100009")
            self.assertEqual((answer.status, answer.json["code"]), (503, "platform_unavailable"), answer)
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            self.assertLess(answer.took, 0.2)
            self.assertEqual(len(server.journal()), asked)

    def test_an_unknown_order_is_no_failure(self):
        with Server(settings={"orders.attempts.limit": "1000"}) as server:
            for index in range(8):
                self.assertEqual(server.order(f"ORD-10000{index}").status, 404)
            self.assertEqual(server.order("ORD-839201").status, 200)

    def test_a_timeout_is_504_and_says_so(self):
        with Server(settings={"orders.timeout": "300ms"}) as server:
            server.fault(latency_ms=5000)
            answer = server.order("ORD-839201")
            self.assertEqual((answer.status, answer.json["code"]), (504, "platform_timeout"), answer)
            self.assertLess(answer.took, 3)

    def test_a_stale_copy_is_better_than_nothing(self):
        with Server(settings={"orders.cache_ttl": "0s"}) as server:
            self.assertEqual(server.order("ORD-839201").json["freshness"], "live")
            self.assertEqual(server.order("ORD-839201").json["freshness"], "live")
            server.fault(status=503)
            answer = server.order("ORD-839201")
            self.assertEqual((answer.status, answer.json["freshness"]), (200, "stale"), answer)

    def test_equal_look_ups_share_one_call(self):
        with Server() as server:
            server.fault(latency_ms=400)
            waiting = [server.in_background(lambda: server.order("ORD-839201")) for _ in range(16)]
            answers = [wait() for wait in waiting]
            self.assertEqual({answer.status for answer in answers}, {200})
            self.assertEqual(len(server.asked("/orders/ORD-839201")), 1)

    def test_a_broken_answer_is_no_answer(self):
        with Server() as server:
            server.fault(body="<html>", status=200)
            self.assertEqual(server.order("ORD-839201").status, 503)
            server.fault(reset=True)
            self.assertEqual(server.order("ORD-839202").status, 503)


class WhoMayHearIt(unittest.TestCase):
    def test_another_customers_order_looks_like_an_unknown_one(self):
        with Server(settings={"orders.verify": "caller_number"}) as server:
            def body(answer):
                return {k: v for k, v in answer.json.items() if k != "request_id"}
            orders = send("GET", server.sandbox + "/_orders").json["orders"]
            number = next(o for o in orders if o["number"] == "ORD-839201")["customer"]["phone"]
            self.assertEqual(server.order("ORD-839201", X_Caller=number).status, 200)
            self.assertEqual(server.order("ORD-839201", X_Caller="tel:" + number).status, 200)
            unknown = server.order("ORD-999999", X_Caller=number)
            foreign = server.order("ORD-839204", X_Caller=number)
            self.assertEqual((unknown.status, foreign.status), (404, 404))
            self.assertEqual(body(unknown), body(foreign))

    def test_five_misses_and_no_more(self):
        with Server() as server:
            for index in range(5):
                self.assertEqual(server.order(f"ORD-90000{index}", X_Caller="+15550001111").status, 404)
            answer = server.order("ORD-839201", X_Caller="+15550001111")
            self.assertEqual((answer.status, answer.json["code"]), (429, "too_many_attempts"), answer)
            self.assertIn("retry-after", answer.headers)
            self.assertEqual(server.order("ORD-839201", X_Caller="+15550002222").status, 200)


class TheWaysOut(unittest.TestCase):
    def test_a_call_back_is_booked_once(self):
        with Server() as server:
            first = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": '"k-1"'}, {"number": "+15551230000", "name": "Ada", "order_id": "ORD-839201"})
            again = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": "k-1"}, {"number": "+15551230000", "name": "Ada", "order_id": "ORD-839201"})
            redial = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": "k-2"}, {"number": "+1 555 123 0000", "order_id": "ORD-839201"})
            other = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": "k-1"}, {"number": "+15551230001"})
            self.assertEqual((first.status, again.status, redial.status, other.status), (202, 202, 202, 422), (first, again, redial, other))
            self.assertEqual(first.body, again.body)
            self.assertEqual(first.json["callback_id"], redial.json["callback_id"])
            self.wait_for(server, "callback", 1)

    def test_a_text_is_sent_with_the_status(self):
        with Server() as server:
            answer = server.ask("POST", "/v1/orders/ORD-839201/text", {"Idempotency-Key": "t-1"}, {"number": "+15551230000"})
            self.assertEqual(answer.status, 202, answer)
            self.wait_for(server, "text", 1)

    def test_a_call_back_survives_kill_9(self):
        with Server() as server:
            server.fault("genesys", status=503)
            answer = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": "k-9"}, {"number": "+15551239999"})
            self.assertEqual(answer.status, 202)
            until(lambda: server.journal("genesys"), what="a first attempt")
            time.sleep(0.3)
            server.kill()
            server.start()
            # As a rule at once. If the kill met the next attempt: after its lease and the time that the search needs.
            self.wait_for(server, "callback", 1, seconds=120)

    def test_card_numbers_are_refused(self):
        with Server() as server:
            answer = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": "c"}, {"number": "+15551230000", "name": "4111 1111 1111 1111"})
            self.assertEqual((answer.status, answer.json["code"]), (422, "card_data_refused"), answer)

    def wait_for(self, server, kind, count, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [entry for entry in server.inbox() if entry["kind"] == kind]
            if len(found) >= count:
                time.sleep(0.5)
                self.assertEqual(len(found), count, found)
                return found
            time.sleep(0.05)
        self.fail(f"no {kind} in the inbox: {server.inbox()}")
