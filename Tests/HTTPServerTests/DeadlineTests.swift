import Core
import HTTPMessages
import Synchronization
import Testing

@testable import HTTPServer

private let get = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

@Suite struct DeadlineTests {
  /// Sends a whole request and, in the same piece, the start of another: when the first is answered, the server has read
  /// both.
  private func begin(_ start: String, _ test: TestServer) async throws -> TestClient {
    let client = try test.client()
    #expect(try await client.exchange(get + start).status == 200)
    return client
  }

  private func pass(_ duration: Duration, _ test: TestServer) async {
    // The client may have its answer before the server has looked at the clock for what follows.
    await test.server.sweep()
    test.time.advance(by: duration)
    await test.server.sweep()
  }

  @Test func headerHasTenSecondsInAll() async throws {
    try await TestServer.with { test in
      let client = try await begin("GET / HTTP/1.1\r\n", test)
      for _ in 0..<9 {
        client.send("X")
        await test.server.sweep()
        await pass(.seconds(1), test)
      }
      await pass(.milliseconds(999), test)
      #expect(test.server.counters.refusals.isEmpty)
      await pass(.milliseconds(1), test)
      let answer = try await client.answer()
      #expect(answer.status == 408)
      #expect(try JSONValue(parsing: answer.body)["code"]?.string == "request_timeout")
      #expect(answer.headers["connection"] == "close")
      #expect(try await client.rest() == "")
    }
  }

  @Test func bodyIsMeasuredOverTheWholeOfIt() async throws {
    try await TestServer.with { test in
      let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
      let client = try await begin(head + String(repeating: "a", count: 10), test)
      await pass(.milliseconds(5_000), test)
      #expect(test.server.counters.refusals.isEmpty)
      await pass(.milliseconds(100), test)
      #expect(try await client.answer().status == 408)
      #expect(try await client.rest() == "")
    }
  }

  @Test func aBodyThatIsFastEnoughMayTakeLong() async throws {
    try await TestServer.with { test in
      let gate = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\nExpect: 100-continue\r\n\r\n"
      let client = try test.client()
      #expect(try await client.exchange(gate).status == 100)
      for _ in 0..<49 {
        client.send(String(repeating: "a", count: 1_000))
        await test.server.sweep()
        await pass(.seconds(1), test)
      }
      let answer = try await client.exchange(String(repeating: "a", count: 1_000))
      #expect(answer.text.hasPrefix("POST / aaa"))
    }
  }

  @Test func aBodyThatStopsIsNotExcusedByWhatCameBefore() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      #expect(
        try await client.exchange(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n\r\n"
        ).status == 100)
      client.send(String(repeating: "a", count: 50_000))
      await test.server.sweep()
      await pass(.seconds(29), test)
      #expect(test.server.counters.refusals.isEmpty)
      await pass(.seconds(1), test)
      #expect(try await client.answer().status == 408)
    }
  }

  @Test func idleConnectionsAreClosedWithoutAWord() async throws {
    try await TestServer.with { test in
      let client = try await begin("", test)
      await pass(.milliseconds(59_999), test)
      #expect(test.server.counters.open == 1)
      await pass(.milliseconds(1), test)
      #expect(test.server.counters.open == 0)
      #expect(try await client.rest() == "")
    }
  }

  @Test func aConnectionThatNeverSpeaksIsClosed() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      try await test.until { $0.open == 1 }
      await pass(.milliseconds(9_999), test)
      #expect(test.server.counters.open == 1)
      await pass(.milliseconds(1), test)
      #expect(try await client.rest() == "")
    }
  }

  @Test func aClientThatDoesNotReadItsAnswerIsCut() async throws {
    try await TestServer.with(answering: { _ in Response(status: 200, body: Array(repeating: 65, count: 64 << 20)) }) {
      test in
      let client = try test.client()
      client.send(get)
      while test.log.exchanges.isEmpty { await test.server.sweep() }
      await test.server.sweep()
      await pass(.seconds(29), test)
      #expect(test.server.counters.open == 1)
      await pass(.seconds(2), test)
      #expect(test.server.counters.open == 0)
      _ = client
    }
  }

  @Test func aHandlerThatNeverAnswersIsAnsweredFor() async throws {
    let wasCancelled = Mutex(false)
    let gate = Gate()
    try await TestServer.with(answering: { _ in
      await withTaskCancellationHandler {
        await gate.pass()
      } onCancel: {
        wasCancelled.withLock { $0 = true }
        gate.open()
      }
      return .text("too late")
    }) { test in
      let client = try test.client()
      client.send(get)
      while gate.arrivals == 0 { await test.server.sweep() }
      await pass(.milliseconds(29_999), test)
      #expect(test.log.exchanges.isEmpty)
      await pass(.milliseconds(1), test)
      let answer = try await client.answer()
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "5")
      #expect(wasCancelled.withLock { $0 })
      #expect(try await client.rest() == "")
    }
  }

  @Test func lingersAfterARefusalAndThenCloses() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      #expect(try await client.exchange("BAD\r\n").status == 400)
      try await test.until { $0.open == 1 }
      await pass(.seconds(2), test)
      #expect(test.server.counters.open == 0)
      _ = client
    }
  }
}

@Suite struct ConnectionLimitTests {
  @Test func turnsAwayWhatIsTooMany() async throws {
    var configuration = ServerConfiguration()
    configuration.limits.connections = 2
    try await TestServer.with(configuration) { test in
      let first = try test.client()
      var second: TestClient? = try test.client()
      for client in [first, second!] { #expect(try await client.exchange(get).status == 200) }
      let third = try test.client()
      let answer = try await third.answer()
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "1")
      #expect(answer.headers["x-request-id"]?.hasPrefix("req_") == true)
      #expect(try JSONValue(parsing: answer.body)["code"]?.string == "too_many_connections")
      #expect(try await third.rest() == "")
      #expect(test.server.counters.turnedAway == 1)
      _ = second
      second = nil
      try await test.until { $0.open == 1 }
      let fourth = try test.client()
      #expect(try await fourth.exchange(get).status == 200)
    }
  }

  @Test func countsEachAddressApart() {
    var limits = ServerLimits()
    limits.connectionsPerAddress = 2
    let limiter = ConnectionLimiter(limits)
    #expect([1, 1, 1, 2].map(limiter.admit) == [true, true, false, true])
    limiter.release(1)
    #expect(limiter.admit(1))
    #expect(limiter.counters.open == 3)
    #expect(limiter.counters.turnedAway == 1)
  }

  @Test func oneLineIsOneClient() throws {
    let clients = try ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map {
      try SocketAddress($0, port: 1).client
    }
    #expect(clients[0] == clients[1])
    #expect(clients[2] == clients[3])
    #expect(Set(clients).count == 3)
    #expect(try SocketAddress("::ffff:10.0.0.1", port: 1).text == "10.0.0.1")
    #expect(try SocketAddress("::1", port: 1).isLoopback)
    #expect(try SocketAddress("127.9.9.9", port: 1).isLoopback)
    #expect(try SocketAddress("::2", port: 1).isLoopback == false)
  }
}
