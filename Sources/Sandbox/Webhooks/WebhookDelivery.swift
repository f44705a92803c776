import Core

/// One message to one target, with every attempt to send it.
struct WebhookDelivery: Sendable {
  enum State: String, Sendable {
    /// Nobody is to get it: there is no target.
    case recorded
    /// For its first attempt or the next one.
    case waiting
    /// Until it is released.
    case held
    case sending
    case delivered
    /// Every attempt failed.
    case failed
    /// A fault lost it.
    case dropped
  }

  struct Attempt: Sendable, Hashable {
    let time: Timestamp
    let outcome: Outcome
    let isCorrupt: Bool
  }

  enum Outcome: Sendable, Hashable {
    case status(Int)
    case error(String)

    var isSuccess: Bool { if case .status(200..<300) = self { true } else { false } }
  }

  let vendor: Vendor
  let topic: String
  let body: [UInt8]
  let eventID: String
  let id: String
  let triggered: Timestamp
  let isDuplicate: Bool
  var state: State
  var attempts: [Attempt] = []
  /// When the next attempt is due.
  var next: Timestamp?
}

extension WebhookDelivery {
  var json: JSONValue {
    [
      "delivery_id": .string(id), "event_id": .string(eventID), "topic": .string(topic),
      "triggered_at": .string("\(triggered)"), "duplicate": .bool(isDuplicate), "state": .string(state.rawValue),
      "next_attempt_at": .text(next), "attempts": .array(attempts.map(\.json)),
      "body": .string(String(decoding: body, as: UTF8.self)),
    ]
  }
}

extension WebhookDelivery.Attempt {
  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [.init("time", .string("\(time)"))]
    switch outcome {
    case .status(let status): members.append(.init("status", .integer(status)))
    case .error(let reason): members.append(.init("error", .string(reason)))
    }
    if isCorrupt { members.append(.init("corrupt_signature", true)) }
    return .object(members)
  }
}
