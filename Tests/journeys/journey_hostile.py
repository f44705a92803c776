"""Bytes that no client of good will sends: each gets its answer, and the server lives on."""
import socket
import unittest

from harness import Server, send


class HostileBytes(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.port = int(self.server.url.rsplit(":", 1)[1])
        self.fields = f"Host: x\r\nAuthorization: Bearer {self.server.token()}\r\n".encode()

    def tearDown(self):
        self.assertEqual(send("GET", self.server.url + "/livez").status, 200)
        self.assertFalse([line for line in self.server.logs() if line["message"] == "a request met a bug"])

    def talk(self, data, ends=False):
        """Everything that comes back until the server closes; a server that hangs fails the test."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as line:
            answer = b""
            try:
                line.sendall(data)
                if ends:
                    line.shutdown(socket.SHUT_WR)
                while more := line.recv(65536):
                    answer += more
            except (ConnectionResetError, BrokenPipeError):
                pass
            return answer

    def status(self, *arguments, **more):
        answer = self.talk(*arguments, **more)
        return int(answer.split(b" ", 2)[1]) if answer else None

    def post(self, body, fields=b"", kind=b"application/json"):
        return self.status(b"POST /v1/callbacks HTTP/1.1\r\n" + self.fields + fields + b"Content-Type: " + kind + b"\r\nConnection: close\r\n"
                           + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def test_a_thousand_requests_in_one_breath(self):
        one = b"GET /v1/orders/ORD-839201 HTTP/1.1\r\n" + self.fields
        answer = self.talk((one + b"\r\n") * 999 + one + b"Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK\r\n"), 1000)

    def test_bodies(self):
        good = b'{"number":"+15551230000"}'
        for expected, body, *more in (
            (400, b"[" * 10_000 + b"]" * 10_000), (400, b'{"a":' * 10_000 + b"1" + b"}" * 10_000), (400, b""), (400, b"[]"), (400, b"null"),
            (400, b'{"number":"\xff\xfe"}'), (400, b'{"number":"\\ud800"}'), (422, b'{"number":"\\u0000"}'), (422, b'{"number":1e99999}'),
            (422, b'{"number":"+15551230000","at":"99999999999-12-31T23:59:60Z"}'), (400, b'{"number":"1","number":"2"}'),
            (400, good, b"Idempotency-Key: " + b"k" * 8000 + b"\r\n"), (400, good, b"Idempotency-Key: \xff\r\n"),
            (400, good, b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), (415, good, b"", b"text/plain"), (415, good, b"", b";;;"),
            (417, good, b"Expect: tea\r\n"),
        ):
            self.assertEqual(self.post(body, *more), expected, (body[:60], more))

    def test_a_body_that_waits_to_be_asked_for(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as line:
            line.sendall(b"POST /v1/callbacks HTTP/1.1\r\n" + self.fields + b"Content-Type: application/json\r\nContent-Length: 25\r\n"
                         b"Expect: 100-continue\r\n\r\n")
            self.assertTrue(line.recv(4096).startswith(b"HTTP/1.1 100 Continue\r\n\r\n"))
            line.sendall(b'{"number":"+15551230000"}')
            self.assertTrue(line.recv(4096).startswith(b"HTTP/1.1 202 "))

    def test_paths(self):
        for expected, path in (
            (404, "/v1/callbacks/%00"), (404, "/v1/callbacks/cb_%00"), (404, "/v1/callbacks/" + "x" * 5000), (422, "/v1/orders/ORD%2F839201"),
            (422, "/v1/orders/%00ORD-839201"), (422, "/v1/orders/" + "A" * 7000), (400, "/v1/orders/%zz"), (404, "/v1/orders/%ff%fe"),
            (404, "/v1/orders/../orders/ORD-839201"), (200, "/v1/orders/ORD-839201?postal_code=1&postal_code=2"), (400, "/v1/orders/ORD-839201?a=%zz"),
            (400, "/v1/orders/ORD-839201?%61ccess_token=x"), (414, "/" + "a" * (1 << 20)),
        ):
            answer = self.status(f"GET {path} HTTP/1.1\r\n".encode() + self.fields + b"Connection: close\r\n\r\n")
            self.assertEqual(answer, expected, path[:80])

    def test_ends_and_methods(self):
        self.assertEqual(self.status(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", ends=True), 200)
        self.assertIsNone(self.status(b"POST /v1/callbacks HTTP/1.1\r\n" + self.fields + b"Content-Length: 100\r\n\r\n{", ends=True))
        self.assertEqual(self.status(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n"), 431)
        for path in ("/v1/orders/ORD-839201", "/v1/callbacks", "/oauth/token", "/livez", "/metrics", "/openapi.json", "/nothing"):
            for method in ("HEAD", "OPTIONS", "TRACE", "FOO", "get"):
                answer = self.talk(f"{method} {path} HTTP/1.1\r\n".encode() + self.fields + b"Connection: close\r\n\r\n")
                status = int(answer.split(b" ", 2)[1])
                self.assertIn(status, (200, 204, 404, 405), (method, path))
                if method == "HEAD":
                    self.assertTrue(answer.endswith(b"\r\n\r\n"), (path, answer[-200:]))
