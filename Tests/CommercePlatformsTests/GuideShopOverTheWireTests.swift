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

/// The connector and the simulated shop with a connection between them, and the webhooks back.
@Suite struct GuideShopOverTheWireTests {
  /// Where the shop's webhooks arrive.
  private final class Hints: RequestHandler {
    private let bodies = Mutex<[JSONValue]>([])

    var all: [JSONValue] { bodies.withLock { $0 } }

    func respond(to request: Request) async -> Response {
      if let body = try? JSONValue(parsing: request.body) { bodies.withLock { $0.append(body) } }
      return Response(status: 204)
    }
  }

  private func withShop(_ body: (GuideShop, Control, Hints) async throws -> Void) async throws {
    let loop = try Loop(name: "guide-shop-test")
    defer { loop.stop() }
    let (time, hints, http) = (SystemTime(), Hints(), try Client(loop: loop))
    let vendors = SandboxVendors(seed: 1, time: time, http: http)
    var configuration = ServerConfiguration()
    configuration.limits = SandboxVendors.serverLimits
    let server = try Server.start(configuration, loops: [loop], handler: vendors)
    let ringback = try Server.start(ServerConfiguration(), loops: [loop], handler: hints)
    vendors.sendWebhooks(of: .guideShop, to: ringback.url + "/v1/webhooks/guide-shop")
    let client = SandboxVendors.Clients().guideShop
    let tokens = AccessTokenSource(
      name: "test", endpoint: TokenEndpoint(url: "\(server.url)/guide-shop/oauth/token", clientID: client.id),
      secret: { Redacted(client.secret) }, http: http, time: time, random: SystemRandom())
    var platform = GuideShop.Configuration(baseURL: server.url + "/guide-shop", currency: .euro)
    // In real time, beside a thousand other tests.
    platform.timeout = .seconds(120)
    let shop = GuideShop(platform, http: http, tokens: tokens, time: time, random: SystemRandom())
    try await body(shop, Control(http: http, url: server.url), hints)
    vendors.stop()
    await server.drain(deadline: .seconds(5))
    await ringback.drain(deadline: .seconds(5))
    await http.shutdown(grace: .zero)
  }

  private struct Control {
    let http: Client
    let url: String

    func send(_ method: HTTPMessages.Method, _ path: String, _ body: String) async throws {
      let response = try await http.send(OutgoingRequest(method, url + path, body: Array(body.utf8)))
      #expect((200..<300).contains(response.status))
    }
  }

  private func context() -> CallContext {
    CallContext(requestID: "call-77", trace: TraceContext(random: SystemRandom()))
  }

  @Test func aLostAnswerIsFoundAndToldOf() async throws {
    try await withShop { shop, control, hints in
      let submission = GuideShopReturnTests.submission()
      try await control.send(.put, "/_limits", #"{"guide_shop_decides_after_ms":1}"#)
      try await control.send(.put, "/_faults/guide-shop", #"{"lose_answer":true,"path":"/returns","for_requests":1}"#)
      do {
        _ = try await shop.submit(submission, context: context())
        Issue.record("the answer was not lost")
      } catch ReturnPlatformError.unknown {}
      let found = try #require(try await shop.find(submission, context: context()))
      while hints.all.count < 2 { try? await Task.sleep(for: .milliseconds(1)) }
      for body in hints.all {
        #expect(
          shop.hint(topic: "return.updated", body: body)
            == ReturnHint(platformID: found.id, reference: "ret_1", orderID: submission.orderID))
      }
      let now = try await shop.read(found.id, of: submission.orderID, context: context())
      #expect(now == PlatformReturn(id: found.id, rmaNumber: "RMA-100001", state: .authorized))
    }
  }

  @Test func hintsInAnyOrderLeadToTheSameReturn() async throws {
    try await withShop { shop, control, hints in
      let submission = GuideShopReturnTests.submission()
      try await control.send(.put, "/_limits", #"{"guide_shop_decides_after_ms":1000000000}"#)
      try await control.send(.put, "/_webhooks/guide-shop/faults", #"{"hold":true,"duplicate":1,"reorder":true}"#)
      let id = try await shop.submit(submission, context: context()).id
      for action in ["authorize", "receive"] {
        try await control.send(.post, "/_returns/guide-shop/\(id)", #"{"action":"\#(action)"}"#)
      }
      #expect(hints.all.isEmpty)
      try await control.send(.put, "/_webhooks/guide-shop/faults", #"{}"#)
      while hints.all.count < 6 { try? await Task.sleep(for: .milliseconds(1)) }
      for body in hints.all {
        let hint = try #require(shop.hint(topic: "return.updated", body: body))
        let now = try await shop.read(hint.platformID ?? "", of: submission.orderID, context: context())
        #expect(now?.state == .received, "whatever the hint said")
      }
    }
  }
}
