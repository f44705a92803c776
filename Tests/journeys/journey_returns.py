import http.client
import json
import pathlib
import tempfile
import unittest
import urllib.parse

from harness import REPOSITORY, Server, program, send, until

FLOW = str(REPOSITORY / "genesys/flows/returns.yaml")
SCOPE = "orders:read returns:create returns:read events:read"
FORWARD = ["requested", "submitted", "authorized", "received", "refunded", "closed"]


class Call:
    """One call, played to its end."""

    def __init__(self, server, keys, *more):
        done = program("call", FLOW, "--server", server.url, "--client-id", "dev", "--keys", keys, "--json", *more,
                       env={"RINGBACK_CLIENT_SECRET": server.ready["client_secret"]})
        assert done.returncode == 0, (done.stderr, done.stdout)
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        self.outcome = self.events[-1]["outcome"]
        self.queue = self.events[-1].get("queue")
        self.said = " ".join(event["text"] for event in self.events if event["event"] == "prompt")
        self.data = {event["name"]: event["value"] for event in self.events if event["event"] == "participant_data"}
        self.asked = [(event["method"], event["status"]) for event in self.events if event["event"] == "request"]

    def __repr__(self):
        return f"{self.outcome} {self.queue}: {self.said}"


def returns(server):
    """What the simulated shops have of us."""
    return [entry for entry in send("GET", server.sandbox + "/_returns").json["returns"] if entry["reference"]]


def merchant(server, vendor, identifier, action, **more):
    answer = send("POST", f"{server.sandbox}/_returns/{vendor}/{urllib.parse.quote(identifier, safe='')}", body={"action": action, **more})
    assert answer.status == 200, answer


def limit(server, **limits):
    assert send("PUT", server.sandbox + "/_limits", body=limits).status < 300


def webhook_faults(server, **faults):
    assert send("PUT", server.sandbox + "/_webhooks/guide-shop/faults", body=faults).status < 300


def ask_for(server, order="ORD-839201", sku="SKU-20871", quantity=1, reason="DEFECTIVE", call="call-1", **headers):
    return server.ask("POST", "/v1/returns", {k.replace("_", "-"): v for k, v in headers.items()}, {
        "order_id": order, "items": [{"sku": sku, "quantity": quantity, "reason_code": reason}], "customer_reference": call,
        "notification_channel": "none"}, scope=SCOPE)


def one(server, identifier):
    answer = server.ask("GET", f"/v1/returns/{identifier}", scope=SCOPE)
    assert answer.status == 200, answer
    return answer.json


def of_order(server, number):
    return server.ask("GET", f"/v1/orders/{number}/returns", scope=SCOPE).json["returns"]


def until_it_is(server, identifier, state, seconds=15):
    until(lambda: one(server, identifier)["status"] == state, seconds, f"{state} of {identifier}")
    return one(server, identifier)


