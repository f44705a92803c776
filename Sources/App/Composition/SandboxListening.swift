import Core
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPServer
import Sandbox

extension SandboxVendors {
  /// With the orders and the seed that the command line names.
  ///
  /// - Parameter http: sends the webhooks.
  /// - Throws: `CommandFailure`.
  static func make(_ invocation: Invocation, http: any HTTPRequesting) throws -> SandboxVendors {
    var seed: UInt64 = 1
    if let text = invocation.value("seed") {
      guard let number = UInt64(text) else { throw CommandFailure(.usage, "--seed \(text) is no whole number.") }
      seed = number
    }
    var orders: [SimulatedOrder] = .defaults
    if let path = invocation.value("orders") {
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw CommandFailure(.usage, "\(path) cannot be read. Does it exist, and may this user read it?")
      }
      do {
        orders = try OrdersFile.read(Array(bytes), fileName: path)
      } catch {
        throw CommandFailure(.usage, "\(path): \(error)")
      }
    }
    return SandboxVendors(seed: seed, time: SystemTime(), orders: orders, http: http)
  }

  /// Points the webhooks of the shop platforms at a Ringback.
  ///
  /// - Parameter url: where it listens, such as `http://127.0.0.1:8080`.
  func sendWebhooks(toRingback url: String) {
    let sources: KeyValuePairs<Vendor, String> = [
      .guideShop: "guide-shop", .shopify: "shopify", .adobeCommerce: "adobe-io", .commercetools: "standard-webhooks",
      .genesys: "genesys",
    ]
    for (vendor, source) in sources {
      sendWebhooks(of: vendor, to: "\(url)/v1/webhooks/\(source)")
    }
  }

  /// - Throws: `CommandFailure`.
  static func listen(_ vendors: SandboxVendors, on address: ListenAddress, loops: [Loop]) throws -> Server {
    var configuration = ServerConfiguration(address: address.host, port: address.port)
    configuration.limits = serverLimits
    do {
      return try Server.start(configuration, loops: loops, handler: vendors)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  init(_ error: ServerError) {
    let code: ExitCode =
      switch error {
      case .portInUse, .portForbidden, .addressUnavailable, .system: .unreachable
      case .invalidAddress, .plainHTTPOutsideLoopback, .tls: .configuration
      }
    self.init(code, error.description)
  }
}
