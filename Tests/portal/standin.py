"""What the widget talks to: a stand-in that keeps the contract's state in memory, or a real `ringback serve --dev`. Both offer the same to a test."""
import http.server
import json
import pathlib
import secrets
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORTAL = ROOT / "web/portal"
POLICY = ("default-src 'none'; script-src 'self'; connect-src 'self' {connect}; img-src 'self' https:; style-src 'self'; base-uri 'none'; "
          "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
FILES = {
    "/loyalty-widget/v1/bundle.min.js": (PORTAL / "dist/bundle.min.js", "text/javascript; charset=utf-8"),
    "/dev/portal": (PORTAL / "sample.html", "text/html; charset=utf-8"),
    "/dev/portal/sample.js": (PORTAL / "sample.js", "text/javascript; charset=utf-8"),
    "/dev/portal/sample.css": (PORTAL / "sample.css", "text/css; charset=utf-8"),
}
TIERS = [("bronze", "Bronze", 0), ("silver", "Silver", 2000), ("gold", "Gold", 5000)]


def moment(seconds=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds))


class Refusal(Exception):
    def __init__(self, status, code, **more):
        super().__init__(code)
        self.status, self.code, self.more = status, code, more


class StandIn:
    """A portal with its customers and rewards. Every call is made under one lock, as the ledger would."""

    def __init__(self, origins=()):
        self.origins, self.connect = origins, ""
        self.lock = threading.RLock()
        self.sessions, self.customers, self.rewards, self.answers = {}, {}, {}, {}
        portal = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body, kind="application/json", **headers):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                if self.headers["Origin"] in portal.origins:
                    headers |= {"Access-Control-Allow-Origin": self.headers["Origin"], "Vary": "Origin", "Access-Control-Expose-Headers": "Retry-After",
                                "Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Allow-Methods": "GET, POST"}
                for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                path = urllib.parse.urlsplit(self.path)
                if path.path in FILES:
                    file, kind = FILES[path.path]
                    return self.answer(200, file.read_bytes(), kind, **{"Content-Security-Policy": POLICY.format(connect=portal.connect)})
                self.portal(path.path, dict(urllib.parse.parse_qsl(path.query)), None)

            def do_OPTIONS(self):
                self.answer(204, b"")

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.portal(self.path, {}, body)

            def portal(self, path, query, body):
                with portal.lock:
                    try:
                        status, answer = portal.called(path, query, body, self.headers)
                    except Refusal as refusal:
                        status, answer = refusal.status, {"code": refusal.code, "status": refusal.status, **refusal.more}
                self.answer(status, answer)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # The tests cut connections.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server.socket.fileno() < 0:
            return
        self.server.shutdown()
        self.server.server_close()

    # What a test sets up and looks at

    def customer(self, name="u-1", points=3200, held=0, expiring=()):
        self.customers[name] = {"balance": points + held, "held": held, "version": 1, "receipts": [], "expiring": list(expiring), "history": [
            {"transaction_id": "txn_1", "type": "accrual", "points": points + held, "reason": "Welcome", "created_at": moment(-86400)}] if points else []}

    def session(self, name="u-1"):
        token = "pst_" + secrets.token_hex(8)
        self.sessions[token] = name
        return token

    def end_session(self, token):
        del self.sessions[token]

    def reward(self, reward_id, title, cost, **more):
        self.rewards[reward_id] = {"reward_id": reward_id, "title": {"en": title}, "description": {}, "point_cost": cost, "tier": None, "image_url": None,
                                   "stock": None, "limit_per_customer": None, "available_until": None, "methods": ["email"], "codes": [], **more}

    def change(self, reward_id, **more):
        with self.lock:
            self.rewards[reward_id].update(more)

    def receipts(self, name="u-1"):
        return self.customers[name]["receipts"]

    def available(self, name="u-1"):
        return self.customers[name]["balance"] - self.customers[name]["held"]

    # The contract (docs/reference/loyalty.md)

    def called(self, path, query, body, headers):
        token = (headers["Authorization"] or "").removeprefix("Bearer ")
        if token not in self.sessions:
            raise Refusal(401, "session_ended")
        name = self.sessions[token]
        customer, language = self.customers[name], (headers["Accept-Language"] or "en")[:2]
        if path == "/v1/portal/account":
            return 200, self.account(customer)
        if path == "/v1/portal/catalog":
            return 200, {"rewards": [self.offer(r, customer, name, language) for r in self.rewards.values()], "balance_version": customer["version"]}
        if path in ("/v1/portal/receipts", "/v1/portal/history"):
            kind = path.rpartition("/")[2]
            rows, start = customer[kind][::-1], int(query.get("cursor", 0))
            return 200, {kind: rows[start:start + 20], "next_cursor": str(start + 20) if len(rows) > start + 20 else None}
        if path == "/v1/portal/redeem":
            return self.redeem(name, customer, language, body)
        raise Refusal(404, "not_found")

    def account(self, customer):
        balance = customer["balance"]
        tier = [t for t in TIERS if balance >= t[2]][-1]
        following = next((t for t in TIERS if balance < t[2]), None)
        return {"balance": balance, "available": balance - customer["held"], "tier": tier[0], "tier_name": tier[1], "next_tier": following and {
            "tier": following[0], "name": following[1], "points_to_go": following[2] - balance, "progress": (balance - tier[2]) / (following[2] - tier[2])},
            "expiring": customer["expiring"], "balance_version": customer["version"], "as_of": moment(), "freshness": "live", "session_expires_at": moment(900)}

    def why_not(self, reward, customer, name):
        had = sum(r["reward_id"] == reward["reward_id"] for r in customer["receipts"])
        order = [t[0] for t in TIERS]
        if reward["tier"] and order.index(self.account(customer)["tier"]) < order.index(reward["tier"]):
            return "tier_too_low"
        if reward["limit_per_customer"] is not None and had >= reward["limit_per_customer"]:
            return "limit_reached"
        if reward["stock"] == 0:
            return "out_of_stock"
        return "insufficient_points" if customer["balance"] - customer["held"] < reward["point_cost"] else None

    def offer(self, reward, customer, name, language):
        said = lambda words: words.get(language) or words.get("en") or None
        had = sum(r["reward_id"] == reward["reward_id"] for r in customer["receipts"])
        why, stock = self.why_not(reward, customer, name), reward["stock"]
        return {"reward_id": reward["reward_id"], "title": said(reward["title"]), "description": said(reward["description"]), "point_cost": reward["point_cost"],
                "tier": reward["tier"], "image_url": reward["image_url"], "stock": stock, "available_until": reward["available_until"],
                "stock_level": "plenty" if stock is None or stock > 20 else "low" if stock else "out",
                "limit_left": None if reward["limit_per_customer"] is None else max(reward["limit_per_customer"] - had, 0),
                "fulfillment_methods": reward["methods"], "redeemable": why is None, "why_not": why}

    def redeem(self, name, customer, language, body):
        key = (name, body["idempotency_key"])
        if body.get("customer_hash", name) != name:
            raise Refusal(403, "wrong_customer")
        if key in self.answers:
            before, answer = self.answers[key]
            if before != body:
                raise Refusal(422, "idempotency_key_reused")
            return 201, answer
        reward = self.rewards.get(body["reward_id"])
        if not reward:
            raise Refusal(404, "reward_not_found")
        if body["point_cost"] != reward["point_cost"]:
            raise Refusal(409, "price_changed", point_cost=reward["point_cost"])
        why = self.why_not(reward, customer, name)
        if why:
            raise Refusal(422 if why == "tier_too_low" else 409, why)
        if body["fulfillment_method"] not in reward["methods"]:
            raise Refusal(422, "fulfillment_method_unknown")
        customer["balance"] -= reward["point_cost"]
        customer["version"] += 1
        if reward["stock"] is not None:
            reward["stock"] -= 1
        title = self.offer(reward, customer, name, language)["title"]
        code = reward["codes"].pop() if body["fulfillment_method"] == "code" else None
        receipt = {"receipt_id": "rcp_" + secrets.token_hex(6), "reward_id": reward["reward_id"], "title": title, "point_cost": reward["point_cost"],
                   "fulfillment_method": body["fulfillment_method"], "status": "fulfilled" if code else "pending", "code": code,
                   "transaction_id": "txn_" + secrets.token_hex(6), "created_at": moment()}
        customer["receipts"].append(receipt)
        customer["history"].append({"transaction_id": receipt["transaction_id"], "type": "redemption", "points": -reward["point_cost"], "reason": title,
                                    "created_at": receipt["created_at"]})
        answer = {**receipt, "balance": customer["balance"], "available": customer["balance"] - customer["held"], "balance_version": customer["version"],
                  "message": f"{title}: here is your code." if code else f"{title} is on its way to you by e-mail."}
        self.answers[key] = (body, answer)
        return 201, answer