class ReturnsByTelephone(unittest.TestCase):
    def taken(self, server, call):
        """The items of the return that the caller has heard of, once the shop allows it."""
        self.assertEqual(call.outcome, "completed", call)
        self.assertIn(" ".join(call.data["return_request_id"][-4:]), call.said)
        return self.done(server, call)

    def done(self, server, call):
        identifier = call.data["return_request_id"]
        self.assertEqual(call.data["rma_status"], "requested")
        record = until_it_is(server, identifier, "authorized")
        self.assertTrue(record["rma_number"])
        self.assertEqual([entry["mutations"] for entry in returns(server) if entry["reference"] == identifier], [1])
        return record["items"]

    def told(self, server, call):
        """What the caller got by text of this return."""
        number = one(server, call.data["return_request_id"])["rma_number"]
        return [item["body"] for item in server.inbox() if item["kind"] == "text" and number in item["body"]]

    def agent(self, call, words):
        self.assertEqual((call.outcome, call.queue), ("transferred", "Returns"), call)
        self.assertIn(words, call.said)

    def test_one_item(self):
        with Server() as server:
            call = Call(server, "839204#,1,1")
            self.assertIn("You want to return Trail running shoes. The reason is a defective item.", call.said)
            self.assertNotIn("What do you want to return?", call.said)
            self.assertNotIn("You bought", call.said)
            self.assertIn("We will text the return number", call.said)
            self.assertEqual(self.taken(server, call), [{"sku": "SKU-12345", "quantity": 1, "reason_code": "DEFECTIVE"}])
            text = until(lambda: self.told(server, call), what="the text")
            self.assertIn("Your return for order ORD-839204 is approved.", text[0])
            self.assertEqual(len(text), 1)

    def test_one_of_several_items_and_two_of_it(self):
        with Server() as server:
            call = Call(server, "839201#,2,2#,6,1", "--caller", "+493012345670")
            self.assertIn("For Trail running shoes, press 1. For Merino socks, press 2.", call.said)
            self.assertIn("You bought 2. Please key in how many you want to return", call.said)
            self.assertIn("2 times Merino socks. The reason is an item that you no longer want.", call.said)
            self.assertEqual(self.taken(server, call), [{"sku": "SKU-20871", "quantity": 2, "reason_code": "UNWANTED"}])

    def test_a_withheld_number_gets_no_text(self):
        with Server() as server:
            call = Call(server, "839204#,1,1", "--var", "Call.Ani=anonymous")
            self.assertIn("Please call again to hear the return number.", call.said)
            self.taken(server, call)
            self.assertEqual(self.told(server, call), [])

    def test_whoever_stops_or_hangs_up_leaves_no_return(self):
        with Server() as server:
            call = Call(server, "839201#,2,1#,1,2")
            self.assertEqual(call.outcome, "completed")
            self.assertIn("Nothing is returned.", call.said)
            for keys in ("hangup", "839201#,hangup", "839201#,2,hangup", "839201#,2,1#,hangup", "839201#,2,1#,1,hangup"):
                self.assertEqual(Call(server, keys).outcome, "hung_up", keys)
            self.assertEqual((of_order(server, "839201"), returns(server)), ([], []))
            call = Call(server, "839201#,2,1#,1,1,hangup")
            self.assertEqual(call.outcome, "hung_up")
            self.assertEqual(self.done(server, call), [{"sku": "SKU-20871", "quantity": 1, "reason_code": "DEFECTIVE"}])

    def test_what_an_agent_has_to_do(self):
        with Server() as server:
            self.agent(Call(server, "0#"), "Please hold for an agent.")
            self.agent(Call(server, "839203#"), "This order cannot be returned by telephone.")
            self.agent(Call(server, "839201#,0"), "For anything else, press 0.")
            self.agent(Call(server, "839201#,3"), "Please hold for an agent.")
            self.agent(Call(server, "839201#,,"), "Please hold for an agent.")
            self.agent(Call(server, "839204#,9"), "Why do you return it?")
            self.agent(Call(server, "839201#,2,3#,1,1"), "That is more than can still be returned of this order.")
            self.assertEqual(returns(server), [])

    def test_an_unknown_number_is_asked_for_again(self):
        with Server() as server:
            call = Call(server, "999999#,839204#,1,1")
            self.assertIn("We could not find an order with that number.", call.said)
            self.taken(server, call)
            self.agent(Call(server, "1#,,999998#", "--caller", "+493012345670"), "I did not get that.")
        with Server(settings={"orders.attempts.limit": "2"}) as server:
            self.agent(Call(server, "999997#,999998#,839204#"), "Several numbers did not match.")

    def test_who_returns_it_again_hears_of_the_first_return(self):
        with Server() as server:
            self.taken(server, Call(server, "839204#,1,1"))
            again = Call(server, "839204#,1,1")
            self.agent(again, "That is more than can still be returned of this order.")
            self.assertIn("is approved. The return number is", again.said)
            self.assertEqual(len(returns(server)), 1)

    def test_the_shop_is_down(self):
        with Server() as server:
            self.assertEqual(server.order("839204").status, 200)
            server.fault(status=503)
            known = Call(server, "839204#,1,1")
            self.assertIn("You want to return Trail running shoes.", known.said)
            unknown = Call(server, "839201#,20871#,1,1")
            self.assertIn("We cannot see your order right now, but we can take your return.", unknown.said)
            self.assertIn("You want to return article 20871.", unknown.said)
            wrong = Call(server, "839201#,1#,1,1")
            self.assertEqual(wrong.outcome, "completed")
            self.assertEqual(returns(server), [])
            server.fault()
            self.taken(server, known)
            self.taken(server, unknown)
            record = until_it_is(server, wrong.data["return_request_id"], "declined")
            self.assertEqual(record["refused"]["code"], "sku_not_in_order")
            self.assertEqual(len(returns(server)), 2)

    def test_the_shop_is_slow(self):
        with Server(settings={"orders.timeout": "300ms"}) as server:
            server.fault(latency_ms=5000)
            call = Call(server, "839201#,20871#,1,1")
            self.assertIn(("GET", 504), call.asked)
            server.fault()
            self.taken(server, call)

    def test_after_the_last_day_there_is_only_the_agent(self):
        with tempfile.TemporaryDirectory() as folder:
            orders = pathlib.Path(folder) / "orders.json"
            orders.write_text(json.dumps({"orders": [
                {"number": "ORD-700001", "status": "delivered", "placed_at": "2020-01-01T00:00:00Z", "fulfillment_date": "2020-01-02", "currency": "EUR",
                 "return_eligible": True, "return_eligible_until": "2020-02-01",
                 "items": [{"sku": "SKU-1", "title": "Lamp", "quantity": 1, "price": "10.00"}]}]}))
            with Server("--orders", str(orders)) as server:
                self.agent(Call(server, "700001#,1,1"), "The last day to return this order has passed.")

    def test_no_webhook_comes_and_then_the_window_passes(self):
        """The reconciler reads the return at the end of its window, here two seconds after it was asked for."""
        with Server(settings={"returns.window": "2s"}) as server:
            webhook_faults(server, drop=1)
            limit(server, guide_shop_decides_after_ms=500)
            call = Call(server, "839204#,1,1")
            record = until_it_is(server, call.data["return_request_id"], "expired", 20)
            self.assertEqual([(step["to"], step["cause"]) for step in record["transitions"]],
                             [("requested", "request"), ("submitted", "job"), ("authorized", "reconciler"), ("expired", "reconciler")])
            self.assertEqual((record["self_service"], record["self_service_reason"]), (False, "return_window_passed"))
            asked = len(server.asked("/returns"))
            self.agent(Call(server, "839204#"), "has passed. An agent can help you.")
            self.assertEqual(len(server.asked("/returns")), asked)
            answer = server.ask("POST", f"/v1/returns/{record['return_request_id']}/cancel", scope=SCOPE)
            self.assertEqual((answer.status, answer.json["code"]), (410, "return_window_passed"), answer)


