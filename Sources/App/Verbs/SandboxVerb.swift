import Core
import EventLoop
import HTTPClient
import HTTPServer
import Sandbox

extension Verb {
  static let sandbox = Verb(
    name: "sandbox",
    summary: "Run the simulated vendors: the guide's shop, Shopify, Adobe Commerce, commercetools and Genesys Cloud.",
    details: "Faults, the journal of what was asked and the inbox of what was sent are at / of its port.",
    options: [
      Option(name: "listen", value: "HOST:PORT", summary: "Where to listen (default: 127.0.0.1:8090)."),
      Option(name: "orders", value: "FILE", summary: "The orders of the simulated shop, as YAML or JSON."),
      Option(name: "webhooks-to", value: "URL", summary: "The Ringback that gets the webhooks of the shop platforms."),
      Option(name: "seed", value: "N", summary: "The same seed gives the same ids, tokens and failures."),
    ]
  ) { invocation in
    let started = SystemTime().uptime
    let signals = Signals.stream()
    let address = try ListenAddress(invocation.value("listen") ?? "127.0.0.1:8090")
    let loop = try Loop(name: "loop-0")
    // What it sends is made up: it may go to the next machine in the clear.
    var options = Client.Options()
    options.allowsPlainHTTP = true
    let http = try Client(loop: loop, options: options)
    let vendors = try SandboxVendors.make(invocation, http: http)
    if let url = invocation.value("webhooks-to") { try vendors.sendWebhooks(toRingback: Self.baseURL(url)) }
    let server = try SandboxVendors.listen(vendors, on: address, loops: [loop])
    invocation.terminal.say("vendors     simulated at \(server.url)   inbox \(server.url)/_inbox")
    invocation.terminal.record([
      "event": "ready", "sandbox_url": .string(server.url),
      "startup_ms": .integer((SystemTime().uptime - started).wholeMilliseconds),
    ])
    for await signal in signals where signal == .terminate {
      vendors.stop()
      await server.drain(deadline: .seconds(5))
      return .success
    }
    return .success
  }

  /// - Throws: `CommandFailure`.
  private static func baseURL(_ text: String) throws(CommandFailure) -> String {
    guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
      throw CommandFailure(.usage, "--webhooks-to \(text) is no URL such as http://127.0.0.1:8080.")
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }
}
