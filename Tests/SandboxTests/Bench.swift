import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

/// A sandbox on a clock that stands still, asked without a network.
struct Bench {
  let time = ManualTime(now: Timestamp("2026-11-21T09:30:00Z")!)
  let sandbox: SandboxVendors

  init(seed: UInt64 = 7, orders: [SimulatedOrder] = .defaults, limits: SandboxLimits = SandboxLimits()) {
    sandbox = SandboxVendors(seed: seed, time: time, orders: orders, limits: limits)
  }

  func request(
    _ method: HTTPMessages.Method, _ target: String, _ headers: Headers = [:], body: String = ""
  ) -> Request {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    return Request(
      method: method, path: parts[0], query: parts.count == 2 ? parts[1] : nil, headers: headers,
      body: Array(body.utf8), peer: Peer(address: "127.0.0.1", isTLS: false),
      context: CallContext(requestID: "call-1", trace: TraceContext(random: SeededRandom(seed: 1))))
  }

  func send(
    _ method: HTTPMessages.Method, _ target: String, _ headers: Headers = [:], body: String = ""
  ) async -> Response {
    await sandbox.respond(to: request(method, target, headers, body: body))
  }

  // MARK: - Signed in

  func guideShopToken(scope: String = "orders:read") async -> String {
    let answer = await send(
      .post, "/guide-shop/oauth/token", ["content-type": "application/x-www-form-urlencoded"],
      body: FormFields.encode([
        "grant_type": "client_credentials", "client_id": "ringback", "client_secret": "guide-shop-secret",
        "scope": scope,
      ]))
    return answer.json["access_token"]?.string ?? ""
  }

  func shopifyToken() async -> String {
    let answer = await send(
      .post, "/shopify/admin/oauth/access_token", ["content-type": "application/json"],
      body: """
        {"client_id":"ringback-shopify-app","client_secret":"shopify-secret","grant_type":"client_credentials"}
        """)
    return answer.json["access_token"]?.string ?? ""
  }

  func genesysToken() async -> String {
    let credentials = Base64.standard.encode("7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10:genesys-secret".utf8)
    let answer = await send(
      .post, "/genesys/login/oauth/token",
      ["authorization": "Basic \(credentials)", "content-type": "application/x-www-form-urlencoded"],
      body: "grant_type=client_credentials")
    return answer.json["access_token"]?.string ?? ""
  }

  func graphQL(_ query: String, variables: JSONValue = [:], token: String? = nil) async -> JSONValue {
    let token = if let token { token } else { await shopifyToken() }
    let body: JSONValue = ["query": .string(query), "variables": variables]
    return await send(
      .post, "/shopify/admin/api/2026-07/graphql.json",
      ["x-shopify-access-token": token, "content-type": "application/json"], body: body.text
    ).json
  }
}

extension Response {
  /// The body, which must be JSON as the strict reader takes it: a member written twice is a mistake of the sandbox.
  var json: JSONValue {
    do {
      return try JSONValue(parsing: body)
    } catch {
      if !body.isEmpty { Issue.record("not JSON: \(error) in \(text.prefix(500))") }
      return .null
    }
  }
  var text: String { String(decoding: body, as: UTF8.self) }
}

extension JSONValue {
  /// `data.orders.nodes.0.name`: members by name, items by number.
  func at(_ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(self)) { value, part in
      Int(part).flatMap { value?[$0] } ?? value?[String(part)]
    }
  }
}
