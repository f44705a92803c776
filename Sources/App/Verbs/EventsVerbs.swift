import Core
import Events
import Storage
import Telemetry

extension Verb {
  static let eventsSubscribers = Verb(
    name: "events subscribers", summary: "List who is sent events, and how that goes.", options: configurationOptions
  ) { invocation in
    try await withSubscribers(invocation) { settings, platform in
      let terminal = invocation.terminal
      if settings.isEmpty { terminal.say("There are no subscribers. events.subscribers names them.") }
      for subscriber in settings {
        let state = try await platform.database.read { try SubscriberTable().find(subscriber.name, in: $0) }
        terminal.say("\(subscriber.name)   \(subscriber.url)   \(state.line)")
        terminal.record([
          "name": .string(subscriber.name), "url": .string(subscriber.url),
          "types": .array(subscriber.types.map { .string($0.description) }), "enabled": .bool(state.disabledAt == nil),
          "disabled_at": state.disabledAt.json, "disabled_reason": .text(state.disabledReason),
          "failing_since": state.failingSince.json, "last_success_at": state.lastSuccessAt.json,
          "last_failure_at": state.lastFailureAt.json, "last_error": .text(state.lastError),
        ])
      }
      return .success
    }
  }

  static let eventsEnable = Verb(
    name: "events enable", summary: "Send events again to a subscriber that was disabled.",
    details: "It is sent what happens from now on. What it missed it can read from GET /v1/events.",
    arguments: ["NAME"], options: configurationOptions
  ) { invocation in
    try await withSubscribers(invocation) { settings, platform in
      let name = invocation.arguments[0]
      guard settings.contains(where: { $0.name == name }) else {
        let guess = nearestNameHint(for: name, among: settings.map(\.name))
        throw CommandFailure(
          .failure, "The configuration has no subscriber \"\(name)\".\(guess)",
          "`ringback events subscribers` lists them.")
      }
      let wasDisabled = try await platform.database.write { try SubscriberTable().enable(name, in: $0) }
      invocation.terminal.say(wasDisabled ? "Enabled." : "It was not disabled.")
      invocation.terminal.record(["event": "enabled", "name": .string(name), "was_disabled": .bool(wasDisabled)])
      return .success
    }
  }

  private static func withSubscribers(
    _ invocation: Invocation, _ body: ([EventsSettings.Subscriber], Platform) async throws -> ExitCode
  ) async throws -> ExitCode {
    let configuration = try LoadedConfiguration.load(invocation).configuration
    let platform = try await Platform.open(configuration, logger: .none)
    do {
      try await platform.migrate()
      let code = try await body(configuration.events.subscribers, platform)
      await platform.close()
      return code
    } catch {
      await platform.close()
      throw error
    }
  }
}

extension SubscriberState {
  fileprivate var line: String {
    if let disabledAt { return "disabled since \(disabledAt): \(disabledReason ?? "")" }
    if let failingSince { return "failing since \(failingSince): \(lastError ?? "")" }
    return lastSuccessAt.map { "works, \($0)" } ?? "was sent nothing yet"
  }
}

extension Timestamp? {
  fileprivate var json: JSONValue { map { .string("\($0)") } ?? .null }
}

extension JSONValue {
  fileprivate static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
