import Core
import EventLoop
import HTTPClient
import HTTPMessages
import HTTPServer
import Orders
import Sandbox
import Synchronization
import Testing

@testable import CommercePlatforms

/// The connector and the simulated project with a connection between them, and the messages that a bridge brings back.
@Suite struct CommercetoolsOverTheWireTests {
  /// Where the bridge's messages arrive.
  private final class Messages: RequestHandler {
    private let bodies = Mutex<[JSONValue]>([])

    var all: [JSONValue] { bodies.withLock { $0 } }

    func respond(to request: Request) async -> Response {
      guard request.headers["webhook-signature"]?.hasPrefix("v1,") == true else { return Response(status: 401) }
      if let body = try? JSONValue(parsing: request.body) { bodies.withLock { $0.append(body) } }
      return Response(status: 204)
    }
  }

  @Test func conflictsALostAnswerAndTheMessages() async throws {
    let loop = try Loop(name: "commercetools-test")
    defer { loop.stop() }
    let (time, messages, http) = (SystemTime(), Messages(), try Client(loop: loop))
    let vendors = SandboxVendors(seed: 1, time: time, http: http)
    var configuration = ServerConfiguration()
    configuration.limits = SandboxVendors.serverLimits
    let server = try Server.start(configuration, loops: [loop], handler: vendors)
    let ringback = try Server.start(ServerConfiguration(), loops: [loop], handler: messages)
    vendors.sendWebhooks(of: .commercetools, to: ringback.url + "/v1/webhooks/standard-webhooks")
    try await play(Shop(url: server.url, http: http, time: time), messages)
    vendors.stop()
    await server.drain(deadline: .seconds(5))
    await ringback.drain(deadline: .seconds(5))
    await http.shutdown(grace: .zero)
  }

  private func play(_ shop: Shop, _ messages: Messages) async throws {
    let submission = CommercetoolsReturnTests.submission()
    _ = try await shop.control(.put, "/_limits", #"{"commercetools_conflicts":2}"#)
    // The third update is made, and its answer is lost.
    _ = try await shop.control(
      .put, "/_faults/commercetools",
      #"{"lose_answer":true,"reset":true,"body_contains":"\"version\":3","for_requests":1}"#)
    let isLost = await shop.losesTheAnswer(to: submission)
    #expect(isLost)
    let found = try #require(try await shop.connector.find(submission, context: shop.context))
    #expect(found.state == .authorized)
    #expect(found.rmaNumber == "ORD-839201-R3")
    let booked = try await shop.control(.get, "/_returns/commercetools", "")["returns"]?.array ?? []
    #expect(booked.map { $0["reference"]?.string } == ["ret_a"])
    _ = try await shop.control(
      .post, "/_returns/commercetools/\(booked.first?["id"]?.string ?? "")", #"{"action":"receive"}"#)
    while messages.all.count < 2 { try? await Task.sleep(for: .milliseconds(1)) }
    for body in messages.all {
      let hint = shop.connector.hint(topic: body["type"]?.string ?? "", body: body)
      #expect(hint == ReturnHint(orderID: submission.orderID))
    }
    #expect(Set(messages.all.map { $0["sequenceNumber"]?.integer }) == [1, 2])
    let now = try await shop.connector.read(found.id, of: submission.orderID, context: shop.context)
    #expect(now?.state == .received)
  }

  private struct Shop {
    let url: String
    let http: Client
    let connector: Commercetools

    init(url: String, http: Client, time: any TimeSource) {
      self.url = url
      self.http = http
      let client = SandboxVendors.Clients().commercetools
      let tokens = AccessTokenSource(
        name: "test", endpoint: TokenEndpoint(url: "\(url)/commercetools/oauth/token", clientID: client.id),
        secret: { Redacted(client.secret) }, http: http, time: time, random: SystemRandom())
      var configuration = Commercetools.Configuration(apiURL: url + "/commercetools", projectKey: "northwind")
      // In real time, beside a thousand other tests.
      configuration.timeout = .seconds(120)
      connector = Commercetools(configuration, http: http, tokens: tokens, time: time, random: SystemRandom())
    }

    var context: CallContext { CallContext(requestID: "call-77", trace: TraceContext(random: SystemRandom())) }

    func losesTheAnswer(to submission: ReturnSubmission) async -> Bool {
      do throws(ReturnPlatformError) {
        _ = try await connector.submit(submission, context: context)
        return false
      } catch {
        return if case .unknown = error { true } else { false }
      }
    }

    func control(_ method: HTTPMessages.Method, _ path: String, _ body: String) async throws -> JSONValue {
      let response = try await http.send(
        OutgoingRequest(method, url + path, body: method == .get ? nil : Array(body.utf8)))
      #expect((200..<300).contains(response.status), "\(path)")
      return (try? JSONValue(parsing: response.body)) ?? .null
    }
  }
}
