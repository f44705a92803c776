import Core

extension CallEvent {
  /// One object a line: `event` says what it is, `at_ms` when. Members that do not apply are left out; `null` stands for
  /// something secure.
  package var json: JSONValue {
    let head: [JSONValue.Member] = [
      JSONValue.Member("event", .string(kind.name)), JSONValue.Member("at_ms", .integer(offset.wholeMilliseconds)),
    ]
    return .object(head + kind.members.map { JSONValue.Member($0.key, $0.value) })
  }
}

extension CallEvent.Kind {
  fileprivate var name: String {
    switch self {
    case .answered: "answered"
    case .prompt: "prompt"
    case .keys: "keys"
    case .text: "text"
    case .noEntry: "no_entry"
    case .request: "request"
    case .branch: "branch"
    case .variable: "variable"
    case .participantData: "participant_data"
    case .pause: "pause"
    case .fault: "fault"
    case .outcome: "outcome"
    }
  }

  fileprivate var members: KeyValuePairs<String, JSONValue> {
    switch self {
    case .answered(let flow, let kind): ["flow": .string(flow), "kind": .string(kind)]
    case .prompt(let text): ["text": .string(text)]
    case .keys(let keys): ["keys": .string(keys)]
    case .text(let text): ["text": .string(text)]
    case .noEntry(let limit): ["after_ms": .integer(limit.wholeMilliseconds)]
    case .request(let action, let method, let path, let status, let duration, let failure):
      [
        "action": .string(action), "method": .string(method), "path": .string(path),
        "status": status.map { .integer($0) } ?? .null, "duration_ms": .integer(duration.wholeMilliseconds),
        "failure": failure.map { .string($0) } ?? .null,
      ]
    case .branch(let action, let path): ["action": .string(action), "path": .string(path)]
    case .variable(let name, let value):
      ["name": .string(name), "value": value ?? .null, "secure": .bool(value == nil)]
    case .participantData(let name, let value):
      ["name": .string(name), "value": value ?? .null, "secure": .bool(value == nil)]
    case .pause(let duration, let reason):
      ["duration_ms": .integer(duration.wholeMilliseconds), "reason": .string(reason)]
    case .fault(let action, let line, let column, let reason):
      ["action": .string(action), "line": .integer(line), "column": .integer(column), "reason": .string(reason)]
    case .outcome(let outcome, let requests): outcome.members(requests: requests)
    }
  }
}

extension CallOutcome {
  fileprivate func members(requests: Int) -> KeyValuePairs<String, JSONValue> {
    let requests = JSONValue.integer(requests)
    return switch self {
    case .completed: ["outcome": "completed", "requests": requests]
    case .transferred(let queue): ["outcome": "transferred", "queue": .string(queue), "requests": requests]
    case .transferredToFlow(let flow, let isSecure):
      ["outcome": "transferred_to_flow", "flow": .string(flow), "secure": .bool(isSecure), "requests": requests]
    case .disconnected: ["outcome": "disconnected", "requests": requests]
    case .hungUp: ["outcome": "hung_up", "requests": requests]
    case .failed(let reason): ["outcome": "failed", "reason": .string(reason), "requests": requests]
    }
  }

  /// For a person: `transferred to queue "Orders"`.
  package var words: String {
    switch self {
    case .completed: "completed"
    case .transferred(let queue): "transferred to queue \"\(queue)\""
    case .transferredToFlow(let flow, let isSecure): "transferred to \(isSecure ? "secure flow" : "flow") \"\(flow)\""
    case .disconnected: "disconnected"
    case .hungUp: "the caller hung up"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}
