"""Chromium, driven by its DevTools protocol over two pipes: JSON that ends in a zero byte. Nothing but Python's standard library."""
import base64
import fcntl
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time


class Failed(AssertionError):
    pass


class Browser:
    """One Chromium with a profile of its own; each page has a context of its own (no shared cookies or cache)."""

    def __init__(self, program="chromium"):
        self.profile = tempfile.mkdtemp(prefix="ringback-portal-")
        to_browser, ours = os.pipe()
        theirs, from_browser = os.pipe()[::-1]
        self.output, self.input = os.fdopen(ours, "wb", 0), from_browser

        def fds():
            # Chromium reads from 3 and writes to 4.
            first, second = fcntl.fcntl(to_browser, fcntl.F_DUPFD, 10), fcntl.fcntl(theirs, fcntl.F_DUPFD, 10)
            os.dup2(first, 3)
            os.dup2(second, 4)
            os.close(first)
            os.close(second)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
             "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--no-default-browser-check",
             "--force-color-profile=srgb", "--hide-scrollbars", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=fds, close_fds=False, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(theirs)
        self.lock = threading.Lock()
        self.number, self.answers, self.sessions = 0, {}, {}
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        rest = b""
        while True:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                return
            *messages, rest = (rest + piece).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self.answers[message["id"]].put(message)
                elif message.get("sessionId") in self.sessions:
                    self.sessions[message["sessionId"]].event(message["method"], message["params"])

    def post(self, method, session=None, **parameters):
        """Sends without waiting; what reads the pipe may not wait for an answer on it."""
        with self.lock:
            self.number += 1
            number, self.answers[self.number] = self.number, queue.Queue()
            message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
            self.output.write(json.dumps(message).encode() + b"\0")
        return number

    def call(self, method, session=None, **parameters):
        number = self.post(method, session, **parameters)
        try:
            answer = self.answers[number].get(timeout=30)
        except queue.Empty:
            raise Failed(f"no answer to {method}") from None
        del self.answers[number]
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def page(self, width=1000, height=900, dark=False):
        return Page(self, width, height, dark)

    def quit(self):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except Exception:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)


KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}


class Page:
    def __init__(self, browser, width, height, dark):
        self.browser = browser
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        self.target = browser.call("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.sessions[self.session] = self
        self.requests, self.problems, self.faults = [], [], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.size(width, height)
        self.media(dark)
        # Every page of the tests sees what the widget tells and what the page's policy forbids.
        self.call("Page.addScriptToEvaluateOnNewDocument", source="""
            window.violations = [];
            addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + ' ' + event.blockedURI));
        """)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def size(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, dark=False, reduced=True):
        """Without motion unless a test wants it: a transition would make what is measured depend on the moment."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced else "no-preference"}])

    # What happens in the page

    def event(self, method, parameters):
        if method == "Network.requestWillBeSent":
            self.requests.append((parameters["request"]["method"], parameters["request"]["url"], parameters["request"].get("postData")))
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["source"] == "security":
            self.problems.append(parameters["entry"]["text"])
        elif method == "Fetch.requestPaused":
            self.paused(parameters)

    def paused(self, parameters):
        number, url = parameters["requestId"], parameters["request"]["url"]
        preflight = parameters["request"]["method"] == "OPTIONS"
        fault = None if preflight else next((f for f in self.faults if f["path"] in url and f["times"] > 0), None)
        answered = "responseStatusCode" in parameters or "responseErrorReason" in parameters
        if fault and answered == fault["after"]:
            fault["times"] -= 1
            if fault.get("status"):
                self.browser.post("Fetch.fulfillRequest", self.session, requestId=number, responseCode=fault["status"], body=base64.b64encode(
                    json.dumps(fault.get("body") or {"code": "test"}).encode()).decode(), responseHeaders=[
                    {"name": "Content-Type", "value": "application/problem+json"}, *({"name": k, "value": v} for k, v in fault["headers"].items())])
            elif fault.get("hold"):
                fault["held"].append(number)
            else:
                self.browser.post("Fetch.failRequest", self.session, requestId=number, errorReason="ConnectionReset")
        else:
            self.browser.post("Fetch.continueRequest", self.session, requestId=number)

    def fault(self, path, times=1, after=False, hold=False, status=None, body=None, **headers):
        """The next requests of `path`: cut off before the server sees them, or `after` it has done what was asked; answered with a status; held."""
        if not self.faults:
            self.call("Fetch.enable", patterns=[{"urlPattern": "*/v1/portal/*", "requestStage": stage} for stage in ("Request", "Response")])
        fault = {"path": path, "times": times, "after": after, "hold": hold, "held": [], "status": status, "body": body,
                 "headers": {k.replace("_", "-"): v for k, v in headers.items()}}
        self.faults.insert(0, fault)
        return fault

    def release(self, fault):
        for number in fault["held"]:
            self.browser.post("Fetch.continueRequest", self.session, requestId=number)

    def offline(self, offline=True):
        self.call("Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1)

    # What a test does

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def js(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, expression, seconds=20):
        """Polls: what is waited for happens in another process."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                # A node is there, or it is not; it does not travel.
                value = self.js(f"(async () => {{ const value = await ({expression}); return value instanceof Node || value; }})()")
            except Failed as error:
                value, last = None, error
            else:
                last = value
            if value:
                return value
            time.sleep(0.03)
        raise Failed(f"not in {seconds} s: {expression} (last: {last})")

    def click(self, expression, count=1, meanwhile=None):
        """A real click of the mouse in the middle of the element that `expression` gives; `count` 2 is a double click. `meanwhile` is run
        while the button is down."""
        box = self.wait(f"""(() => {{ const node = {expression}; if (!node) return null; node.scrollIntoView({{block: 'center'}});
            const box = node.getBoundingClientRect(), point = [box.x + box.width / 2, box.y + box.height / 2];
            if (!box.width || !node.contains(node.getRootNode().elementFromPoint(...point))) return null;
            window.hit = false;
            // What is there when it is clicked: it may have been drawn anew since.
            document.documentElement.addEventListener('click', (event) => window.hit = event.composedPath().includes({expression}), {{capture: true, once: true}});
            return point; }})()""")
        for clicks in range(1, count + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=clicks)
                if kind == "mousePressed" and clicks == 1 and meanwhile:
                    self.js(meanwhile)
        # What was drawn between the look and the click may have moved it away; a customer would click again.
        if not self.js("window.hit"):
            self.click(expression, count, meanwhile)

    def key(self, key, shift=False):
        text = {"Enter": "\r", " ": " "}.get(key)
        common = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def screenshot(self, file, full=True):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"] if full else None
        clip = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}} if full else {}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full, **clip)["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))

    def close(self):
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)
        del self.browser.sessions[self.session]
