import Core
import YAML

/// `disconnect` and the menu's disconnect choice.
struct Disconnect: FlowAction {
  init(_ settings: Settings) {}
  func run(in call: Call) async throws -> Step { .finished(.disconnected) }
}

/// `endWorkflow` and `exitBotFlow`
struct EndFlow: FlowAction {
  init(_ settings: Settings) {
    settings.checkSpelling(["exitReason"])
  }

  func run(in call: Call) async throws -> Step { .finished(.completed) }
}

/// `transferToAcd`: the outcome is the queue. The failure output is never taken, as there is no queue to refuse.
struct TransferToACD: FlowAction {
  private let queue: ValueSource
  private let preTransfer: PromptSource

  init(_ settings: Settings) {
    settings.checkSpelling([
      "targetQueue", "priority", "preferredAgents", "languageSkill", "acdSkills", "appendSkills", "directAgent",
      "preTransferAudio", "failureTransferAudio", "preTransferCommunication", "failureTransferCommunication",
      "failureOutputs", "overrideInQueueFlow", "dtmf", "globalDtmf", "globalSpeechRecTerms", "speechRecTerms",
    ])
    settings.checkOutputs(["failure"])
    queue = settings.value("targetQueue", as: .resource("queue"))
    preTransfer = settings.prompt(
      settings.node["preTransferCommunication"] == nil ? "preTransferAudio" : "preTransferCommunication")
    // Not run, but held to the same rules: a mistake there would show on a bad day only.
    _ = settings.output("failure")
    _ = settings.prompt("failureTransferAudio")
    for (key, type) in [("priority", FlowType.integer), ("preferredAgents", .any), ("languageSkill", .any)] {
      _ = settings.value(key, as: type, isRequired: false)
    }
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(preTransfer)
    let name = try call.text(queue)
    guard !name.isEmpty else { throw FlowFault("the queue is NOT_SET") }
    return .finished(.transferred(queue: name))
  }
}

/// `transferToFlow`
struct TransferToFlow: FlowAction {
  private let name: String
  private let preTransfer: PromptSource

  init(_ settings: Settings) {
    (name, preTransfer) = Self.read(settings)
  }

  static func read(_ settings: Settings) -> (String, PromptSource) {
    settings.checkSpelling([
      "targetFlow", "preTransferAudio", "failureTransferAudio", "failureOutputs", "connectTimeout", "invocationData",
    ])
    settings.checkOutputs(["failure"])
    let node = settings.node["targetFlow"]
    let name = node?["name"]?.string ?? node?["lit"]?["name"]?.string ?? node?.string
    if name == nil {
      settings.reading.report("action \"\(settings.kind)\" needs \"targetFlow\" with a name", at: settings.position)
    }
    _ = settings.output("failure")
    _ = settings.value("invocationData", as: .string, isRequired: false)
    return (name ?? "", settings.prompt("preTransferAudio"))
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(preTransfer)
    return .finished(.transferredToFlow(name, isSecure: false))
  }
}

/// `transferToFlowSecure`
struct TransferToFlowSecure: FlowAction {
  private let name: String
  private let preTransfer: PromptSource

  init(_ settings: Settings) {
    (name, preTransfer) = TransferToFlow.read(settings)
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(preTransfer)
    return .finished(.transferredToFlow(name, isSecure: true))
  }
}
