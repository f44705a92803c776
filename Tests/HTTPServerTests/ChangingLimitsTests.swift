import Core
import HTTPMessages
import Testing

@testable import HTTPServer

private let get = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

@Suite struct ChangingLimitsTests {
  private func post(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// Returns once every loop has them.
  private func apply(_ test: TestServer, _ change: (inout ServerLimits) -> Void) async {
    var limits = ServerLimits()
    change(&limits)
    test.server.apply(limits)
    await test.server.sweep()
  }

  @Test(arguments: [1, 2]) func theNextRequestOfAnOpenConnectionIsHeldToThem(loops: Int) async throws {
    try await TestServer.with(loops: loops) { test in
      let client = try test.client()
      #expect(try await client.exchange(post("0123456789")).status == 200)
      await apply(test) { $0.request.body = 9 }
      #expect(try await client.exchange(post("012345678")).status == 200)
      #expect(try await client.exchange(post("0123456789")).status == 413)
      await apply(test) { $0.request.body = 10 }
      #expect(try await test.client().exchange(post("0123456789")).status == 200)
    }
  }

  /// A resource may take more than the others, however its bodies are framed.
  @Test func aRouteTakesWhatItSays() async throws {
    let router = Router(
      [
        Route(.post, "/long/{name}", access: .open, bodyLimit: 10) { .text("\($0.body.count)") },
        Route(.get, "/long/{name}", access: .open) { .text("\($0.body.count)") },
        Route(.post, "/short", access: .open) { .text("\($0.body.count)") },
        Route(.post, "/shorter", access: .open, bodyLimit: 1) { .text("\($0.body.count)") },
      ], access: Nobody())
    var configuration = ServerConfiguration()
    configuration.limits.request.body = 5
    try await TestServer.with(configuration, handler: router) { test in
      for (target, length, status) in [
        ("POST /long/a", 10, 200), ("POST /long/a", 11, 413), ("POST /long", 6, 413), ("GET /long/a", 5, 200),
        ("GET /long/a", 6, 413), ("POST /short", 5, 200), ("POST /short", 6, 413), ("POST /shorter", 5, 200),
      ] {
        let (body, head) = (String(repeating: "x", count: length), "\(target) HTTP/1.1\r\nHost: a\r\n")
        let whole = "\(head)Content-Length: \(length)\r\n\r\n\(body)"
        #expect(try await test.client().exchange(whole).status == status)
        let chunks = body.map { "1\r\n\($0)\r\n" }.joined()
        let chunked = "\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n"
        #expect(try await test.client().exchange(chunked).status == status)
      }
      // The next request on a connection is held to its own limit.
      let client = try test.client()
      #expect(
        try await client.exchange("POST /long/a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nxxxxxx").status == 200)
      #expect(
        try await client.exchange("POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nxxxxxx").status == 413)
    }
  }

  private struct Nobody: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
      throw Problem(status: 401, code: "invalid_token", title: "", detail: "")
    }
  }

  @Test func aRequestThatHasBegunKeepsItsOwn() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      let request = post("0123456789")
      client.send(get + request.dropLast(12))
      #expect(try await client.answer().status == 200)
      await apply(test) { $0.request.body = 9 }
      #expect(try await client.exchange(String(request.suffix(12))).status == 200)
      #expect(try await client.exchange(request).status == 413)
    }
  }

  @Test func deadlinesChangeAtOnce() async throws {
    try await TestServer.with { test in
      let client = try test.client()
      #expect(try await client.exchange(get).status == 200)
      await apply(test) { $0.keepAlive = .seconds(2) }
      test.time.advance(by: .milliseconds(1_999))
      await test.server.sweep()
      #expect(test.server.counters.open == 1)
      test.time.advance(by: .milliseconds(1))
      await test.server.sweep()
      #expect(test.server.counters.open == 0)
    }
  }

  @Test func connectionsThatAreTooManyByNowStayOpen() async throws {
    try await TestServer.with { test in
      let clients = try [test.client(), test.client()]
      for client in clients { #expect(try await client.exchange(get).status == 200) }
      await apply(test) { $0.connections = 1 }
      #expect(try await test.client().answer().status == 503)
      for client in clients { #expect(try await client.exchange(get).status == 200) }
      await apply(test) { $0.connectionsPerAddress = 3 }
      #expect(try await test.client().exchange(get).status == 200)
    }
  }
}
