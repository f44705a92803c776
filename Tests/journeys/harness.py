"""Starts the real program in a private folder on free ports and talks to it as a client would."""
import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

BINARY = None
SCOPES = "orders:read callbacks:create messages:send returns:create returns:read"
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent


class Answer:
    def __init__(self, status, headers, body, took):
        self.status, self.headers, self.body, self.took = status, headers, body, took

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


def send(method, url, headers=None, body=None, timeout=40):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    started = time.monotonic()
    if isinstance(body, (dict, list)):
        body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read(), time.monotonic() - started)
    finally:
        connection.close()


def until(condition, seconds=15, what="the condition"):
    """Polls: what is waited for happens in another process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true in {seconds} s")


def program(*arguments, env=None, folder=None, stdin=subprocess.DEVNULL, timeout=60):
    """Runs `ringback` to its end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RINGBACK_")}
    return subprocess.run([BINARY, *arguments], cwd=folder or REPOSITORY, env={**environment, **(env or {})}, stdin=stdin,
                          capture_output=True, text=True, timeout=timeout)


class Server:
    """`ringback serve --dev`."""

    def __init__(self, *options, settings=None, env=None, folder=None, listen="127.0.0.1:0"):
        self.owns_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="ringback-journey-"))
        self.options, self.settings, self.listen = list(options), settings or {}, listen
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RINGBACK_")}
        self.environment = {**environment, **(env or {})}
        self.log_path = self.folder / "log.jsonl"
        self.start()

    def start(self):
        sets = [word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")]
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--dev", "--listen", self.listen, "--sandbox-listen", "127.0.0.1:0", "--data", str(self.folder / "data"), "--json", *sets, *self.options],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("it did not start: " + self.log_path.read_text()[-2000:])
        self.ready = json.loads(line)
        self.url, self.sandbox = self.ready["url"], self.ready["sandbox_url"]
        self.tokens = {}

    def token(self, scope="orders:read callbacks:create messages:send"):
        if scope not in self.tokens:
            basic = base64.b64encode(f"{self.ready['client_id']}:{self.ready['client_secret']}".encode()).decode()
            answer = send("POST", self.url + "/oauth/token",
                          {"Authorization": "Basic " + basic, "Content-Type": "application/x-www-form-urlencoded"},
                          urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope}).encode())
            assert answer.status == 200, answer
            self.tokens[scope] = answer.json["access_token"]
        return self.tokens[scope]

    def ask(self, method, path, headers=None, body=None, scope="orders:read callbacks:create messages:send", timeout=40):
        return send(method, self.url + path, {"Authorization": "Bearer " + self.token(scope), **(headers or {})}, body, timeout)

    def order(self, number, **headers):
        return self.ask("GET", f"/v1/orders/{number}", {k.replace("_", "-"): v for k, v in headers.items()})

    def fault(self, vendor="guide-shop", **fault):
        answer = send("PUT", f"{self.sandbox}/_faults/{vendor}", body=fault) if fault else send("DELETE", f"{self.sandbox}/_faults/{vendor}")
        assert answer.status < 300, answer

    def journal(self, vendor="guide-shop"):
        return send("GET", f"{self.sandbox}/_journal/{vendor}").json["entries"]

    def asked(self, text, vendor="guide-shop"):
        return [entry for entry in self.journal(vendor) if text in entry["path"]]

    def inbox(self):
        return send("GET", f"{self.sandbox}/_inbox", {"Accept": "application/json"}).json["items"]

    def logs(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines() if line.strip()]

    def in_background(self, call):
        box = {}
        thread = threading.Thread(target=lambda: box.update(answer=call()))
        thread.start()
        return lambda: (thread.join(60), box.get("answer"))[1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        self.process.stdout.close()
        self.log.close()

    def terminate(self, timeout=25):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.process.stdout.close()
        self.log.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class Process:
    """A long-running verb of `ringback` with --json: it is there when its ready line is."""

    def __init__(self, *arguments, folder, env=None, log="log.jsonl"):
        self.folder, self.arguments = pathlib.Path(folder), arguments
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RINGBACK_")}
        self.environment, self.log_path = {**environment, **(env or {})}, self.folder / log
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, *self.arguments, "--json"], cwd=self.folder, env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("it did not start: " + self.log_path.read_text()[-2000:])
        self.ready = json.loads(line)
        self.url = self.ready.get("url") or self.ready["sandbox_url"]

    def end(self, signal_number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        code = self.process.wait(25)
        self.process.stdout.close()
        return code

    def logs(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines() if line.strip()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


VENDOR_SECRETS = {"RINGBACK_GUIDE_SHOP_CLIENT_SECRET": "guide-shop-secret", "RINGBACK_GENESYS_CLIENT_SECRET": "genesys-secret"}


def vendors_yaml(sandbox):
    """The configuration of a server, not in development, that asks the simulated vendors of another process."""
    return f"""\
server:
  listen: 127.0.0.1:0
  public_url: http://127.0.0.1:1
orders:
  platform: guide_shop
guide_shop:
  url: {sandbox}/guide-shop
  client_id: ringback
genesys:
  api_url: {sandbox}/genesys
  login_url: {sandbox}/genesys
  client_id: 7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10
  queue_id: c6f1a2b4-5d8e-4f19-9f3b-2f6a7c8d9e10
  sms_from: "+15550100100"
"""


def added_client(*arguments, env=None, folder=None):
    """`clients add`: (id, secret) of a client with every scope of this server."""
    done = program("clients", "add", "journey", *(word for scope in SCOPES.split() for word in ("--scope", scope)), "--json",
                   *arguments, env=env, folder=folder)
    assert done.returncode == 0, done
    record = json.loads(done.stdout)
    return record["client_id"], record["client_secret"]


def basic(name, secret):
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


def token_of(url, client, scope=None):
    answer = send("POST", url + "/oauth/token",
                  {"Authorization": "Basic " + basic(*client), "Content-Type": "application/x-www-form-urlencoded"},
                  urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope or SCOPES}).encode())
    assert answer.status == 200, answer
    return answer.json["access_token"]
