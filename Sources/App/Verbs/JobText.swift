import Core
import Jobs

// How jobs are shown: to a person, and to a program (stable).

extension JobStatus {
  var json: JSONValue { .object(members) }

  func json(with attempts: [JobAttempt]) -> JSONValue {
    .object(members + [.init("attempts_kept", .array(attempts.map(\.json)))])
  }

  private var members: [JSONValue.Member] {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return [
      .init("job_id", .string(id)), .init("kind", .string(kind)), .init("state", .string(state.rawValue)),
      .init("in_doubt", .bool(isInDoubt)), .init("lane", text(lane)), .init("attempts", .integer(attempts)),
      .init("max_attempts", .integer(maxAttempts)), .init("priority", .integer(priority)),
      .init("cause", text(cause)), .init("reason", text(lastError)), .init("result", text(result)),
      .init("request_id", text(requestID)), .init("run_at", .string("\(runAt)")),
      .init("created_at", .string("\(createdAt)")), .init("updated_at", .string("\(updatedAt)")),
    ]
  }

  /// Name and value, for a person.
  func facts(at now: Timestamp) -> [(String, String)] {
    let facts: [(String, String?)] = [
      ("job", id), ("kind", kind),
      ("state", state.rawValue + (state.isDeadLetter ? ", a dead letter" : "")),
      ("in doubt", isInDoubt ? "it may have been sent: its handler asks the vendor before it sends again" : nil),
      ("attempts", "\(attempts) of \(maxAttempts)"), ("cause", cause), ("reason", lastError), ("result", result),
      ("lane", lane), ("request", requestID), ("created", "\(createdAt)"),
      ("changed", "\(updatedAt), \((now - updatedAt).spoken) ago"), ("due", state == .ready ? "\(runAt)" : nil),
    ]
    return facts.compactMap { name, value in value.map { (name, $0) } }
  }
}

extension JobAttempt {
  var json: JSONValue {
    [
      "attempt": .integer(attempt), "started_at": .string("\(startedAt)"), "ended_at": .string("\(endedAt)"),
      "outcome": .string(outcome.rawValue), "cause": cause.map { .string($0) } ?? .null,
      "reason": reason.map { .string($0) } ?? .null, "trigger": .string(actor == nil ? "runner" : "manual"),
      "actor": actor.map { .string($0) } ?? .null,
    ]
  }

  var spokenOutcome: String {
    switch (outcome, actor) {
    case (.ready, nil): "to be tried again"
    case (.ready, _): "brought back"
    case (.running, _): "interrupted"
    case (.sending, _): "interrupted, in doubt"
    default: outcome.rawValue
    }
  }
}
