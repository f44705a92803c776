import Core
import HTTPMessages
import Synchronization
import Testing

@testable import HTTPServer

private let peer = Peer(address: "127.0.0.1", isTLS: false)
private let context = CallContext(requestID: "one", trace: TraceContext(random: SeededRandom(seed: 1)))

private func request(
  _ method: Method = .get, _ path: String, query: String? = nil, headers: Headers = [:], body: String = ""
) -> Request {
  Request(
    method: method, path: path, query: query, headers: headers, body: Array(body.utf8), peer: peer, context: context)
}

@Suite struct RouterTests {
  private struct Access: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller {
      guard request.headers["authorization"] == "Bearer \(scope)" else {
        throw Problem(status: 401, code: "invalid_token", title: "", detail: "")
      }
      return Caller(clientID: "shop", scopes: [scope])
    }

    func known(_ request: Request, scope: String) -> Caller? {
      request.headers["authorization"] == "Bearer remembered" ? Caller(clientID: "known", scopes: [scope]) : nil
    }
  }

  private struct Bug: Error {}

  private func router(explain: @escaping Router.Explain = { _, _ in .internalError }) -> Router {
    Router(
      [
        Route(.get, "/", access: .open) { _ in .text("root") },
        Route(.get, "/v1/orders/{order_id}", access: .open) { .text("order \($0.parameters["order_id"] ?? "")") },
        Route(.post, "/v1/orders/{order_id}/text", access: .open) { .text("text \($0.parameters["order_id"] ?? "")") },
        Route(.get, "/v1/orders/latest", access: .open) { _ in .text("latest") },
        Route(.get, "/v1/secret", access: .scope("secrets:read")) { .text($0.caller?.clientID ?? "") },
        Route(
          .get, "/v1/ready/{name}", access: .scope("secrets:read"),
          ready: { request in
            request.parameters["name"] == "yes" ? .text(request.caller?.clientID ?? "") : nil
          }, handler: { _ in .text("asked") }),
        Route(.get, "/bug", access: .open) { _ in throw Bug() },
        Route(.get, "/problem", access: .open) { _ in
          throw Problem(status: 409, code: "busy", title: "", detail: "", retryAfter: .milliseconds(1_500))
        },
      ], access: Access(), explain: explain)
  }

  @Test(
    arguments: [
      ("GET", "/v1/ready/yes", "Bearer remembered", "known"),
      ("GET", "/v1/ready/y%65s", "Bearer remembered", "known"),
      ("GET", "/v1/ready/no", "Bearer remembered", nil),
      ("GET", "/v1/ready/%FF", "Bearer remembered", nil),
      ("GET", "/v1/ready/yes", "Bearer secrets:read", nil),
      ("GET", "/v1/ready/yes", "Bearer stolen", nil),
      ("HEAD", "/v1/ready/yes", "Bearer remembered", nil),
      ("POST", "/v1/ready/yes", "Bearer remembered", nil),
      ("GET", "/v1/secret", "Bearer remembered", nil),
      ("GET", "/nowhere", "Bearer remembered", nil),
    ] as [(String, String, String, String?)])
  func whatIsReadyIsAnsweredAtOnce(method: String, path: String, authorization: String, text: String?) {
    let response = router().readyAnswer(
      to: request(Method(method), path, headers: ["authorization": authorization]))
    #expect(response.map { String(decoding: $0.body, as: UTF8.self) } == text)
    #expect(response?.route == (text == nil ? nil : "/v1/ready/{name}"))
  }

  @Test(
    arguments: [
      ("GET", "/", 200, "root", "/"),
      ("GET", "/v1/orders/7", 200, "order 7", "/v1/orders/{order_id}"),
      ("GET", "/v1/orders/a%20b", 200, "order a b", "/v1/orders/{order_id}"),
      ("GET", "/v1/orders/a%2Fb", 200, "order a/b", "/v1/orders/{order_id}"),
      ("HEAD", "/v1/orders/7", 200, "order 7", "/v1/orders/{order_id}"),
      ("GET", "/v1/orders/latest", 200, "latest", "/v1/orders/latest"),
      ("POST", "/v1/orders/7/text", 200, "text 7", "/v1/orders/{order_id}/text"),
      ("GET", "/v1/orders/%FF", 404, nil, "/v1/orders/{order_id}"),
      ("GET", "/v1/orders/", 404, nil, nil),
      ("GET", "/v1/orders", 404, nil, nil),
      ("GET", "/v1/orders/7/", 404, nil, nil),
      ("GET", "//v1/orders/7", 404, nil, nil),
      ("GET", "/V1/orders/7", 404, nil, nil),
      ("GET", "/v1/orders/7/text/8", 404, nil, nil),
      ("GET", "*", 404, nil, nil),
      ("OPTIONS", "*", 204, "", nil),
      ("DELETE", "/v1/orders/7", 405, nil, nil),
      ("OPTIONS", "/v1/orders/7", 204, "", nil),
      ("GET", "/v1/secret", 401, nil, "/v1/secret"),
      ("GET", "/problem", 409, nil, "/problem"),
      ("GET", "/bug", 500, nil, "/bug"),
    ] as [(String, String, Int, String?, String?)])
  func routes(method: String, path: String, status: Int, text: String?, route: String?) async {
    let response = await router().respond(to: request(Method(method), path))
    #expect(response.status == status)
    #expect(response.route == route)
    if let text { #expect(String(decoding: response.body, as: UTF8.self) == text) }
    if status >= 400 { #expect(response.headers["content-type"] == "application/problem+json") }
  }

  @Test func saysWhatIsAllowed() async {
    let response = await router().respond(to: request(.delete, "/v1/orders/7"))
    #expect(response.headers["allow"] == "GET, HEAD, OPTIONS")
  }

  @Test func letsInWhoHasTheScope() async {
    let response = await router().respond(
      to: request(.get, "/v1/secret", headers: ["Authorization": "Bearer secrets:read"]))
    #expect(String(decoding: response.body, as: UTF8.self) == "shop")
  }

  @Test func explainsBugsAndTellsTheCallerNothing() async {
    let seen = Mutex<[String]>([])
    let router = router { error, request in
      seen.withLock { $0.append("\(type(of: error)) \(request.path)") }
      return .internalError
    }
    let response = await router.respond(to: request(.get, "/bug"))
    #expect(seen.withLock { $0 } == ["Bug /bug"])
    #expect(!String(decoding: response.body, as: UTF8.self).contains("Bug()"))
    #expect(String(decoding: response.body, as: UTF8.self).contains("\"request_id\":\"one\""))
  }

  @Test func roundsRetryAfterUp() async {
    #expect(await router().respond(to: request(.get, "/problem")).headers["retry-after"] == "2")
  }
}

@Suite struct RequestBodyTests {
  @Test(
    arguments: [
      ("application/json", "{\"a\":1}", nil), ("application/json; charset=utf-8", "[]", nil),
      ("Application/JSON", "1", nil), ("application/merge-patch+json", "{}", nil),
      ("", "{}", "unsupported_media_type"), ("text/plain", "{}", "unsupported_media_type"),
      ("application/jsonx", "{}", "unsupported_media_type"), ("application/json", "", "invalid_json"),
      ("application/json", "{\"a\":1,\"a\":2}", "invalid_json"), ("application/json", "{} x", "invalid_json"),
      ("application/json", String(repeating: "[", count: 64) + String(repeating: "]", count: 64), nil),
      ("application/json", String(repeating: "[", count: 65) + String(repeating: "]", count: 65), "invalid_json"),
      ("application/json", String(repeating: "[", count: 500_000), "invalid_json"),
    ] as [(String, String, String?)])
  func readsJSON(type: String, body: String, code: String?) {
    let request = request(.post, "/", headers: type.isEmpty ? [:] : ["content-type": type], body: body)
    var thrown: Problem?
    do throws(Problem) { _ = try request.jsonBody() } catch { thrown = error }
    #expect(thrown?.code == code)
    if let thrown { #expect(thrown.status == (code == "invalid_json" ? 400 : 415)) }
  }
}

@Suite struct ResponseWriterTests {
  /// What the writer keeps of one answer must not show in the next.
  @Test func writesEachAnswerAsItIs() {
    var writer = ResponseWriter()
    func written(_ status: Int, _ headers: Headers, at second: Int64) -> [Substring] {
      writer.write(
        Response(status: status, headers: headers), requestID: "one", now: Timestamp(seconds: second),
        persistence: .keepAlive, isHead: false)
      return String(decoding: writer.bytes, as: UTF8.self).split(separator: "\r\n")
    }
    let constant: Headers = ["x-a": "1", "date": "ours", "x b": "no token", "x-c": "a\nb"]
    var changed = constant
    changed["x-a"] = "2"
    let (first, next) = ("date: Thu, 01 Jan 1970 00:00:00 GMT", "date: Thu, 01 Jan 1970 00:00:01 GMT")
    for _ in 0..<2 {
      #expect(
        written(200, constant, at: 0)
          == ["HTTP/1.1 200 OK", Substring(first), "x-request-id: one", "content-length: 0", "x-a: 1", "x-c: a b"])
    }
    #expect(
      written(404, constant, at: 0)
        == ["HTTP/1.1 404 Not Found", Substring(first), "x-request-id: one", "content-length: 0", "x-a: 1", "x-c: a b"])
    #expect(
      written(404, changed, at: 1)
        == ["HTTP/1.1 404 Not Found", Substring(next), "x-request-id: one", "content-length: 0", "x-c: a b", "x-a: 2"])
    #expect(
      written(200, [:], at: 1) == ["HTTP/1.1 200 OK", Substring(next), "x-request-id: one", "content-length: 0"])
  }

  @Test(
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ] as [(Int64, String)])
  func writesTheDate(seconds: Int64, date: String) {
    var writer = ResponseWriter()
    writer.write(
      Response(status: 200), requestID: "one", now: Timestamp(seconds: seconds), persistence: .keepAlive, isHead: false)
    #expect(String(decoding: writer.bytes, as: UTF8.self).contains("\r\ndate: \(date)\r\n"))
  }
}
