import Core
import YAML

/// `playAudio`
struct PlayAudio: FlowAction {
  private let audio: PromptSource

  init(_ settings: Settings) {
    settings.checkSpelling(["audio"])
    audio = settings.prompt("audio", isRequired: true)
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(audio)
    return .next
  }
}

/// `sendResponse`: what a digital channel shows.
struct SendResponse: FlowAction {
  private let body: PromptSource

  init(_ settings: Settings) {
    settings.checkSpelling(["messageBody"])
    body = settings.prompt("messageBody", isRequired: true)
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(body)
    return .next
  }
}

/// `holdMusic`: shown as a pause.
struct HoldMusic: FlowAction {
  private let duration: ValueSource

  init(_ settings: Settings) {
    settings.checkSpelling(["prompt", "bargeInEnabled", "playStyle"])
    duration =
      settings.node["playStyle"]?["duration"].map { settings.value($0, named: "duration", as: .duration) } ?? .notSet
  }

  func run(in call: Call) async throws -> Step {
    try await call.pause(try call.duration(duration) ?? .zero, reason: "hold music")
    return .next
  }
}

/// `wait`
struct Wait: FlowAction {
  private let duration: ValueSource

  init(_ settings: Settings) {
    settings.checkSpelling(["duration", "trimDurationNearMaxRunningTime"])
    duration = settings.value("duration", as: .duration)
  }

  func run(in call: Call) async throws -> Step {
    guard let duration = try call.duration(duration) else { throw FlowFault("the duration is NOT_SET") }
    try await call.pause(duration, reason: "wait")
    return .next
  }
}
