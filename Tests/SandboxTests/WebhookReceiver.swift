import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Synchronization

@testable import Sandbox

/// Where webhooks arrive in a test: takes them on record and answers as it is told to.
final class WebhookReceiver: HTTPRequesting {
  private struct State {
    var received: [OutgoingRequest] = []
    var answers: [Result<Int, HTTPClientError>] = []
    var wait: Int?
  }

  private let state = Mutex(State())

  var received: [OutgoingRequest] { state.withLock { $0.received } }

  /// How the next ones are answered; others with 204.
  func answer(_ answers: Result<Int, HTTPClientError>...) { state.withLock { $0.answers += answers } }

  /// What all answers ask for in `Retry-After`.
  func askToWait(_ seconds: Int) { state.withLock { $0.wait = seconds } }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let answer = state.withLock { state in
      state.received.append(request)
      return state.answers.isEmpty ? .success(204) : state.answers.removeFirst()
    }
    let wait = state.withLock { $0.wait }
    return IncomingResponse(
      status: try answer.get(), headers: wait.map { ["retry-after": String($0)] } ?? [:], body: [])
  }
}

extension Bench {
  static let returnsURL = "http://ringback/v1/webhooks/guide-shop"

  /// One whose webhooks arrive.
  init(receiver: WebhookReceiver, seed: UInt64 = 7) {
    sandbox = SandboxVendors(seed: seed, time: time, http: receiver)
    sandbox.sendWebhooks(of: .guideShop, to: Self.returnsURL)
  }

  func deliveries(_ vendor: String = "guide-shop") async -> [JSONValue] {
    await send(.get, "/_webhooks/\(vendor)").json["deliveries"]?.array ?? []
  }

  /// Until every message is where it should be.
  func until(_ state: String) async {
    while await !deliveries().allSatisfy({ $0["state"]?.string == state }) {
      try? await Task.sleep(for: .milliseconds(1))
    }
  }

  func returnsHeaders() async -> Headers {
    ["authorization": "Bearer \(await guideShopToken(scope: "returns:create"))", "content-type": "application/json"]
  }

  @discardableResult func askForReturn(
    _ order: String = "ORD-839201", sku: String = "SKU-12345", quantity: Int = 1, reason: String = "DEFECTIVE",
    reference: String = "ret_1", key: String? = nil
  ) async -> Response {
    var headers = await returnsHeaders()
    if let key { headers["idempotency-key"] = key }
    let body: JSONValue = [
      "order_id": .string(order), "customer_reference": "call-98765", "notification_channel": "email",
      "external_reference": .string(reference),
      "items": [["sku": .string(sku), "quantity": .integer(quantity), "reason_code": .string(reason)]],
    ]
    return await send(.post, "/guide-shop/returns", headers, body: body.text)
  }
}
