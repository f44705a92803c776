"""The part of `scripts/crash-test` in which recordings are paused: none that was promised is missing, and none stays paused."""
import concurrent.futures
import http.client
import random
import threading
import time
import uuid

import harness

CALLS, LIMIT_SECONDS = 6, 60
SETTINGS = f"recording:\n  pause_limit: {LIMIT_SECONDS}s\n"


class Recordings:
    def __init__(self, credentials, seed, sandbox):
        self.credentials, self.sandbox, self.dice = credentials, sandbox, random.Random(f"{seed}/recordings")
        self.lock, self.calls, self.waiting = threading.Lock(), 0, []
        self.paused, self.odd, self.stay_paused = 0, [], []
        # When something was last asked of a call.
        self.asked = {}
        answer = harness.send("POST", sandbox + "/genesys/oauth/token", {
            "Authorization": "Basic " + harness.basic("7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10", "genesys-secret"),
            "Content-Type": "application/x-www-form-urlencoded"}, b"grant_type=client_credentials")
        assert answer.status == 200, answer
        self.centre = {"Authorization": "Bearer " + answer.json["access_token"]}

    @property
    def summary(self):
        return f"{self.paused} pauses acknowledged"

    def begin(self, number, url):
        self.url, self.token = url, harness.token_of(url, self.credentials, "recording:write")
        self.forget_what_is_over()
        for _ in range(CALLS):
            call = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
            begun = harness.send("POST", self.sandbox + "/_genesys/conversations", body={"id": call})
            assert begun.status == 201, begun
            self.calls += 1
            self.asked[call] = time.monotonic()
            # Some are paused twice, some resumed by hand as well.
            self.waiting += [(call, state) for state in self.dice.choice([["paused"], ["paused", "paused"], ["paused", "active"]])]

    def load(self, seconds):
        sends = sorted(((self.dice.uniform(0, seconds), *item) for item in self.waiting), key=lambda item: item[0])
        self.waiting, started = [], time.monotonic()

        def send(item):
            time.sleep(max(0, started + item[0] - time.monotonic()))
            self.send(*item[1:])

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(send, sends))

    def send(self, call, state):
        self.asked[call] = time.monotonic()
        try:
            answer = harness.send("POST", f"{self.url}/v1/conversations/{call}/recording", {"Authorization": "Bearer " + self.token},
                                  {"state": state}, timeout=20)
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.waiting.append((call, state))
            return
        with self.lock:
            if answer.status == 200 and answer.json["state"] == state:
                self.paused += state == "paused"
            elif answer.status in (409, 503, 504):
                self.waiting.append((call, state))
            else:
                self.odd.append(f"{state} of {call} was answered {answer!r}")

    def state(self, call):
        answer = harness.send("GET", f"{self.sandbox}/genesys/api/v2/conversations/{call}", self.centre)
        return answer.json["recordingState"].upper() if answer.status == 200 else str(answer.status)

    def forget_what_is_over(self):
        """Every pause ends by itself, at the latest a while after its limit: a job whose process was killed waits for its lease. The
        simulated contact centre forgets old calls, so this is looked at as it comes due."""
        for call, asked in list(self.asked.items()):
            is_over = asked + LIMIT_SECONDS + 90 < time.monotonic()
            if is_over and (state := self.state(call)) != "ACTIVE":
                self.stay_paused.append(f"{call} is {state}")
            if is_over:
                del self.asked[call]

    def finish(self, url):
        end = time.monotonic() + LIMIT_SECONDS + 95
        while self.asked and time.monotonic() < end:
            for call in [call for call in self.asked if self.state(call) == "ACTIVE"]:
                del self.asked[call]
            self.forget_what_is_over()
            time.sleep(0.5)

    def verdict(self, log, kills):
        print(f"{kills} kills, {self.calls} calls, {self.paused} pauses of their recording acknowledged")
        groups = [("recordings that stay paused", self.stay_paused), ("wrong answers of the recording", self.odd)]
        for what, violations in groups:
            print(f"{what}: {len(violations)}")
            for line in violations[:20]:
                print("  " + line)
        return not any(violations for _, violations in groups)
