import json
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import tempfile
import termios
import time
import unittest

import harness
from harness import REPOSITORY, Server, program, send, until

CANARIES = ("4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005")


class Starting(unittest.TestCase):
    def test_the_ready_line(self):
        with Server() as server:
            self.assertEqual(server.ready["event"], "ready")
            self.assertEqual(server.ready["client_id"], "dev")
            self.assertTrue(server.ready["client_secret"])
            self.assertGreater(server.ready["startup_ms"], 0)
            self.assertTrue(server.url.startswith("http://127.0.0.1:"))

    def test_dev_listens_on_loopback_only(self):
        with tempfile.TemporaryDirectory() as folder:
            done = program("serve", "--dev", "--listen", "0.0.0.0:0", "--data", folder, "--json")
            self.assertEqual(done.returncode, 3, done)
            self.assertIn("loopback", done.stderr)

    def test_a_used_port_is_named(self):
        with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = program("serve", "--dev", "--listen", f"127.0.0.1:{port}", "--sandbox-listen", "127.0.0.1:0", "--data", folder)
            self.assertEqual(done.returncode, 4, done)
            self.assertIn(str(port), done.stderr)
            self.assertIn("used by another program", done.stderr)


class Configuring(unittest.TestCase):
    def check(self, text, *arguments, env=None):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "ringback.yaml").write_text(text)
            return program("config", *(arguments or ("check",)), folder=folder, env=env)

    def test_an_unknown_key_has_its_line_and_the_nearest_name(self):
        done = self.check("orders:\n  timeout: 5s\n  chache_ttl: 30s\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn('ringback.yaml:3:3: unknown key "orders.chache_ttl". Did you mean "orders.cache_ttl"?', done.stderr)
        self.assertIn("1 problem.", done.stderr)

    def test_what_is_missing_is_said_with_an_example(self):
        done = self.check("orders:\n  platform: shopify\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn('"shopify.shop"', done.stderr)

    def test_a_secret_does_not_belong_in_the_file(self):
        done = self.check("guide_shop:\n  client_secret: hunter2\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn("client_secret_file", done.stderr)
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_show_says_where_a_value_came_from_and_hides_secrets(self):
        done = self.check("orders:\n  timeout: 5s\n", "show", "--origin", "--set", "orders.cache_ttl=7s",
                          env={"RINGBACK_ORDERS_PEAK_TIMEOUT": "20s", "RINGBACK_GUIDE_SHOP_CLIENT_SECRET": "hunter2"})
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {line.split(":")[0]: line for line in done.stdout.splitlines()}
        self.assertIn("ringback.yaml:2:3", rows["orders.timeout"])
        self.assertIn("environment RINGBACK_ORDERS_PEAK_TIMEOUT", rows["orders.peak_timeout"])
        self.assertIn("option", rows["orders.cache_ttl"])
        self.assertIn("default", rows["orders.verify"])
        self.assertIn("[redacted]", rows["guide_shop.client_secret"])
        self.assertNotIn("hunter2", done.stdout)

    def test_the_reference_is_what_the_program_says(self):
        done = program("config", "show", "--markdown", folder=tempfile.gettempdir())
        self.assertEqual(done.stdout.strip(), (REPOSITORY / "docs/reference/configuration.md").read_text().strip())


class Ending(unittest.TestCase):
    def test_sigterm_lets_what_is_in_flight_finish(self):
        with Server() as server:
            server.token()
            server.fault(latency_ms=1500)
            answer = server.in_background(lambda: server.order("ORD-839201"))
            until(lambda: server.asked("/orders/ORD-839201"), what="the request to reach the shop")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(answer().status, 200)
            self.assertEqual(server.process.wait(20), 0)

    def test_while_it_drains_it_is_not_ready(self):
        with Server() as server:
            server.token()
            server.fault(latency_ms=3000)
            kept = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
            kept.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 ", kept.recv(4096))
            answer = server.in_background(lambda: server.order("ORD-839201"))
            until(lambda: server.asked("/orders/ORD-839201"), what="the request to reach the shop")
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            try:
                kept.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
                reply = kept.recv(4096)
            except OSError:
                reply = b""
            self.assertTrue(reply == b"" or b" 503 " in reply, reply)
            self.assertEqual(answer().status, 200)
            self.assertEqual(server.process.wait(20), 0)


class Reloading(unittest.TestCase):
    def test_sighup_reads_what_may_change(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "ringback.yaml"
            path.write_text("log:\n  level: error\n")
            with Server("--config", str(path)) as server:
                server.order("ORD-839201")
                self.assertFalse([line for line in server.logs() if line["level"] == "info"])
                path.write_text("log:\n  level: info\n")
                server.process.send_signal(signal.SIGHUP)
                until(lambda: server.order("ORD-839201") and [l for l in server.logs() if l["level"] == "info"], what="an info line")

    def test_a_broken_file_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "ringback.yaml"
            path.write_text("log:\n  level: info\n")
            with Server("--config", str(path)) as server:
                path.write_text("log:\n  levle: debug\n")
                server.process.send_signal(signal.SIGHUP)
                until(lambda: [l for l in server.logs() if l["level"] == "error" and "levle" in json.dumps(l)], what="the error in the log")
                self.assertEqual(server.order("ORD-839201").status, 200)

    def reloading(self, before, after, *, when=lambda server: None, env=None):
        """Starts with one file, does `when`, writes the other one and sends SIGHUP; gives the server and the log line."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(folder) / "ringback.yaml"
        path.write_text(before.replace("FOLDER", folder))
        server = self.enterContext(Server("--config", str(path), env=env))
        when(server)
        path.write_text(after.replace("FOLDER", folder))
        return server, self.hang_up(server)

    def hang_up(self, server):
        def lines():
            return [line for line in server.logs() if line["message"].startswith(("configuration read again", "the configuration"))]
        seen = len(lines())
        server.process.send_signal(signal.SIGHUP)
        return until(lambda: lines()[seen:], what="the line about the configuration")[0]

    def test_a_lower_limit_on_bodies(self):
        body = {"number": "+15551230000", "name": "x" * 90}
        ask = lambda server, key: server.ask("POST", "/v1/callbacks", {"Idempotency-Key": key}, body).status
        server, line = self.reloading("", "server:\n  limits:\n    body: 100B\n",
                                      when=lambda server: self.assertEqual(ask(server, "before"), 202))
        self.assertEqual(line["needs_restart"], [])
        until(lambda: ask(server, "after") == 413, what="413")

    def test_verification_holds_for_orders_that_are_remembered(self):
        server, _ = self.reloading("", "orders:\n  verify: caller_number\n",
                                   when=lambda server: self.assertEqual(server.order("ORD-839201").status, 200))
        answer = server.order("ORD-839201")
        self.assertEqual((answer.status, answer.json["code"]), (404, "order_not_found"))
        self.assertEqual(len(server.asked("/orders/ORD-839201")), 1)

    def test_a_secret_that_was_rotated_in_its_file(self):
        with tempfile.TemporaryDirectory() as folder:
            secret = pathlib.Path(folder) / "secret"
            secret.write_text("wrong\n")
            with Server(settings={"guide_shop.client_secret_file": str(secret)}) as server:
                self.assertEqual(server.order("ORD-839201").status, 503)
                secret.write_text("guide-shop-secret\n")
                self.hang_up(server)
                self.assertEqual(server.order("ORD-839201").status, 200)
                self.assertNotIn("guide-shop-secret", server.log_path.read_text())

    def test_what_earns_points(self):
        key = {"X-API-Key": "a key of 20 letters."}

        def tell(server, kind):
            event = {"event_id": f"e-{kind}", "customer_id": "u-4711", "type": kind}
            return server.ask("POST", "/v1/webhooks/genesys", key, event)

        earning = "loyalty:\n  earning:\n    - {when: \"$.type = 'KIND'\", event_type: chat}\n"
        server, line = self.reloading(earning.replace("KIND", "WebChat"), earning.replace("KIND", "Voice"),
                                      when=lambda server: self.assertEqual(tell(server, "WebChat").json["state"], "received"),
                                      env={"RINGBACK_WEBHOOKS_GENESYS_API_KEY": key["X-API-Key"]})
        self.assertEqual(line["needs_restart"], [])
        self.assertEqual(tell(server, "Voice").json["state"], "received")
        self.assertEqual(tell(server, "Email").json["state"], "ignored")

    def test_what_needs_a_restart_is_named_until_then(self):
        server, line = self.reloading("", "server:\n  loops: 1\n")
        self.assertEqual(line["needs_restart"], ["server.loops"])
        self.assertEqual(self.hang_up(server)["needs_restart"], ["server.loops"])

    def test_a_pattern_that_cannot_be_read_changes_nothing_else(self):
        server, line = self.reloading("", "orders:\n  verify: caller_number\n  id_pattern: '['\n")
        self.assertEqual(line["level"], "error")
        self.assertIn("orders.id_pattern", line["reason"])
        self.assertEqual(server.order("ORD-839201").status, 200)


class SeenFromOutside(unittest.TestCase):
    def test_every_line_of_the_log_is_json_with_its_request(self):
        with Server() as server:
            server.order("ORD-839201", X_Request_ID="call-4711")
            lines = until(lambda: [line for line in server.logs() if line.get("request_id") == "call-4711"], what="the access log")
            self.assertTrue(any(line.get("status") == 200 for line in lines), lines)

    def test_metrics_are_well_formed(self):
        with Server() as server:
            server.order("ORD-839201")
            server.order("ORD-839201")
            text = send("GET", server.url + "/metrics").body
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
            for name in ("http_requests_total", "http_request_duration_seconds", "upstream", "breaker", "cache", "token"):
                self.assertIn(name, text.decode())

    def test_trace_context_is_passed_on(self):
        with Server() as server:
            trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            server.order("ORD-839201", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
            headers = {k.lower(): v for k, v in server.asked("/orders/ORD-839201")[0]["headers"].items()}
            self.assertTrue(headers["traceparent"].startswith(f"00-{trace}-"))
            self.assertNotIn("00f067aa0ba902b7", headers["traceparent"])

    def test_no_card_number_in_anything_written(self):
        with Server(settings={"log.level": "debug"}) as server:
            for card in CANARIES:
                for field in ("number", "name", "order_id", "at", "other"):
                    server.ask("POST", "/v1/callbacks", {"Idempotency-Key": f"{card}"}, {"number": "+15551230000", field: card})
                server.ask("POST", "/v1/orders/ORD-839201/text", {"Idempotency-Key": card}, {"number": card})
                quoted = card.replace(" ", "%20")
                server.order(quoted, X_Request_ID=card.replace(" ", ""), X_Caller=card, User_Agent=card, Accept_Language=card, traceparent=card)
                server.ask("GET", f"/v1/orders/ORD-839201?card={quoted}&postal_code={quoted}")
                send("POST", server.url + "/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"},
                     f"grant_type=client_credentials&client_id={quoted}&client_secret={quoted}&scope={quoted}".encode())
                for path in ("/oauth/introspect", "/oauth/revoke"):
                    send("POST", server.url + path, {"Content-Type": "application/x-www-form-urlencoded"}, f"token={quoted}".encode())
                send("GET", server.url + f"/{quoted}", {"Authorization": "Bearer " + card.replace(" ", "")})
            metrics = send("GET", server.url + "/metrics").body.decode()
            time.sleep(0.5)
            server.terminate()
            for card in CANARIES:
                bare = "".join(c for c in card if c.isdigit())
                for text in {card, bare}:
                    self.assertNotIn(text, metrics)
                    for path in server.folder.rglob("*"):
                        if path.is_file():
                            self.assertNotIn(text.encode(), path.read_bytes(), f"{text} in {path}")


class TheCommandLine(unittest.TestCase):
    def test_clients_are_added_listed_and_revoked(self):
        with tempfile.TemporaryDirectory() as folder:
            def run(*arguments):
                done = program(*arguments, "--data", folder, "--json", folder=folder)
                return done, [json.loads(line) for line in done.stdout.splitlines()]
            done, rows = run("clients", "add", "genesys", "--scope", "orders:read")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(rows[0]["client_secret"])
            client = rows[0]["client_id"]
            done, rows = run("clients", "list")
            self.assertEqual([row["client_id"] for row in rows], [client])
            self.assertNotIn("client_secret", rows[0])
            self.assertEqual(run("clients", "revoke", client)[0].returncode, 0)
            self.assertEqual(run("clients", "revoke", "nobody")[0].returncode, 1)

    def test_a_client_has_a_name(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("", " "):
                done = program("clients", "add", name, folder=folder)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertIn("The name is empty.", done.stderr)

    def test_help_is_one_object_too(self):
        for words in (["help"], ["help", "serve"], ["serve", "--help"]):
            done = program(*words, "--json")
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("Usage: ringback", json.loads(done.stdout)["text"])

    def test_migrate_says_what_it_does(self):
        with tempfile.TemporaryDirectory() as folder:
            first = program("migrate", "--data", folder, "--json", folder=folder)
            second = program("migrate", "--data", folder, "--json", folder=folder)
            self.assertEqual((first.returncode, second.returncode), (0, 0), first.stderr + second.stderr)
            self.assertGreater(len(first.stdout.splitlines()), len(second.stdout.splitlines()))

    def test_doctor_finds_what_is_wrong(self):
        with Server() as server:
            (server.folder / "ringback.yaml").write_text(
                f"orders:\n  platform: guide_shop\nguide_shop:\n  url: {server.sandbox}/guide-shop\n  client_id: ringback\n")
            done = program("doctor", "--json", "--data", str(server.folder / "data"), folder=str(server.folder),
                           env={"RINGBACK_GUIDE_SHOP_CLIENT_SECRET": "wrong"})
            rows = {row["check"]: row for row in map(json.loads, done.stdout.splitlines()) if "check" in row}
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertEqual(rows["guide_shop"]["status"], "problem")
            self.assertTrue(rows["guide_shop"]["fix"])
            self.assertEqual(rows["database"]["status"], "good")

    def test_help_for_every_verb(self):
        for verb in ("serve", "sandbox", "call", "demo", "doctor", "config check", "config show", "clients add", "clients list", "clients revoke",
                     "jobs list", "jobs show", "jobs retry", "jobs cancel", "deadletters list", "deadletters show", "deadletters retry",
                     "deadletters discard", "returns list", "returns show", "returns move", "inbox list", "inbox show", "migrate", "version"):
            done = program("help", *verb.split())
            self.assertEqual(done.returncode, 0, verb)
            self.assertIn("Usage: ringback " + verb, done.stdout)


class DeadLetters(unittest.TestCase):
    def test_what_failed_is_found_run_again_and_given_up(self):
        with Server() as server:
            def run(*arguments, stdin=subprocess.DEVNULL):
                done = program(*arguments, "--data", str(server.folder / "data"), "--json", folder=str(server.folder), stdin=stdin)
                return done, [json.loads(line) for line in done.stdout.splitlines()]
            server.fault("genesys", status=400, path="/api/v2/conversations")
            for number in range(3):
                answer = server.ask("POST", "/v1/callbacks", {"Idempotency-Key": f"k-{number}"}, {"number": f"+1555123000{number}"})
                self.assertEqual(answer.status, 202, answer)
            group = until(lambda: [row for row in run("deadletters", "list")[1] if row["count"] == 3], what="three dead letters")[0]
            self.assertIn("400", group["cause"])
            job = group["example"]["job_id"]
            until(lambda: 'ringback_dead_letters{kind="orders.place_callback"} 3' in send("GET", server.url + "/metrics").body.decode(), what="the metric")

            done, shown = run("jobs", "show", job)
            self.assertEqual([attempt["outcome"] for attempt in shown[0]["attempts_kept"]], ["failed"])
            self.assertNotIn("+1555123", done.stdout)
            table = program("deadletters", "list", "--data", str(server.folder / "data"), folder=str(server.folder)).stdout
            self.assertLessEqual(max(map(len, table.splitlines())), 100, table)

            choice = ("--cause", group["cause"][:12] + "*", "--since", "1h")
            text = program("deadletters", "retry", *choice, "--dry-run", "--data", str(server.folder / "data"), folder=str(server.folder)).stdout
            self.assertEqual(text, "3 jobs would run again, at 5 a second, about 1 s.\n")
            terminal, typed = pty.openpty()
            refused, _ = run("deadletters", "retry", *choice, stdin=typed)
            self.assertEqual(refused.returncode, 2, refused)
            self.assertIn("--yes", refused.stderr)
            os.close(terminal), os.close(typed)
            done, rows = run("deadletters", "retry", *choice)
            self.assertEqual((done.returncode, rows), (0, [{"event": "retried", "count": 3, "per_second": 5, "seconds": 1}]))
            # The running server takes them up by itself; a call-back that has ended ends so again.
            until(lambda: len(run("jobs", "show", job)[1][0]["attempts_kept"]) == 3, what="the second run")
            attempts = run("jobs", "show", job)[1][0]["attempts_kept"]
            self.assertEqual([(a["trigger"], a["outcome"]) for a in attempts], [("runner", "failed"), ("manual", "ready"), ("runner", "failed")])

            self.assertEqual(run("jobs", "cancel", job)[0].returncode, 6)
            self.assertEqual(run("jobs", "show", "job_0")[0].returncode, 1)
            self.assertEqual(run("deadletters", "retry")[0].returncode, 2)
            self.assertEqual(run("deadletters", "retry", "--since", "yesterday")[0].returncode, 2)
            done, rows = run("deadletters", "discard", "--cause", "*")
            self.assertEqual((done.returncode, len(rows)), (0, 3), done)
            self.assertEqual(run("deadletters", "list")[1], [])
            self.assertEqual(run("jobs", "retry", job)[0].returncode, 6)


class ThePhoneCall(unittest.TestCase):
    FLOW = str(REPOSITORY / "genesys/flows/order-status.yaml")

    def call(self, server, keys, *more):
        done = program("call", self.FLOW, "--server", server.url, "--client-id", "dev", "--keys", keys, "--json", *more,
                       env={"RINGBACK_CLIENT_SECRET": server.ready["client_secret"]})
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_caller_hears_where_the_order_is(self):
        with Server() as server:
            done, events = self.call(server, "839201#")
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            speech = server.order("ORD-839201").json["speech"]
            self.assertTrue(any(speech in json.dumps(event, ensure_ascii=False) for event in events), (speech, done.stdout))
            self.assertNotIn(server.ready["client_secret"], done.stdout + done.stderr)

    def test_when_the_shop_is_down_the_caller_is_offered_a_way_out(self):
        with Server() as server:
            server.fault(status=500)
            done, events = self.call(server, "839204#,1")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            until(lambda: [e for e in server.inbox() if e["kind"] == "callback"], what="the call-back")

    def test_a_flow_that_cannot_be_played_is_refused_before_the_call(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "broken.yaml"
            path.write_text((REPOSITORY / "genesys/flows/order-status.yaml").read_text().replace("playAudio:", "playAudioOnSilence:", 1))
            done = program("call", str(path), "--keys", "1")
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("playAudioOnSilence", done.stderr)
            self.assertRegex(done.stderr, r"broken\.yaml:\d+:\d+: ")
            self.assertIn("The call was not placed.", done.stderr)

    def test_without_a_terminal_the_keys_are_needed(self):
        done = program("call", self.FLOW, env={"RINGBACK_CLIENT_SECRET": "x"})
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("--keys", done.stderr)

    def test_a_server_that_is_no_url_is_refused_before_the_call(self):
        done = program("call", self.FLOW, "--keys", "1", "--server", "localhost:8080", env={"RINGBACK_CLIENT_SECRET": "x"})
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertIn('"localhost:8080" is no URL', done.stderr)

    def test_a_person_at_a_terminal(self):
        with Server() as server:
            for keys, outcome in ((b"839201#", "completed"), (b"83\x03", "the caller hung up"), (None, None)):
                terminal, line = pty.openpty()
                before = termios.tcgetattr(line)
                call = subprocess.Popen([harness.BINARY, "call", self.FLOW, "--server", server.url], cwd=REPOSITORY, stdin=line, stdout=line, stderr=line,
                                        env={**os.environ, "RINGBACK_CLIENT_SECRET": server.ready["client_secret"]})
                seen = bytearray()

                def shows(text):
                    while select.select([terminal], [], [], 0)[0]:
                        seen.extend(os.read(terminal, 65536))
                    return text.encode() in seen

                until(lambda: shows("key in your order number"), what="the prompt")
                if keys:
                    os.write(terminal, keys)
                    until(lambda: shows(outcome), 60, f"{outcome} in {bytes(seen)!r}")
                    self.assertEqual(call.wait(10), 0)
                else:
                    self.assertNotEqual(termios.tcgetattr(line), before)
                    call.send_signal(signal.SIGTERM)
                    self.assertEqual(call.wait(10), -signal.SIGTERM)
                self.assertEqual(termios.tcgetattr(line), before)
                os.close(terminal)
                os.close(line)
