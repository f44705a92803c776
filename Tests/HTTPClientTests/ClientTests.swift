import Core
import EventLoop
import Glibc
import HTTPClient
import HTTPMessages
import Testing

/// A client on a loop of its own, with a peer.
final class Rig: Sendable {
  let loop: Loop
  let client: Client
  let peer: FaultPeer

  init(_ peer: FaultPeer, _ change: (inout Client.Options) -> Void = { _ in }) throws {
    loop = try Loop(name: "test")
    var options = Client.Options()
    change(&options)
    client = try Client(loop: loop, options: options)
    self.peer = peer
  }

  func send(
    _ method: HTTPMessages.Method = .get, _ path: String = "/", headers: Headers = [:], body: String? = nil,
    timeout: Duration = .seconds(10), maximumBodySize: Int = 1 << 20
  ) async throws(HTTPClientError) -> IncomingResponse {
    try await client.send(
      OutgoingRequest(
        method, peer.url + path, headers: headers, body: body.map { Array($0.utf8) }, timeout: timeout,
        maximumBodySize: maximumBodySize))
  }

  func error(_ timeout: Duration = .seconds(10), _ method: HTTPMessages.Method = .get) async -> HTTPClientError? {
    do throws(HTTPClientError) { _ = try await send(method, timeout: timeout) } catch { return error }
    return nil
  }

  func end() async {
    await client.shutdown(grace: .zero)
    peer.stop()
    loop.stop()
  }
}

func waitUntil(_ condition: () -> Bool) async throws {
  while !condition() { try await Task.sleep(for: .milliseconds(1)) }
}

