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
      Option(name: "flows", value: "DIR", summary: "The flows (default: genesys/flows)."),
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
  let terminal: Terminal
  let orderStatus: DemoFlow
  let returns: DemoFlow
  /// Where the flows are.
  let flows: String
  let time = SystemTime()
  private let server: String
  private let sandbox: String
  private let setup: CallSetup
  private let loop: Loop
  private let http: Client
  private let ringback: AuthorizedRequests

  init?(_ ready: JSONValue, _ invocation: Invocation) throws {
    guard let server = ready["url"]?.string, let sandbox = ready["sandbox_url"]?.string,
      let clientID = ready["client_id"]?.string, let secret = ready["client_secret"]?.string
    else { return nil }
    self.server = server
    self.sandbox = sandbox
    terminal = invocation.terminal
    flows = invocation.value("flows") ?? "genesys/flows"
    orderStatus = try DemoFlow(flows + "/order-status.yaml")
    returns = try DemoFlow(flows + "/returns.yaml")
    setup = try CallSetup(
      server: server, clientID: clientID, secret: Redacted(secret),
      transcript: CallTranscript(isUnicode: true, isColoured: invocation.terminal.hasColour))
    loop = try Loop(name: "demo")
    http = try Client(loop: loop)
    ringback = AuthorizedRequests(
      http,
      tokens: AccessTokenSource(
        name: "ringback",
        endpoint: TokenEndpoint(
          url: server + "/oauth/token", clientID: clientID,
          scope: "orders:read returns:create returns:read ledger:read ledger:write rewards:manage"),
        secret: { Redacted(secret) }, http: http, time: time), time: time)
  }

  func play() async throws {
    terminal.say("  \(terminal.accented("✔")) serving      \(server)   vendors simulated at \(sandbox)")
    _ = try await vendors(.post, "/_reset")
    try await playOrderStatus()
    try await playReturns()
    try await playBrokenShop()
    try await playPoints()
    lookAround()
    await setup.close()
    await http.shutdown(grace: .zero)
  }

  private func lookAround() {
    heading("Look around", nil)
    terminal.say("    inbox     \(sandbox)/_inbox (texts, call-backs)    journal  \(sandbox)/_journal/guide-shop")
    terminal.say("    API       \(server)/openapi.json              metrics  \(server)/metrics")
    terminal.say("    try       ringback call \(orderStatus.file)")
    terminal.say("              ringback call \(returns.file)")
    terminal.say("    rewards   \(server)/dev/portal")
  }

  // MARK: - Calls

  /// What came of a call.
  struct Played {
    /// How long the first look-up took in the flow, and the first request that changed something.
    var lookUp: Duration?
    var change: Duration?
    var shopRequests = 0
    /// Attributes that the flow left with the conversation.
    var data: [String: String] = [:]
  }

  func call(_ flow: DemoFlow, _ keys: String, shows: Bool = true) async throws -> Played {
    guard let script = ScriptedKeys(keys) else { return Played() }
    return try await call(flow, by: script, shows: shows)
  }

  func call(_ flow: DemoFlow, texts: [String]) async throws -> Played {
    try await call(flow, by: ScriptedTexts(texts), shows: true)
  }

  private func call(_ flow: DemoFlow, by script: any CallTerminal, shows: Bool) async throws -> Played {
    let before = try await shopRequestCount()
    let played = Mutex(Played())
    _ = await setup.play(flow.player, on: script) { event in
      played.withLock { played in
        switch event.kind {
        case .request(_, "GET", _, _, let duration, _): played.lookUp = played.lookUp ?? duration
        case .request(_, "POST", let path, _, let duration, _) where path != "/oauth/token": played.change = duration
        case .participantData(let name, .string(let value)?): played.data[name] = value
        default: break
        }
      }
      if case .branch = event.kind { return }
      if shows, let line = setup.transcript.line(for: event) { terminal.say("  \(line)") }
    }
    var result = played.withLock { $0 }
    result.shopRequests = try await shopRequestCount() - before
    return result
  }

  private func shopRequestCount() async throws -> Int {
    let journal = try await vendors(.get, "/_journal/guide-shop")
    return (journal["entries"]?.array ?? []).count { $0["path"]?.string?.contains("/orders/") == true }
  }

  // MARK: - Requests

  func fault(_ fault: JSONValue?) async throws {
    _ = try await vendors(fault == nil ? .delete : .put, "/_faults/guide-shop", fault)
  }

  /// Asks the simulated vendors.
  func vendors(_ method: HTTPMessages.Method, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
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

  /// Asks Ringback's API, as a client would.
  func api(_ path: String, posting body: JSONValue? = nil) async throws -> JSONValue {
    let request = OutgoingRequest(
      body == nil ? .get : .post, server + path, headers: ["content-type": "application/json"], body: body?.bytes)
    do {
      return try JSONValue(parsing: try await ringback.send(request).body)
    } catch {
      throw CommandFailure(.unreachable, "The server at \(server) does not answer.")
    }
  }

  // MARK: - Words

  /// One place is enough for a person, and shows that a cached answer does not take "0 ms".
  func milliseconds(_ duration: Duration?) -> String {
    guard let duration else { return "no time" }
    let tenths = duration.wholeMicroseconds / 100
    return "\(tenths / 10).\(tenths % 10) ms"
  }

  func heading(_ title: String, _ aside: String?) {
    terminal.say()
    terminal.say("  \(terminal.emphasised(title))" + (aside.map { "   \($0)" } ?? ""))
  }

  func note(_ text: String, isGood: Bool = true) {
    terminal.say("  \(terminal.accented("         \(isGood ? "✔" : "✘")")) \(text)")
  }
}

/// A flow, read once.
struct DemoFlow: Sendable {
  let file: String
  let player: CallPlayer

  init(_ file: String, values: [String: String] = [:]) throws {
    self.file = file
    do {
      player = try CallPlayer(flowFile: file, values: values)
    } catch {
      throw CommandFailure(.usage, lines: error.problems.map(\.description))
    }
  }
}
