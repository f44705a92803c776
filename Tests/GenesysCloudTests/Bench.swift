import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Orders
import Sandbox
import Telemetry
import Testing

@testable import GenesysCloud

/// The client before the simulated Genesys Cloud, on a clock that stands still.
struct Bench {
  static let queue = "f1e2d3c4-0000-4000-8000-000000000001"

  let time = ManualTime(now: Timestamp("2026-11-21T10:00:00Z") ?? Timestamp(seconds: 0))
  let random = SeededRandom(seed: 5)
  let vendors: SandboxVendors
  let http: InProcess

  init() {
    vendors = SandboxVendors(seed: 1, time: time)
    http = InProcess(vendors, time: time)
  }

  func client(
    secret: String = SandboxVendors.Clients().genesys.secret,
    _ change: (inout GenesysClient.Configuration) -> Void = { _ in }
  ) -> GenesysClient {
    let hosts = GenesysHosts(gateway: "http://sandbox/genesys")
    var configuration = GenesysClient.Configuration(
      hosts: hosts, callbackQueueID: Self.queue, smsFrom: "+15550100")
    change(&configuration)
    let tokens = AccessTokenSource(
      name: "genesys", endpoint: hosts.tokenEndpoint(clientID: SandboxVendors.Clients().genesys.id),
      secret: { Redacted(secret) }, http: http, time: time, random: random)
    return GenesysClient(configuration, http: http, tokens: tokens, time: time, random: random)
  }

  /// Requests of the test's own, signed in.
  var tokens: AuthorizedRequests {
    let hosts = GenesysHosts(gateway: "http://sandbox/genesys")
    return AuthorizedRequests(
      http,
      tokens: AccessTokenSource(
        name: "genesys", endpoint: hosts.tokenEndpoint(clientID: SandboxVendors.Clients().genesys.id),
        secret: { Redacted(SandboxVendors.Clients().genesys.secret) }, http: http, time: time, random: random),
      time: time)
  }

  func context(deadline: Duration? = nil) -> CallContext {
    CallContext(requestID: "call-77", trace: TraceContext(random: random), deadline: deadline)
  }

  @discardableResult
  func control(_ method: HTTPMessages.Method, _ path: String, _ body: String = "") async -> JSONValue {
    let request = OutgoingRequest(method, "http://sandbox\(path)", body: Array(body.utf8))
    let response = await vendors.respond(to: InProcess.incoming(request))
    #expect((200..<300).contains(response.status), "\(path): \(String(decoding: response.body, as: UTF8.self))")
    return (try? JSONValue(parsing: response.body)) ?? .null
  }

  /// What a text throws.
  func failure(_ client: GenesysClient, deadline: Duration? = nil) async -> ContactCentreError? {
    do throws(ContactCentreError) {
      _ = try await client.sendText(.hello, context: context(deadline: deadline))
      return nil
    } catch {
      return error
    }
  }

  /// Until nothing is asked of a vendor and as many tasks wait on the clock as should.
  func waitForPause(sleepers count: Int) async {
    while http.inFlight > 0 || time.sleeperCount < count { await Task.yield() }
  }

  /// Until as many tasks wait on the clock as should.
  func waitForSleepers(_ count: Int) async {
    while time.sleeperCount < count { await Task.yield() }
  }
}

extension TextMessage {
  static let hello = TextMessage(number: "+4930123456701", body: "Your order is on its way.")
}

extension Callback {
  static func of(_ number: String, at: Timestamp? = nil) -> Callback {
    Callback(number: number, name: "Alex", orderID: OrderID(rawValue: "ORD-839201"), at: at)
  }
}