extension HTTPClientError {
  var isNotSent: Bool { if case .notSent = self { true } else { false } }
  var isInterrupted: Bool { if case .interrupted = self { true } else { false } }
  var isRefused: Bool { if case .refused = self { true } else { false } }
}

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  @Test func anAnswerHasStatusHeadersAndBody() async throws {
    let rig = try Rig(
      FaultPeer(
        answering: response("{}", status: "404 Not Found", headers: "X-Mixed-CASE:  a b \r\nSet-C: 1\r\nset-c: 2\r\n")))
    let answer = try await rig.send()
    #expect(answer.status == 404)
    #expect(answer.headers["x-mixed-case"] == "a b")
    #expect(answer.headers.all("set-c") == ["1", "2"])
    #expect(answer.headers.map(\.name) == ["content-length", "x-mixed-case", "set-c", "set-c"])
    #expect(answer.body == Array("{}".utf8))
    await rig.end()
  }

  /// In one run on one connection, so that nothing of a request is left for the next.
  @Test func methodsAndBodiesAreWrittenAsGiven() async throws {
    let rig = try Rig(FaultPeer(answering: "HTTP/1.1 204 No Content\r\n\r\n"))
    let long = String(repeating: "x", count: 2_000_000)
    let cases: [(HTTPMessages.Method, String?, length: Int?)] = [
      (.get, nil, nil), (.post, "a=1", 3), (.get, nil, nil), (.head, nil, nil), (.put, "", 0), (.post, nil, 0),
      (.patch, "{}", 2), (.delete, nil, nil), (.options, nil, nil), (.delete, "{}", 2), (.post, long, 2_000_000),
      (.put, nil, 0), (.get, "{}", 2), (.get, nil, nil), (Method("PURGE"), nil, nil),
    ]
    for (method, body, _) in cases {
      let headers: Headers = body == "{}" ? ["content-type": "application/json", "x-empty": ""] : [:]
      #expect(try await rig.send(method, "/p?q=%20", headers: headers, body: body).status == 204)
    }
    #expect(rig.peer.requests.count == cases.count)
    for (request, (method, body, length)) in zip(rig.peer.requests, cases) {
      let lines = request.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
      let head = lines.prefix { !$0.isEmpty }.map { $0.lowercased() }
      #expect(lines[0] == "\(method) /p?q=%20 HTTP/1.1")
      #expect(head.filter { $0.hasPrefix("content-length") } == (length.map { ["content-length: \($0)"] } ?? []))
      #expect(head.filter { $0.hasPrefix("content-type") } == (body == "{}" ? ["content-type: application/json"] : []))
      #expect(head.contains("x-empty:") == (body == "{}"))
      #expect(!head.contains { $0.hasPrefix("expect") || $0.hasPrefix("transfer-encoding") })
      #expect(lines.last == body ?? "")
    }
    #expect(rig.peer.connectionCount == 1)
    await rig.end()
  }

  @Test func connectionsAreBoundedAndReused() async throws {
    let rig = try Rig(FaultPeer(answering: response())) { $0.connectionsPerHost = 2 }
    try await withThrowingTaskGroup { group in
      for _ in 0..<100 {
        group.addTask {
          let answer = try await rig.send()
          #expect(answer.status == 200)
        }
      }
      try await group.waitForAll()
    }
    #expect(rig.peer.requests.count == 100)
    #expect(rig.peer.connectionCount <= 2)
    await rig.end()
  }

  @Test func tasksOnTheLoopStayThere() async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    let stayed = await Task(executorPreference: rig.loop) {
      let answer = try? await rig.send()
      return answer?.status == 200 && rig.loop.isCurrent
    }.value
    #expect(stayed)
    await rig.end()
  }

  @Test func redirectsAreAnswersAndProxiesAreNotUsed() async throws {
    setenv("http_proxy", "http://127.0.0.1:1", 1)
    setenv("all_proxy", "http://127.0.0.1:1", 1)
    let rig = try Rig(FaultPeer(answering: response(status: "302 Found", headers: "Location: /other\r\n")))
    let answer = try await rig.send()
    #expect(answer.status == 302)
    #expect(answer.headers["location"] == "/other")
    #expect(rig.peer.requests.count == 1)
    await rig.end()
  }

  @Test func interimAnswersAndTrailersAreDropped() async throws {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"
    let rig = try Rig(FaultPeer(answering: interim + chunked))
    for _ in 0..<2 {
      let answer = try await rig.send()
      #expect(answer.headers.map(\.name) == ["transfer-encoding", "x-a"])
      #expect(answer.body == Array("ok".utf8))
    }
    await rig.end()
  }

  @Test(
    arguments: [
      ("Content-Length: 10\r\n", "0123456789", 10, nil), ("Content-Length: 11\r\n", "0123456789a", 10, .bodyTooLarge),
      ("Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n0\r\n\r\n", 10, nil),
      ("Transfer-Encoding: chunked\r\n", "b\r\n0123456789a\r\n0\r\n\r\n", 10, .bodyTooLarge),
      ("Content-Length: 0\r\n", "", 0, nil), ("Content-Length: 1\r\n", "x", 0, .bodyTooLarge),
    ] as [(String, String, Int, HTTPClientError?)])
  func bodiesAreBounded(header: String, body: String, limit: Int, expected: HTTPClientError?) async throws {
    let rig = try Rig(FaultPeer(answering: "HTTP/1.1 200 OK\r\n\(header)\r\n\(body)"))
    var error: HTTPClientError?
    do throws(HTTPClientError) { _ = try await rig.send(maximumBodySize: limit) } catch let thrown { error = thrown }
    #expect(error == expected)
    await rig.end()
  }

  @Test(arguments: [(63, false), (65, true), (4_000, true)])
  func headersAreBounded(kibibytes: Int, isRefused: Bool) async throws {
    let lines = String(repeating: "X-A: \(String(repeating: "a", count: 1_017))\r\n", count: kibibytes)
    let rig = try Rig(
      FaultPeer { connection in
        if connection.readRequest() != nil { connection.write(response(headers: lines)) }
      })
    let error = await rig.error()
    #expect((error?.isInterrupted ?? false) == isRefused)
    await rig.end()
  }
}
