import Core
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPServer
import Identity
import Sandbox
import Security

/// The simulated vendors of `serve --dev`: in the same process, but over HTTP like the real ones.
struct DevelopmentSandbox: Sendable {
  struct Client: Sendable {
    let id: String
    let secret: Redacted<String>
    /// Of a new secret. That of one that was kept is in the database.
    let hash: SecretHash?
  }

  let server: Server
  private let vendors: SandboxVendors
  private let http: HTTPClient.Client
  /// The settings that point Ringback at the vendors, where nobody has set them otherwise.
  let presets: [String: String]

  /// Listens on a loop of its own, so that a vendor that is slow on purpose slows nothing else.
  ///
  /// - Throws: `CommandFailure`, `LoopError`.
  static func start(_ invocation: Invocation) throws -> DevelopmentSandbox {
    if let listen = invocation.value("listen") { try refuseOutside(listen, "listen") }
    let listen = invocation.value("sandbox-listen") ?? "127.0.0.1:8090"
    try refuseOutside(listen, "sandbox-listen")
    let loop = try Loop(name: "sandbox")
    let http = try HTTPClient.Client(loop: loop)
    let vendors = try SandboxVendors.make(invocation, http: http)
    let server = try SandboxVendors.listen(vendors, on: try ListenAddress(listen), loops: [loop])
    return DevelopmentSandbox(server: server, vendors: vendors, http: http, presets: presets(url: server.url))
  }

  /// - Throws: `CommandFailure` for an address that others can reach: the secrets of the simulated vendors are public.
  static func refuseOutside(_ listen: String, _ name: String) throws(CommandFailure) {
    let address = try ListenAddress(listen)
    guard address.isLoopback else {
      throw CommandFailure(
        .configuration, "--dev listens on loopback only, and \(address.host) (\(name)) is reachable from outside.",
        "Use 127.0.0.1:\(address.port), or configure a real server and leave --dev out.")
    }
  }

  /// - Parameter url: where this Ringback listens.
  func sendWebhooks(to url: String) { vendors.sendWebhooks(toRingback: url) }

  func stop() async {
    vendors.stop()
    await server.drain(deadline: .seconds(1))
    await http.shutdown(grace: .zero)
  }

  /// The client `dev`. Its secret is kept in the data folder, so that a restart does not change it.
  ///
  /// Hashing a new one takes longer than all the rest of the start, so this runs beside that.
  func makeClient(data: String) async throws -> Client {
    if let kept = FileManager.default.contents(atPath: Self.secretPath(data)) {
      return Client(id: "dev", secret: Redacted(String(decoding: kept, as: UTF8.self)), hash: nil)
    }
    let random = SystemRandom()
    let secret = Redacted("dev-" + Base64.url.encode(random.bytes(24)))
    let pool = try BlockingPool(name: "dev-secret", threads: 1)
    defer { pool.stop() }
    return Client(id: "dev", secret: secret, hash: try await pool.run { try SecretHash(secret, random: random) })
  }

  /// Keeps the client's secret and lets it in, with every scope.
  func add(_ client: Client, to clients: ClientStore, data: String) async throws {
    if client.hash != nil {
      let path = Self.secretPath(data)
      let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
      let secret = Data(client.secret.reveal().utf8)
      guard FileManager.default.createFile(atPath: path, contents: secret, attributes: attributes) else {
        throw CommandFailure(.configuration, "\(path) cannot be written.")
      }
    }
    try await clients.ensureClient(
      id: client.id, secret: client.secret, hash: client.hash, scopes: Set(Scopes.all.map(\.key)))
  }

  private static func secretPath(_ data: String) -> String { data + "/keys/dev-client-secret" }

  private static func presets(url: String) -> [String: String] {
    let clients = SandboxVendors.Clients()
    return [
      "orders.platform": "guide_shop",
      "orders.status_page": "https://northwind.example/orders",
      "guide_shop.url": url + "/guide-shop",
      "guide_shop.client_id": clients.guideShop.id,
      "guide_shop.client_secret": clients.guideShop.secret,
      "shopify.shop": "northwind.myshopify.com",
      "shopify.url": url + "/shopify",
      "shopify.name_prefix": "",
      "shopify.client_id": clients.shopify.id,
      "shopify.client_secret": clients.shopify.secret,
      "webhooks.guide_shop.secret": clients.guideShopWebhookSecret,
      "webhooks.adobe_io.secret": clients.adobeCommerceWebhookSecret,
      "adobe_commerce.url": url + "/adobe-commerce",
      "adobe_commerce.consumer_key": clients.adobeCommerce.consumer.id,
      "adobe_commerce.consumer_secret": clients.adobeCommerce.consumer.secret,
      "adobe_commerce.access_token": clients.adobeCommerce.token.id,
      "adobe_commerce.access_token_secret": clients.adobeCommerce.token.secret,
      "adobe_commerce.token_url": url + "/adobe-commerce/ims/token/v3",
      "adobe_commerce.client_id": clients.adobeCommerce.ims.id,
      "adobe_commerce.client_secret": clients.adobeCommerce.ims.secret,
      "adobe_commerce.resolution": "5",
      "adobe_commerce.condition": "8",
      "webhooks.standard.secret": clients.commercetoolsBridgeSecret,
      "commercetools.api_url": url + "/commercetools",
      "commercetools.auth_url": url + "/commercetools",
      "commercetools.project_key": clients.commercetoolsProject,
      "commercetools.client_id": clients.commercetools.id,
      "commercetools.client_secret": clients.commercetools.secret,
      "commercetools.return_window_days": "60",
      "webhooks.genesys.api_key": clients.genesysWebhookKey,
      "webhooks.genesys.secret": clients.genesysSignatureSecret,
      "genesys.api_url": url + "/genesys",
      "genesys.login_url": url + "/genesys",
      "genesys.client_id": clients.genesys.id,
      "genesys.client_secret": clients.genesys.secret,
      "genesys.queue_id": "c6f1a2b4-5d8e-4f19-9f3b-2f6a7c8d9e10",
      "genesys.sms_from": "+15550100100",
      "events.allow_private": "true",
      "genesys.email_from": "returns@northwind.example",
      "genesys.email_from_name": "Northwind",
    ]
  }
}
