import Core
import HTTPMessages
import Testing

@testable import HTTPServer

private let get = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

@Suite struct ConnectionTests {
  @Test func answersAndKeepsTheConnection() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      for number in 0..<3 {
        let answer = try await client.exchange("GET /\(number) HTTP/1.1\r\nHost: a.example\r\n\r\n")
        #expect(answer.status == 200)
        #expect(answer.text == "GET /\(number) ")
        #expect(answer.headers["connection"] == nil)
        #expect(answer.headers["content-length"] == "\(answer.body.count)")
        #expect(answer.headers["date"] == "Wed, 18 Nov 2026 11:06:40 GMT")
      }
      #expect(test.server.counters.accepted == 1)
    }
  }

  @Test func answersPipelinedRequestsInOrder() async throws {
    let gate = Gate()
    let handler: @Sendable (Request) async -> Response = { request in
      if request.path == "/slow" { await gate.pass() }
      return .text(request.path)
    }
    try await TestServer.with(answering: handler) { test in
      let client = try test.client()
      client.send(
        ["/slow", "/b", "/c"].map { "GET \($0) HTTP/1.1\r\nHost: a.example\r\n\r\n" }.joined() + "POST /d HTTP/1.1\r\n")
      client.send("Host: a.example\r\nContent-Length: 2\r\n\r\nhi")
      while gate.arrivals == 0 { await test.server.sweep() }
      #expect(test.log.exchanges.isEmpty)
      gate.open()
      for path in ["/slow", "/b", "/c", "/d"] { #expect(try await client.answer().text == path) }
    }
  }

  @Test func stopsReadingWhileTheClientIsAhead() async throws {
    let gate = Gate()
    try await TestServer.with(answering: { _ in
      await gate.pass()
      return .text("")
    }) { test in
      let client = try test.client()
      client.send(get)
      while gate.arrivals == 0 { await test.server.sweep() }
      let flood = Array(String(repeating: get, count: 2_000_000).utf8)
      let taken = try await client.sendUntilStuck(flood, milliseconds: 300)
      #expect(taken < flood.count)
      gate.open()
    }
  }

  @Test func answersAfterTheClientHasEndedItsSide() async throws {
    let gate = Gate()
    try await TestServer.with(answering: { _ in
      await gate.pass()
      return .text("late")
    }) { test in
      let client = try test.client()
      client.send(get + get)
      client.endSending()
      while gate.arrivals == 0 { await test.server.sweep() }
      gate.open()
      #expect(try await client.answer().text == "late")
      #expect(try await client.answer().text == "late")
      #expect(try await client.rest() == "")
    }
  }

  @Test func bearsAClientThatGoesWhileItIsAnswered() async throws {
    let gate = Gate()
    try await TestServer.with(answering: { _ in
      await gate.pass()
      return Response(status: 200, body: Array(repeating: 65, count: 1 << 20))
    }) { test in
      var client: TestClient? = try test.client()
      client?.resetAtEnd()
      client?.send(get + get)
      while gate.arrivals == 0 { await test.server.sweep() }
      client = nil
      try await test.until { $0.open == 0 }
      gate.open()
      let other = try test.client()
      #expect(try await other.exchange(get).status == 200)
    }
  }

  @Test func headHasTheLengthButNoBody() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let head = try await client.exchange("HEAD /a HTTP/1.1\r\nHost: a.example\r\n\r\n", isHead: true)
      #expect(head.headers["content-length"] == "8")
      #expect(try await client.exchange(get).text == "GET /a ")
    }
  }

  @Test(arguments: [204, 304]) func someStatusesHaveNoBody(status: Int) async throws {
    try await TestServer.with(answering: { _ in Response(status: status, body: [1, 2, 3]) }) { test in
      let client = try test.client()
      for _ in 0..<2 {
        let answer = try await client.exchange(get)
        #expect(answer.status == status)
        #expect(answer.headers["content-length"] == nil)
      }
    }
  }

  @Test func http10ClosesUnlessAskedNotTo() async throws {
    try await TestServer.with { test in
      let closing = try test.client()
      #expect(try await closing.exchange("GET /a HTTP/1.0\r\n\r\n").headers["connection"] == "close")
      #expect(try await closing.rest() == "")
      let keeping = try test.client()
      for _ in 0..<2 {
        let answer = try await keeping.exchange("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(answer.headers["connection"] == "keep-alive")
      }
    }
  }

  @Test func closesWhenAskedTo() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let answer = try await client.exchange("GET /a HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
      #expect(answer.headers["connection"] == "close")
      #expect(try await client.rest() == "")
    }
  }

  @Test func saysContinueToWhoWaitsForIt() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let head = "POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
      #expect(try await client.exchange(head).status == 100)
      #expect(try await client.exchange("hello").text == "POST /a hello")
      // The body came with the header: nobody waits.
      #expect(try await client.exchange(head + "hello").status == 200)
    }
  }

  @Test func refusesToContinueWhatIsTooLarge() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let answer = try await client.exchange(
        "POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n")
      #expect(answer.status == 413)
    }
  }

  @Test func readsChunkedBodies() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      client.send("POST /a HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")
      client.send("llo\r\n6\r\n world\r\n")
      #expect(try await client.exchange("0\r\n\r\n").text == "POST /a hello world")
    }
  }

  @Test func writesLargeAnswersWhole() async throws {
    let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await TestServer.with(answering: { _ in Response(status: 200, body: body) }) { test in
      let client = try test.client()
      for _ in 0..<2 { #expect(try await client.exchange(get).body == body) }
    }
  }

  @Test(arguments: [
    ("call-1.A_b~:/+=@", true), ("", false), (String(repeating: "a", count: 128), true),
    (String(repeating: "a", count: 129), false), ("a b", false), ("<script>", false), ("a\u{E9}", false),
  ])
  func takesARequestIDThatIsSafe(given: String, taken: Bool) async throws {
    try await TestServer.with(answering: { .text($0.context.requestID) }) { test in
      let client = try test.client()
      let answer = try await client.exchange("GET /a HTTP/1.1\r\nHost: a.example\r\nX-Request-ID: \(given)\r\n\r\n")
      #expect(answer.headers["x-request-id"] == answer.text)
      #expect((answer.text == given) == taken)
      if !taken { #expect(answer.text.hasPrefix("req_")) }
    }
  }

  @Test func takesTheTraceOrBeginsOne() async throws {
    try await TestServer.with(answering: { .text($0.context.trace.traceID) }) { test in
      let client = try test.client()
      let id = "4bf92f3577b34da6a3ce929d0e0e4736"
      let given = try await client.exchange(
        "GET /a HTTP/1.1\r\nHost: a.example\r\nTraceparent: 00-\(id)-00f067aa0ba902b7-01\r\n\r\n")
      #expect(given.text == id)
      let made = try await client.exchange(get).text
      #expect(made.utf8.count == 32 && made != id)
    }
  }

  @Test func handlersCannotBreakTheFraming() async throws {
    let headers: Headers = [
      "X-A": "b\r\nX-Evil: 1", "Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "upgrade",
      "Bad Name": "c", "X-Request-ID": "other", "Date": "never",
    ]
    try await TestServer.with(answering: { _ in Response(status: 200, headers: headers, body: [65, 66]) }) { test in
      let client = try test.client()
      let answer = try await client.exchange(get)
      #expect(answer.headers["x-a"] == "b  X-Evil: 1")
      #expect(answer.headers["x-evil"] == nil)
      #expect(answer.headers.all("content-length") == ["2"])
      #expect(answer.headers.all("x-request-id").count == 1)
      #expect(answer.headers.all("date").count == 1)
      for name in ["transfer-encoding", "connection", "bad name"] { #expect(answer.headers[name] == nil) }
      #expect(try await client.exchange(get).text == "AB")
    }
  }

  @Test func tellsTheObserverOfEachAnswer() async throws {
    struct Open: AccessControl {
      func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
        Caller(clientID: "a", scopes: [])
      }
    }
    let router = Router(
      [Route(.get, "/v1/orders/{id}", access: .open) { _ in .text("hello") }], access: Open())
    try await TestServer.with(handler: router) { test in
      let client = try test.client()
      _ = try await client.exchange("GET /v1/orders/1 HTTP/1.1\r\nHost: a.example\r\nX-Request-ID: one\r\n\r\n")
      _ = try await client.exchange(get)
      _ = try await client.exchange("BAD\r\n")
      // The observer is told on the loop, after the answer has left.
      await test.server.sweep()
      let seen = test.log.exchanges
      #expect(seen.map(\.status) == [200, 404, 400])
      #expect(seen.map(\.route) == ["/v1/orders/{id}", nil, nil])
      #expect(seen.map(\.refusal) == [nil, nil, .requestLine])
      #expect(seen[0].requestID == "one")
      #expect(seen[0].request?.path == "/v1/orders/1")
      #expect(seen[0].peer == Peer(address: "127.0.0.1", isTLS: false))
      #expect(seen[0].bytes > 100)
    }
  }
}

@Suite struct RefusalTests {
  @Test(arguments: mustReject) func refusesOverASocketAndCloses(_ framing: Framing) async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let answer = try await client.exchange(framing.text)
      let problem = try #require(framing.refusal).problem
      #expect(answer.status == problem.status)
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.headers["connection"] == "close")
      let body = try JSONValue(parsing: answer.body)
      #expect(body["code"]?.string == problem.code)
      #expect(body["request_id"]?.string == answer.headers["x-request-id"])
      #expect(try await client.rest() == "")
      #expect(test.log.exchanges.count == 1)
      #expect(test.server.counters.refusals == [framing.refusal!: 1])
    }
  }

  @Test(arguments: [
    ("GET /" + String(repeating: "a", count: 9_000), 414, "uri_too_long"),
    ("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 17_000), 431, "headers_too_large"),
    ("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 101), 431, "headers_too_large"),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413, "body_too_large"),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413, "body_too_large"),
  ])
  func refusesWhatIsTooLarge(text: String, status: Int, code: String) async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let answer = try await client.exchange(text)
      #expect(answer.status == status)
      #expect(try JSONValue(parsing: answer.body)["code"]?.string == code)
      #expect(try await client.rest() == "")
    }
  }

  @Test func aClientThatGoesOnSendingStillReadsTheRefusal() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
      client.send([UInt8](repeating: 65, count: 3_000_000))
      #expect(try await client.answer().status == 413)
    }
  }

  @Test func keepsTheRequestIDOfARefusedRequest() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let answer = try await client.exchange("GET / HTTP/1.1\r\nX-Request-ID: call-7\r\nbad name: 1\r\n\r\n")
      #expect(answer.headers["x-request-id"] == "call-7")
    }
  }

  @Test func answersWhatCameBeforeTheRefusal() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      #expect(try await client.exchange(get + "BAD\r\n" + get).status == 200)
      #expect(try await client.answer().status == 400)
      #expect(try await client.rest() == "")
    }
  }
}