class ReturnsAtTheAPI(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_a_key_gives_the_first_answer_again(self):
        first = ask_for(self.server, Idempotency_Key="k-1")
        again = ask_for(self.server, Idempotency_Key='"k-1"')
        other = ask_for(self.server, quantity=2, Idempotency_Key="k-1")
        self.assertEqual((first.status, again.status, other.status), (202, 202, 422), (first, again, other))
        self.assertEqual(first.body, again.body)
        self.assertEqual(other.json["code"], "idempotency_key_reused")

    def test_equal_requests_of_one_call_are_one_return(self):
        order = {"order": "ORD-839207", "sku": "SKU-61002"}
        first = ask_for(self.server, **order)
        again = ask_for(self.server, reason="OTHER", **order)
        key = ask_for(self.server, Idempotency_Key="k-2", **order)
        other_call = ask_for(self.server, call="call-2", **order)
        self.assertEqual({answer.status for answer in (first, again, key, other_call)}, {202})
        self.assertEqual({answer.json["return_request_id"] for answer in (first, again, key)}, {first.json["return_request_id"]})
        self.assertNotEqual(other_call.json["return_request_id"], first.json["return_request_id"])
        until(lambda: len([entry for entry in returns(self.server) if entry["order"] == "ORD-839207"]) == 2, what="two returns at the shop")

    def test_what_is_refused(self):
        for number in ("ORD-839201", "ORD-839202", "ORD-839203"):
            self.assertEqual(self.server.order(number).status, 200)
        for code, asked in (("return_not_eligible", {"order": "ORD-839202", "sku": "SKU-30016"}),
                            ("return_window_passed", {"order": "ORD-839203", "sku": "SKU-41190"}), ("sku_not_in_order", {"sku": "SKU-99999"}),
                            ("quantity_too_large", {"sku": "SKU-12345", "quantity": 2}), ("reason_code_unknown", {"reason": "BORED"}),
                            ("order_id_invalid", {"order": "x"}), ("card_data_refused", {"call": "4111111111111111"})):
            answer = ask_for(self.server, **asked)
            self.assertEqual((answer.status, answer.json["code"]), (422, code), answer)
        self.assertIn("DEFECTIVE", ask_for(self.server, reason="BORED").json["known_reason_codes"])

    def test_events_can_be_read_on_from_where_one_was(self):
        def tail(count, last=None):
            """That many events (id, type, data) of the stream."""
            parts = urllib.parse.urlsplit(self.server.url)
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=15)
            headers = {"Authorization": "Bearer " + self.server.token(SCOPE), "Accept": "text/event-stream"}
            connection.request("GET", "/v1/events?types=return.*" + ("" if last else "&after=0"), headers={**headers, **({"Last-Event-ID": last} if last else {})})
            answer, found, event = connection.getresponse(), [], {}
            self.assertEqual(answer.status, 200)
            while len(found) < count:
                line = answer.readline().decode().rstrip("\n")
                name, _, value = line.partition(": ")
                event[name] = value
                if not line and "data" in event:
                    found.append((event["id"], event["event"], json.loads(event["data"])))
                    event = {}
            connection.close()
            return found

        identifier = ask_for(self.server, order="ORD-8392071", sku="SKU-30016").json["return_request_id"]
        until_it_is(self.server, identifier, "authorized")
        whole = [event for event in tail(3)]
        while [data["subject"] for _, _, data in whole].count(identifier) < 3:
            whole += tail(1, whole[-1][0])
        self.assertEqual([kind for _, kind, data in whole if data["subject"] == identifier], ["return.requested", "return.submitted", "return.authorized"])
        numbers = [int(number) for number, _, _ in whole]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(tail(2, whole[0][0]), whole[1:3])


