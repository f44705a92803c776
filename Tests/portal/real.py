"""The same portal, by the real program: `ringback serve --dev` and its HTTP interface (docs/reference/loyalty.md)."""
import uuid

from harness import Server, send

SCOPES = "ledger:read ledger:write portal:create rewards:manage"
METHODS = ("email", "webhook", "code")


class Portal:
    def __init__(self, origins=()):
        self.server = Server(settings={"loyalty.portal_origins": ",".join(origins)} if origins else {})
        self.url, self.ids = self.server.url, {}

    def stop(self):
        if self.server:
            self.server.__exit__(None, None, None)
        self.server = None

    def ask(self, method, path, body=None, good=(200, 201, 204)):
        answer = self.server.ask(method, path, body=body, scope=SCOPES)
        assert answer.status in good, f"{method} {path}: {answer}"
        return answer

    def post(self, name, kind, points, **more):
        return self.ask("POST", "/v1/ledger/transaction/process", {"idempotency_key": str(uuid.uuid4()), "type": kind, "customer_id": name, "points": points, **more})

    def customer(self, name="u-1", points=3200, held=0, expiring=()):
        lasting = points + held - sum(lot["points"] for lot in expiring)
        if lasting:
            self.post(name, "accrual", lasting, reason="Welcome")
        for lot in expiring:
            self.post(name, "accrual", lot["points"], reason="Welcome", expires_at=lot["at"])
        if held:
            self.post(name, "hold", held)

    def session(self, name="u-1"):
        made = self.ask("POST", "/v1/portal/sessions", {"customer_id": name, "email": "ada@example.com"}).json
        self.ids[made["session_token"]] = made["session_id"]
        return made["session_token"]

    def end_session(self, token):
        self.ask("DELETE", f"/v1/portal/sessions/{self.ids.pop(token)}")

    def reward(self, reward_id, title, cost, methods=("email",), codes=(), **more):
        # What a hostile author might try is refused before it gets to a widget; then the rest of it is still tried.
        body = {"reward_id": reward_id, "title": {"en": title}, "point_cost": cost, "fulfillment": {"methods": list(methods)}, "active": True, **more}
        answer = self.ask("POST", "/v1/rewards", body, good=(200, 201, 400, 422))
        if answer.status >= 400:
            self.ask("POST", "/v1/rewards", {**body, "reward_id": f"RWD-{uuid.uuid4().hex[:8].upper()}", "image_url": None,
                                             "fulfillment": {"methods": [m for m in methods if m in METHODS]}})
        if codes:
            self.ask("POST", f"/v1/rewards/{reward_id}/codes", {"codes": list(codes)})

    def change(self, reward_id, stock=None, **more):
        if stock is not None:
            self.ask("POST", f"/v1/rewards/{reward_id}/stock", {"set": stock})
        if more:
            self.ask("PATCH", f"/v1/rewards/{reward_id}", more)

    def receipts(self, name="u-1"):
        answer = send("GET", self.url + "/v1/portal/receipts", {"Authorization": "Bearer " + self.session(name)})
        assert answer.status == 200, answer
        return answer.json["receipts"][::-1]

    def available(self, name="u-1"):
        return self.ask("POST", "/v1/ledger/balance/lookup", {"customer_id": name}).json["available"]
