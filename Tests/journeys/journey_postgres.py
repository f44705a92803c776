import json
import pathlib
import shutil
import signal
import tempfile
import unittest

from harness import Process, VENDOR_SECRETS, added_client, program, send, token_of, until, vendors_yaml
from postgres import Postgres, binaries


@unittest.skipUnless(binaries() and shutil.which("psql"), "PostgreSQL is not installed: nothing of it is tested here")
class OnPostgreSQL(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres()
        self.addCleanup(self.postgres.remove)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="ringback-journey-")))
        self.sandbox = self.enterContext(Process("sandbox", "--listen", "127.0.0.1:0", folder=self.folder, log="sandbox.log"))
        (self.folder / "ringback.yaml").write_text(vendors_yaml(self.sandbox.url) + f"database:\n  url: {self.postgres.url}\n")

    def serve(self, name="log.jsonl", data=None):
        return self.enterContext(Process("serve", *(["--data", data] if data else []), folder=self.folder, env=VENDOR_SECRETS, log=name))

    def inbox(self):
        return [item for item in send("GET", self.sandbox.url + "/_inbox", {"Accept": "application/json"}).json["items"] if item["kind"] == "callback"]

    def test_the_verbs(self):
        run = lambda *words: program(*words, "--json", folder=self.folder, env=VENDOR_SECRETS)
        planned = run("migrate", "--dry-run")
        self.assertEqual(planned.returncode, 0, planned)
        self.assertIn("identity", planned.stdout)
        self.assertEqual(run("migrate").returncode, 0)
        self.assertNotIn("identity", run("migrate", "--dry-run").stdout)
        client = added_client(folder=self.folder)
        self.assertEqual([json.loads(line)["client_id"] for line in run("clients", "list").stdout.splitlines()], [client[0]])
        doctor = run("doctor")
        checks = {row["check"]: row for row in map(json.loads, doctor.stdout.splitlines()) if "check" in row}
        self.assertEqual(checks["database"]["status"], "good", doctor)
        self.assertIn("PostgreSQL", json.dumps(checks["database"]))
        self.postgres.kill()
        for words in (("clients", "list"), ("migrate",), ("serve",)):
            done = run(*words)
            self.assertEqual(done.returncode, 4, (words, done))
            self.assertIn("database", done.stderr, words)
            self.assertFalse((self.folder / "ringback-data/ringback.sqlite").exists())
        doctor = run("doctor")
        checks = {row["check"]: row for row in map(json.loads, doctor.stdout.splitlines()) if "check" in row}
        self.assertEqual((doctor.returncode, checks["database"]["status"]), (1, "problem"), doctor)

    def test_two_instances_share_clients_tokens_and_jobs(self):
        client = added_client(folder=self.folder)
        shutil.copytree(self.folder / "ringback-data", self.folder / "second")
        first, second = self.serve("first.jsonl"), self.serve("second.jsonl", "second")
        token = {"Authorization": "Bearer " + token_of(first.url, client)}
        self.assertEqual(send("GET", second.url + "/v1/orders/ORD-839201", token).status, 200)
        send("PUT", self.sandbox.url + "/_faults/genesys", body={"latency_ms": 300})
        bodies = set()
        for instance in (first, second):
            answer = send("POST", instance.url + "/v1/callbacks", {**token, "Idempotency-Key": "once"}, {"number": "+15551230000"})
            self.assertEqual(answer.status, 202, answer)
            bodies.add(answer.body)
        self.assertEqual(len(bodies), 1)
        status = lambda: send("GET", f"{second.url}/v1/callbacks/{json.loads(answer.body)['callback_id']}", token).json["status"]
        until(lambda: status() == "done", what="the call-back to be booked")
        self.assertEqual(len(self.inbox()), 1)
        self.assertEqual([first.end(signal.SIGTERM), second.end(signal.SIGTERM)], [0, 0])

    def test_the_database_goes_away_and_comes_back(self):
        client = added_client(folder=self.folder)
        server = self.serve()
        token = {"Authorization": "Bearer " + token_of(server.url, client)}
        self.assertEqual(send("GET", server.url + "/readyz").status, 200)
        book = lambda key: send("POST", server.url + "/v1/callbacks", {**token, "Idempotency-Key": key}, {"number": "+15551230000"})
        self.postgres.kill()
        until(lambda: send("GET", server.url + "/readyz").status == 503, what="503 of /readyz")
        answer = book("while-away")
        self.assertEqual((answer.status, answer.json["code"]), (503, "database_unavailable"), answer)
        self.assertEqual(send("GET", server.url + "/livez").status, 200)
        self.assertEqual(send("GET", server.url + "/v1/orders/ORD-839201", token).status, 200)
        self.postgres.start()
        until(lambda: send("GET", server.url + "/readyz").status == 200, what="200 of /readyz")
        self.assertEqual(book("while-away").status, 202)
        until(self.inbox, what="the call-back")
        self.assertFalse([line for line in server.logs() if line["message"] == "a request met a bug"])
