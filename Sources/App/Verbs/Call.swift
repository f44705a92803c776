import ArchitectFlows
import Core
import EventLoop
import FoundationEssentials
import GenesysCloud
import Glibc
import HTTPClient

extension Verb {
  static let call = Verb(
    name: "call", summary: "Play an Architect call flow against a running server.",
    details: """
      Without --keys you are the caller: typed digits, * and # are DTMF, Ctrl-C hangs up. With --keys each comma begins
      the next input, and the word hangup ends the call. A message flow is written to: --text once for each message, or
      lines that you type. Everything that the runner does not know is refused before the call begins. The client's
      secret comes from RINGBACK_CLIENT_SECRET, or, for the client "dev", from the data folder.
      """,
    arguments: ["FLOW"],
    options: [
      ServerAccess.serverOption,
      Option(name: "keys", value: "KEYS", summary: "What the caller keys in, such as 839201#,1."),
      Option(
        name: "text", value: "TEXT", summary: "What the customer of a message flow writes, one after the other.",
        repeats: true),
      Option(name: "var", value: "NAME=VALUE", summary: "A substitution or a variable of the flow.", repeats: true),
      Option(name: "caller", value: "NUMBER", summary: "The caller's number in E.164."),
      Option(name: "data-actions", value: "DIR", summary: "The exported data actions (default: beside the flow)."),
      Option(name: "client-id", value: "ID", summary: "The client of the data actions (default: dev)."),
      Option(name: "data", value: "DIR", summary: "The data folder of a server in development."),
      Option(
        name: "config", value: "FILE",
        summary: "Where genesys.attributes is (default: ringback.yaml if it is there)."),
      Option(name: "variables", summary: "Also show each variable that is set."),
    ]
  ) { invocation in
    let player = try CallSetup.player(invocation)
    let setup = try CallSetup(invocation)
    let terminal = invocation.terminal
    let (script, texts) = (invocation.value("keys"), invocation.values("text"))
    guard player.isWritten ? script == nil : texts.isEmpty else {
      throw CommandFailure(
        .usage, player.isWritten ? "\(player.name) is written to: use --text." : "\(player.name) is a call: use --keys."
      )
    }
    let line: any CallTerminal
    var keyboard: KeyboardTerminal?
    if !texts.isEmpty {
      line = ScriptedTexts(texts)
    } else if let script {
      guard let keys = ScriptedKeys(script) else {
        throw CommandFailure(.usage, "--keys \"\(script)\" has more than digits, * and #, commas and hangup.")
      }
      line = keys
    } else {
      guard isatty(STDIN_FILENO) == 1 else {
        throw CommandFailure(
          .usage, "Standard input is no terminal, so there is nobody to press a key.",
          player.isWritten
            ? "Give what is written with --text, such as --text points, or run this in a terminal."
            : "Give the keys with --keys, such as --keys 839201#,1, or run this in a terminal.")
      }
      let live = KeyboardTerminal(time: SystemTime())
      keyboard = live
      Signals.beforeEnding { live.close() }
      line = live
    }
    let outcome = await setup.play(player, on: line) { event in
      terminal.record(event.json)
      if let text = setup.transcript.line(for: event) { terminal.say(text) }
    }
    keyboard?.close()
    await setup.close()
    if case .failed = outcome { return .failure }
    return .success
  }
}

/// What a call is placed with.
struct CallSetup: Sendable {
  let transcript: CallTranscript
  private let loop: Loop
  private let http: Client
  private let dataActions: DataActionRunner
  private let caller: String?

  static func player(_ invocation: Invocation) throws -> CallPlayer {
    var values: [String: String] = [:]
    for text in invocation.values("var") {
      let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else { throw CommandFailure(.usage, "--var \(text) has no \"=\". Write --var NAME=VALUE.") }
      values[pair[0]] = pair[1]
    }
    let (flow, dataActions) = (invocation.arguments[0], invocation.value("data-actions"))
    do {
      let player = try CallPlayer(flowFile: flow, dataActions: dataActions, values: values)
      let rules = AttributeRules(allowed: try LoadedConfiguration.attributes(invocation))
      let problems = FlowRules.problems(inFlows: [flow], values: values, rules: rules)
      guard problems.isEmpty else { throw FlowProblems(problems) }
      return player
    } catch let error as FlowProblems {
      throw CommandFailure(.usage, lines: error.problems.map(\.description) + ["The call was not placed."])
    }
  }

  init(_ invocation: Invocation) throws {
    let environment = invocation.environment
    let access = try ServerAccess(invocation)
    try self.init(
      server: access.server, clientID: access.clientID, secret: access.secret, caller: invocation.value("caller"),
      transcript: CallTranscript(
        isUnicode: CallTranscript.isUnicode(environment: environment) || environment["LANG"] == nil,
        isColoured: invocation.terminal.hasColour, showsVariables: invocation.flag("variables")))
  }

  init(
    server: String, clientID: String, secret: Redacted<String>, caller: String? = nil, transcript: CallTranscript
  ) throws {
    self.transcript = transcript
    loop = try Loop(name: "call")
    http = try Client(loop: loop)
    dataActions = DataActionRunner(
      http: http, time: SystemTime(), server: ServerAddress(url: server),
      credentials: ["clientId": Redacted(clientID), "clientSecret": secret])
    self.caller = caller
  }

  /// Each call is a conversation of its own.
  func play(
    _ player: CallPlayer, on terminal: any CallTerminal, onEvent: @escaping @Sendable (CallEvent) -> Void
  ) async -> CallOutcome {
    var options = CallOptions(conversationID: UUID().uuidString.lowercased())
    if let caller { options.callerNumber = "tel:" + caller }
    return await player.play(
      options, terminal: terminal, dataActions: dataActions, time: SystemTime(), onEvent: onEvent)
  }

  func close() async {
    await http.shutdown(grace: .zero)
    loop.stop()
  }
}