class ReturnsByHand(unittest.TestCase):
    def test_an_operator_moves_a_return(self):
        with Server() as server:
            def run(*arguments):
                done = program(*arguments, "--data", str(server.folder / "data"), "--json", folder=str(server.folder))
                return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]
            identifier = ask_for(server).json["return_request_id"]
            until_it_is(server, identifier, "authorized")
            code, rows = run("returns", "list", "--state", "authorized", "--order", "839201")
            self.assertEqual((code, [row["return_request_id"] for row in rows]), (0, [identifier]))
            self.assertEqual(run("returns", "move", identifier, "received")[0], 2, "there is no reason")
            self.assertEqual(run("returns", "move", identifier, "recieved", "--reason", "x")[0], 2, "there is no such state")
            self.assertEqual(run("returns", "move", identifier, "received", "--reason", "the parcel lies here")[0], 0)
            move = one(server, identifier)["transitions"][-1]
            self.assertEqual((move["to"], move["cause"], move["detail"]), ("received", "operator", "the parcel lies here"))
            self.assertNotIn("actor", move)
            self.assertEqual(run("returns", "move", identifier, "authorized", "--reason", "back again")[0], 6)
            self.assertEqual(run("returns", "move", "ret_0", "closed", "--reason", "none such")[0], 1)
            self.assertTrue(run("returns", "show", identifier)[1][0]["transitions"][-1]["actor"])
            text = program("returns", "show", identifier, "--data", str(server.folder / "data"), folder=str(server.folder)).stdout
            self.assertIn("the parcel lies here", text)
            events = server.ask("GET", "/v1/events?types=return.received", scope=SCOPE).json["events"]
            self.assertEqual([event["subject"] for event in events], [identifier])


