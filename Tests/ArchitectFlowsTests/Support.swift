import Core
import FoundationEssentials
import HTTPClient
import HTTPMessages
import Synchronization
import Testing

@testable import ArchitectFlows

/// Answers as Ringback's API does, from a table.
final class PretendRingback: HTTPRequesting {
  typealias Answer = Result<IncomingResponse, HTTPClientError>

  private struct State {
    var requests: [OutgoingRequest] = []
    var tokens = 0
    var answer: @Sendable (OutgoingRequest) -> Answer
  }

  private let state: Mutex<State>

  init(_ answer: @escaping @Sendable (OutgoingRequest) -> Answer = PretendRingback.order) {
    state = Mutex(State(answer: answer))
  }

  var requests: [OutgoingRequest] { state.withLock { $0.requests } }
  var tokenCount: Int { state.withLock { $0.tokens } }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let answer: Answer = state.withLock { state in
      state.requests.append(request)
      guard request.url.hasSuffix("/oauth/token") else { return state.answer(request) }
      state.tokens += 1
      return Self.json(200, #"{"access_token":"token-\#(state.tokens)","token_type":"Bearer","expires_in":3600}"#)
    }
    return try answer.get()
  }

  static func json(_ status: Int, _ text: String) -> Answer {
    .success(IncomingResponse(status: status, headers: ["content-type": "application/json"], body: Array(text.utf8)))
  }

  static func problem(_ status: Int, _ code: String) -> Answer {
    .success(
      IncomingResponse(
        status: status, headers: ["content-type": "application/problem+json", "x-request-id": "call-77"],
        body: Array(
          #"{"type":"/problems/\#(code)","title":"t","status":\#(status),"code":"\#(code)","detail":"d"}"#.utf8)))
  }

  static let speech = "Your order shipped on Friday the twentieth of November."

  static let order: @Sendable (OutgoingRequest) -> Answer = { request in
    switch request.method {
    case .post where request.url.hasSuffix("/v1/callbacks"): json(202, #"{"callback_id":"cb_1","status":"accepted"}"#)
    case .post: json(202, #"{"message_id":"txt_1","status":"accepted"}"#)
    default:
      json(
        200,
        """
        {"order_id":"ORD-839201","order_status":"shipped","fulfillment_date":"2026-11-20",
        "total_amount":{"value":"129.90","currency":"EUR"},"items":[{"sku":"A","quantity":1,"title":"Lamp"}],
        "tracking":null,"return_eligible":true,"freshness":"live","as_of":"2026-11-20T09:30:00.000Z",
        "speech":"\(speech)"}
        """)
    }
  }

  /// Look-ups are answered by `answer`, everything else as usual.
  static func lookup(_ answer: Answer) -> PretendRingback {
    PretendRingback { request in request.method == .get ? answer : order(request) }
  }
}

enum TestFiles {
  /// The folder of this package.
  static let root = String(#filePath.dropLast("/Tests/ArchitectFlowsTests/Support.swift".count))
  static let orderStatus = "\(root)/genesys/flows/order-status.yaml"
  static let returns = "\(root)/genesys/flows/returns.yaml"

  static func flow(_ name: String) -> String { "\(root)/Tests/ArchitectFlowsTests/Flows/\(name)" }

  static func text(_ file: String) throws -> String {
    String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
  }
}

/// What a call left behind.
struct PlayedCall {
  let outcome: CallOutcome
  let events: [CallEvent]

  var prompts: [String] {
    events.compactMap { if case .prompt(let text) = $0.kind { text } else { nil } }
  }

  var branches: [String] {
    events.compactMap { if case .branch(let action, let path) = $0.kind { "\(action): \(path)" } else { nil } }
  }

  var keys: [String] {
    events.compactMap { if case .keys(let keys) = $0.kind { keys } else { nil } }
  }

  var faults: [String] {
    events.compactMap { if case .fault(_, _, _, let reason) = $0.kind { reason } else { nil } }
  }

  func variable(_ name: String) -> JSONValue? {
    events.reversed().lazy.compactMap { event -> JSONValue? in
      if case .variable(name, let value) = event.kind { value } else { nil }
    }.first
  }

  func participantData(_ name: String) -> JSONValue? {
    events.reversed().lazy.compactMap { event -> JSONValue? in
      if case .participantData(name, let value) = event.kind { value } else { nil }
    }.first
  }

  /// Everything that was written, in both forms.
  var written: String {
    let transcript = CallTranscript(isUnicode: true, isColoured: false, showsVariables: true)
    return events.map { $0.json.text + "\n" + (transcript.line(for: $0) ?? "") }.joined(separator: "\n")
  }
}

extension CallPlayer {
  func played(
    keys: String, on ringback: any HTTPRequesting = PretendRingback(),
    options: CallOptions = CallOptions(conversationID: "call-77"), runner: DataActionRunner? = nil
  ) async throws -> PlayedCall {
    let terminal = try #require(ScriptedKeys(keys))
    return try await played(by: terminal, on: ringback, options: options, runner: runner)
  }

  func played(texts: [String]) async throws -> PlayedCall {
    try await played(
      by: ScriptedTexts(texts), on: PretendRingback(), options: CallOptions(conversationID: "call-77"), runner: nil)
  }

  private func played(
    by terminal: any CallTerminal, on ringback: any HTTPRequesting, options: CallOptions, runner: DataActionRunner?
  ) async throws -> PlayedCall {
    let time = ManualTime()
    let events = Mutex<[CallEvent]>([])
    let runner = runner ?? DataActionRunner.toTest(ringback, time: time)
    let outcome = await play(options, terminal: terminal, dataActions: runner, time: time) { event in
      events.withLock { $0.append(event) }
    }
    return PlayedCall(outcome: outcome, events: events.withLock { $0 })
  }
}

extension DataActionRunner {
  static func toTest(_ http: any HTTPRequesting, time: any TimeSource = ManualTime()) -> DataActionRunner {
    DataActionRunner(
      http: http, time: time, server: ServerAddress(url: "http://127.0.0.1:8080/"),
      credentials: ["clientId": Redacted("dev"), "clientSecret": Redacted("s3cret-value")])
  }
}
