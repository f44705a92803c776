import Core
import EventLoop
import HTTPServer
import Sandbox

extension Verb {
  static let sandbox = Verb(
    name: "sandbox", summary: "Run the simulated vendors: the guide's shop, Shopify, Adobe Commerce and Genesys Cloud.",
    details: "Faults, the journal of what was asked and the inbox of what was sent are at / of its port.",
    options: [
      Option(name: "listen", value: "HOST:PORT", summary: "Where to listen (default: 127.0.0.1:8090)."),
      Option(name: "orders", value: "FILE", summary: "The orders of the simulated shop, as YAML or JSON."),
      Option(name: "seed", value: "N", summary: "The same seed gives the same ids, tokens and failures."),
    ]
  ) { invocation in
    let started = SystemTime().uptime
    let signals = Signals.stream()
    let address = try ListenAddress(invocation.value("listen") ?? "127.0.0.1:8090")
    let server = try SandboxVendors.listen(
      try SandboxVendors.make(invocation), on: address, loops: [try Loop(name: "loop-0")])
    invocation.terminal.say("vendors     simulated at \(server.url)   inbox \(server.url)/_inbox")
    invocation.terminal.record([
      "event": "ready", "sandbox_url": .string(server.url),
      "startup_ms": .integer((SystemTime().uptime - started).wholeMilliseconds),
    ])
    for await signal in signals where signal == .terminate {
      await server.drain(deadline: .seconds(5))
      return .success
    }
    return .success
  }
}