class ReturnsAndWebhooks(unittest.TestCase):
    def decided(self, server, *actions, **asked):
        """A return that the merchant has dealt with by hand, and how it stands at the end."""
        identifier = ask_for(server, **asked).json["return_request_id"]
        at_shop = until(lambda: [entry["id"] for entry in returns(server) if entry["reference"] == identifier], what="the return at the shop")[0]
        until_it_is(server, identifier, "submitted")
        for action in actions:
            merchant(server, "guide-shop", at_shop, action)
        return identifier

    def test_a_decision_is_known_at_once(self):
        with Server() as server:
            limit(server, guide_shop_decides_after_ms=600_000)
            record = until_it_is(server, self.decided(server, "authorize"), "authorized", 3)
            self.assertEqual(record["transitions"][-1]["cause"], "webhook")
            record = until_it_is(server, self.decided(server, "decline", sku="SKU-12345"), "declined", 3)
            self.assertFalse(record["self_service"])

    def test_a_wrong_signature_is_refused(self):
        with Server() as server:
            for signature in ("0" * 64, "", "00"):
                answer = send("POST", server.url + "/v1/webhooks/guide-shop", {"X-Signature": signature, "X-Timestamp": "0"}, {"type": "return.updated"})
                self.assertEqual((answer.status, answer.headers["content-type"]), (401, "application/problem+json"), answer)

    def test_duplicates_and_disorder_leave_one_transition_each(self):
        with Server() as server:
            limit(server, guide_shop_decides_after_ms=600_000)
            webhook_faults(server, duplicate=1, reorder=True)
            identifier = self.decided(server, "authorize", "receive", "refund", "close")
            until_it_is(server, identifier, "closed")
            until(lambda: self.duplicates(server) >= 4, what="the webhooks that came twice")
            states = [step["to"] for step in one(server, identifier)["transitions"]]
            self.assertEqual(states, [state for state in FORWARD if state in states])
            self.assertEqual(states[-1], "closed")

    def duplicates(self, server):
        metrics = send("GET", server.url + "/metrics").body.decode()
        return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("ringback_webhook_deliveries_total") and 'outcome="duplicate"' in line)

    def test_a_lost_answer_is_one_return_at_the_shop(self):
        with Server() as server:
            server.fault(lose_answer=True, path="/returns", body_contains="external_reference", for_requests=1)
            identifier = ask_for(server).json["return_request_id"]
            until_it_is(server, identifier, "authorized", 30)
            self.assertEqual([entry["status"] for entry in server.asked("/returns") if entry["method"] == "POST"], [None])
            self.assertEqual([(entry["reference"], entry["mutations"]) for entry in returns(server)], [(identifier, 1)])


class ReturnsOnOtherPlatforms(unittest.TestCase):
    def approved(self, server, vendor, reason="DEFECTIVE"):
        answer = ask_for(server, reason=reason)
        self.assertEqual(answer.status, 202, answer)
        identifier = answer.json["return_request_id"]
        until_it_is(server, identifier, "submitted")
        at_shop = [entry for entry in returns(server) if entry["vendor"] == vendor]
        self.assertEqual(len(at_shop), 1, at_shop)
        merchant(server, vendor, at_shop[0]["id"], "authorize")
        return until_it_is(server, identifier, "authorized")["rma_number"]

    def test_shopify(self):
        with Server(settings={"orders.platform": "shopify"}) as server:
            self.assertEqual(self.approved(server, "shopify"), "ORD-839201-R1")

    def test_commercetools(self):
        """It has no approval: a return is authorized as soon as it is there."""
        with Server(settings={"orders.platform": "commercetools"}) as server:
            record = until_it_is(server, ask_for(server).json["return_request_id"], "authorized")
            self.assertEqual(record["rma_number"], "ORD-839201-R1")
            self.assertEqual([(entry["vendor"], entry["mutations"]) for entry in returns(server)], [("commercetools", 1)])
            merchant(server, "commercetools", returns(server)[0]["id"], "receive")
            until_it_is(server, record["return_request_id"], "received")

    def test_adobe_commerce(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "ringback.yaml"
            file.write_text("returns:\n  reasons:\n    - {code: COLOUR, platform_code: '10', digit: 1, english: a wrong colour}\n")
            with Server("--config", str(file), settings={"orders.platform": "adobe_commerce"}) as server:
                self.assertTrue(self.approved(server, "adobe-commerce", "COLOUR"))


if __name__ == "__main__":
    unittest.main()
