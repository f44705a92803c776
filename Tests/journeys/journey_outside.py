"""What stands around the server: certificates, Redis, another issuer of tokens."""
import base64
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import Process, Server, VENDOR_SECRETS, added_client, program, send, token_of, until, vendors_yaml


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="ringback-journey-")))

    def openssl(self, *words, **more):
        return subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True, **more).stdout


class OverTLS(Folder):
    SETTINGS = ("--set", "server.tls.certificate_file=tls.pem", "--set", "server.tls.key_file=tls-key.pem")

    def certify(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                     "-addext", "subjectAltName=DNS:localhost", "-keyout", "tls-key.pem", "-out", f"{name}.pem")
        shutil.copy(self.folder / f"{name}.pem", self.folder / "tls.pem")

    def curl(self, server, ca, *more):
        port = server.url.rsplit(":", 1)[1]
        return subprocess.run(["curl", "-sS", "--max-time", "5", "--cacert", ca, f"https://localhost:{port}/readyz", *more], cwd=self.folder,
                              capture_output=True, text=True).returncode

    def test_the_certificate_is_served_and_replaced(self):
        self.certify("old")
        with Process("serve", "--listen", "0.0.0.0:0", *self.SETTINGS, folder=self.folder) as server:
            self.assertTrue(server.url.startswith("https://"))
            self.assertEqual([self.curl(server, "old.pem", *more) for more in ([], ["--tls-max", "1.2"])], [0, 0])
            self.assertEqual(self.curl(server, "old.pem", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"), 35)
            self.certify("new")
            server.process.send_signal(signal.SIGHUP)
            until(lambda: self.curl(server, "new.pem") == 0, what="the new certificate")
            self.assertEqual(self.curl(server, "old.pem"), 60)
            (self.folder / "tls.pem").write_text("rubbish")
            server.process.send_signal(signal.SIGHUP)
            until(lambda: [line for line in server.logs() if line["level"] == "error" and "tls.pem" in json.dumps(line)], what="the error in the log")
            self.assertEqual(self.curl(server, "new.pem"), 0)

    def test_plain_http_stays_on_loopback(self):
        refused = program("serve", "--listen", "0.0.0.0:0", folder=self.folder)
        self.assertEqual(refused.returncode, 3, refused)
        self.assertIn("Without TLS only loopback", refused.stderr)
        with Process("serve", "--listen", "0.0.0.0:0", "--set", "server.insecure_http=true", folder=self.folder) as server:
            self.assertTrue(server.url.startswith("http://"))

    def test_files_that_do_not_fit_are_named(self):
        self.certify("one")
        shutil.copy(self.folder / "one.pem", self.folder / "tls.pem")
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tls-key.pem")
        done = program("serve", "--listen", "127.0.0.1:0", *self.SETTINGS, folder=self.folder)
        self.assertEqual(done.returncode, 3, done)
        self.assertIn("tls-key.pem", done.stderr)


@unittest.skipUnless(shutil.which("redis-server"), "Redis is not installed: nothing of it is tested here")
class WithRedis(Folder):
    def redis(self):
        self.running = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder],
                                        stdout=subprocess.DEVNULL)
        self.addCleanup(lambda: (self.running.kill(), self.running.wait()))

    def connected(self, server):
        return "ringback_redis_connected 1" in send("GET", server.url + "/metrics").body.decode()

    def test_what_one_instance_asked_the_other_need_not_ask(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.redis()
        sandbox = self.enterContext(Process("sandbox", "--listen", "127.0.0.1:0", folder=self.folder, log="sandbox.log"))
        (self.folder / "ringback.yaml").write_text(vendors_yaml(sandbox.url) + f"redis:\n  address: 127.0.0.1:{self.port}\n")
        client = added_client(folder=self.folder)
        shutil.copytree(self.folder / "ringback-data", self.folder / "second")
        first = self.enterContext(Process("serve", folder=self.folder, env=VENDOR_SECRETS, log="first.jsonl"))
        second = self.enterContext(Process("serve", "--data", "second", folder=self.folder, env=VENDOR_SECRETS, log="second.jsonl"))
        tokens = {server.url: {"Authorization": "Bearer " + token_of(server.url, client)} for server in (first, second)}
        look_up = lambda server, number: send("GET", f"{server.url}/v1/orders/{number}", tokens[server.url])
        for server in (first, second):
            until(lambda: self.connected(server), what="the connection to Redis")
        self.assertEqual(look_up(first, "ORD-839201").json["freshness"], "live")
        until(lambda: subprocess.run(["redis-cli", "-p", str(self.port), "DBSIZE"], capture_output=True, text=True).stdout.strip() != "0",
              what="the copy in Redis")
        self.assertEqual(look_up(second, "ORD-839201").json["freshness"], "cached")
        self.running.send_signal(signal.SIGSTOP)
        for number in ("ORD-839202", "ORD-839203", "ORD-839201"):
            answer = look_up(first, number)
            self.assertEqual(answer.status, 200)
            self.assertLess(answer.took, 1)
        self.running.kill()
        self.running.wait()
        for number in ("ORD-839204", "ORD-839205", "ORD-839201"):
            self.assertEqual(look_up(second, number).status, 200)
        self.assertEqual(send("GET", second.url + "/readyz").status, 200)
        self.redis()
        # Only a look-up of what is not in process asks Redis, and only callers who have not missed too often are looked up for.
        indexes = iter(range(10_000))

        def back():
            index = next(indexes)
            send("GET", f"{second.url}/v1/orders/ORD-77{index:04d}", {**tokens[second.url], "X-Caller": f"+1555{index:07d}"})
            return self.connected(second)
        until(back, 30, "the connection to be made again")


class AnotherIssuer(Folder):
    def key(self, name):
        self.openssl("genrsa", "-out", name, "2048")
        modulus = self.openssl("rsa", "-in", name, "-noout", "-modulus", text=True).strip().split("=")[1]
        return {"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, key, header=None, **claims):
        now = int(time.time())
        header = {"alg": "RS256", "typ": "at+jwt", "kid": "k1", **(header or {})}
        claims = {"iss": "https://idp.example", "aud": "ringback", "sub": "svc", "client_id": "svc", "iat": now, "exp": now + 300,
                  "jti": os.urandom(8).hex(), "scope": "order.view", **claims}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        return signed + "." + encoded(self.openssl("dgst", "-sha256", "-sign", key, input=signed.encode()))

    def test_its_tokens_are_good_for_the_scopes_that_are_mapped(self):
        body = json.dumps({"keys": [self.key("k1")]}).encode()
        self.key("other")
        asked = []

        class Keys(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        keys = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
        self.addCleanup(keys.server_close)
        self.addCleanup(keys.shutdown)
        threading.Thread(target=keys.serve_forever, daemon=True).start()
        path = self.folder / "ringback.yaml"
        path.write_text(f"identity:\n  issuers:\n    - issuer: https://idp.example\n      jwks_uri: http://127.0.0.1:{keys.server_port}/jwks\n"
                        "      audience: ringback\n      scopes:\n        - order.view=orders:read\n")
        with Server("--config", str(path)) as server:
            def ask(token, method="GET", path="/v1/orders/ORD-839201", body=None):
                answer = send(method, server.url + path, {"Authorization": "Bearer " + token, "Idempotency-Key": "k"}, body)
                return answer.status, answer.json.get("code")
            self.assertEqual(ask(self.token("k1")), (200, None))
            self.assertEqual(ask(self.token("k1"), "POST", "/v1/callbacks", {"number": "+15551230000"}), (403, "insufficient_scope"))
            self.assertEqual(ask(self.token("k1", scope="orders:read")), (403, "insufficient_scope"))
            for bad in (self.token("other"), self.token("k1", aud="else"), self.token("k1", iss="https://else.example"), self.token("k1", exp=1),
                        self.token("k1", {"typ": "JWT"}), self.token("k1", {"alg": "none"}), self.token("k1", {"alg": "HS256"}), self.token("k1", {"kid": "k9"})):
                self.assertEqual(ask(bad), (401, "invalid_token"))
            self.assertLessEqual(len(asked), 2)
