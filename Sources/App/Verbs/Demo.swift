import ArchitectFlows
import Core
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPMessages
import Synchronization

extension Verb {
  static let demo = Verb(
    name: "demo", summary: "Play the journeys against `ringback serve --dev` and show what happened.",
    options: [
      Option(name: "ready", value: "FILE", summary: "The line that `ringback serve --dev --json` printed."),
      Option(name: "flow", value: "FLOW", summary: "The flow (default: genesys/flows/order-status.yaml)."),
    ]
  ) { invocation in
    guard let path = invocation.value("ready"), let data = FileManager.default.contents(atPath: path),
      let ready = try? JSONValue(parsing: Array(data).prefix { $0 != 0x0A }), let demo = try Demo(ready, invocation)
    else {
      throw CommandFailure(
        .usage, "--ready names no ready line. Run `ringback serve --dev --json > FILE` first, or scripts/demo.")
    }
    try await demo.play()
    return .success
  }
}

/// The journeys of the demonstration. Every number that it shows is measured while it shows it.
struct Demo: Sendable {
  private let server: String
  private let sandbox: String
  private let terminal: Terminal
  private let player: CallPlayer
  private let flow: String
  private let setup: CallSetup
  private let loop: Loop
  private let http: Client

  init?(_ ready: JSONValue, _ invocation: Invocation) throws {
    guard let server = ready["url"]?.string, let sandbox = ready["sandbox_url"]?.string,
      let clientID = ready["client_id"]?.string, let secret = ready["client_secret"]?.string
    else { return nil }
    self.server = server
    self.sandbox = sandbox
    terminal = invocation.terminal
    flow = invocation.value("flow") ?? "genesys/flows/order-status.yaml"
    do {
      player = try CallPlayer(flowFile: flow)
    } catch {
      throw CommandFailure(.usage, lines: error.problems.map(\.description))
    }
    setup = try CallSetup(
      server: server, clientID: clientID, secret: Redacted(secret),
      transcript: CallTranscript(isUnicode: true, isColoured: invocation.terminal.hasColour))
    loop = try Loop(name: "demo")
    http = try Client(loop: loop)
  }

  func play() async throws {
    terminal.say("  \(terminal.accented("✔")) serving      \(server)   vendors simulated at \(sandbox)")
    _ = try await ask(.post, "/_reset")

    heading("A caller asks where the order is", flow)
    let first = try await call("839201#")
    note("the look-up took \(milliseconds(first.lookUp)), \(first.shopRequests) request to the shop")

    heading("The same question again", nil)
    let second = try await call("839201#", shows: false)
    note("answered in \(milliseconds(second.lookUp)), \(second.shopRequests) requests to the shop (cached)")

    heading("Now the shop breaks", "every request is answered with 500")
    try await fault(["status": 500])
    let broken = try await call("839203#,1")
    note("asked the shop \(broken.shopRequests) time, then offered a way out")
    let callbacks = try await callbackCount()
    heading("The line drops and the caller dials again", nil)
    _ = try await call("839203#,1", shows: false)
    let after = try await callbackCount()
    note("\(after) call back booked, although it was asked for twice\(callbacks == after ? "" : " (pending)")")

    heading("More callers; after five failures the circuit breaker opens", nil)
    for number in ["839205#", "839206#", "839208#", "839209#", "839210#"] {
      _ = try await call(number + ",9", shows: false)
    }
    let open = try await call("839211#,9", shows: false)
    note(
      "the next caller heard the offer after \(milliseconds(open.lookUp)), \(open.shopRequests) requests to the shop"
    )
    _ = try await ask(.delete, "/_faults/guide-shop")
    lookAround()
    await setup.close()
    await http.shutdown(grace: .zero)
  }

  private struct Played {
    /// How long the look-up took in the flow.
    var lookUp: Duration?
    var shopRequests = 0
  }

  private func call(_ keys: String, shows: Bool = true) async throws -> Played {
    guard let script = ScriptedKeys(keys) else { return Played() }
    let before = try await shopRequestCount()
    let lookUp = Mutex<Duration?>(nil)
    _ = await setup.play(player, on: script) { event in
      if case .request(_, "GET", _, _, let duration, _) = event.kind { lookUp.withLock { $0 = duration } }
      if case .branch = event.kind { return }
      if shows, let line = setup.transcript.line(for: event) { terminal.say("  \(line)") }
    }
    return Played(
      lookUp: lookUp.withLock { $0 }, shopRequests: try await shopRequestCount() - before
    )
  }

  private func shopRequestCount() async throws -> Int {
    let journal = try await ask(.get, "/_journal/guide-shop")
    let entries = journal["entries"]?.array ?? []
    return entries.count { $0["path"]?.string?.contains("/orders/") == true }
  }

  /// Waits a moment for the job: the call-back is booked behind the caller's back.
  private func callbackCount() async throws -> Int {
    for _ in 0..<40 {
      let inbox = try await ask(.get, "/_inbox")
      let entries = inbox["items"]?.array ?? []
      let count = entries.count { $0["kind"]?.string == "callback" }
      if count > 0 { return count }
      try await Task.sleep(for: .milliseconds(50))
    }
    return 0
  }

  private func fault(_ fault: JSONValue) async throws {
    _ = try await ask(.put, "/_faults/guide-shop", fault)
  }

  private func ask(_ method: HTTPMessages.Method, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
    let request = OutgoingRequest(
      method, sandbox + path, headers: ["accept": "application/json", "content-type": "application/json"],
      body: body?.bytes)
    do {
      let answer = try await http.send(request)
      return answer.body.isEmpty ? .null : try JSONValue(parsing: answer.body)
    } catch {
      throw CommandFailure(
        .unreachable, "The simulated vendors at \(sandbox) do not answer. Is `ringback serve --dev` running?")
    }
  }

  /// One place is enough for a person, and shows that a cached answer does not take "0 ms".
  private func milliseconds(_ duration: Duration?) -> String {
    guard let duration else { return "no time" }
    let tenths = duration.wholeMicroseconds / 100
    return "\(tenths / 10).\(tenths % 10) ms"
  }

  private func heading(_ title: String, _ aside: String?) {
    terminal.say()
    terminal.say("  \(terminal.emphasised(title))" + (aside.map { "   \($0)" } ?? ""))
  }

  private func note(_ text: String) {
    terminal.say("  \(terminal.accented("         ✔")) \(text)")
  }

  private func lookAround() {
    heading("Look around", nil)
    terminal.say("    inbox     \(sandbox)/_inbox (texts, call-backs)    journal  \(sandbox)/_journal/guide-shop")
    terminal.say("    API       \(server)/openapi.json              metrics  \(server)/metrics")
    terminal.say("    try       ringback call \(flow)")
  }
}
