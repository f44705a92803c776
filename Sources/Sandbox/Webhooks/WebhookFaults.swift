import Core

/// How a vendor's webhooks misbehave. Set by `PUT /_webhooks/{vendor}/faults`.
struct WebhookFaults: Sendable, Hashable {
  /// The share of messages that come twice, with the same delivery id.
  var duplicate = 0.0
  /// The share of messages that never come.
  var drop = 0.0
  /// The share of attempts whose signature is that of another body.
  var corruptSignature = 0.0
  /// Every attempt says that it was made ten minutes ago.
  var staleTimestamp = false
  /// Later messages overtake earlier ones: each waits for a time of its own, up to `spread`.
  var reorder = false
  /// Every message comes so much later.
  var delay = Duration.zero
  /// Nothing goes out until it is released.
  var hold = false

  static let spread = Duration.seconds(2)
  static let staleness = Duration.seconds(600)
}

extension WebhookFaults {
  static let names = ["duplicate", "drop", "corrupt_signature", "stale_timestamp", "reorder", "delay_ms", "hold"]

  /// - Throws: `Problem` 422 that says which member is wrong, and how to write it.
  init(_ json: JSONValue) throws(Problem) {
    guard let members = json.members else {
      throw .badFault("The body must be a JSON object such as {\"duplicate\": 0.5}.")
    }
    for member in members where !Self.names.contains(member.name) {
      let hint = nearestNameHint(for: member.name, among: Self.names)
      throw .badFault("\"\(member.name)\" is not known.\(hint) Known: \(Self.names.joined(separator: ", ")).")
    }
    duplicate = try json.share("duplicate")
    drop = try json.share("drop")
    corruptSignature = try json.share("corrupt_signature")
    staleTimestamp = try json.flag("stale_timestamp")
    reorder = try json.flag("reorder")
    delay = .milliseconds(try json.whole("delay_ms", 0...600_000) ?? 0)
    hold = try json.flag("hold")
  }

  /// What is set, and nothing else.
  var json: JSONValue {
    var members: [JSONValue.Member] = []
    for (name, share) in [("duplicate", duplicate), ("drop", drop), ("corrupt_signature", corruptSignature)]
    where share > 0 { members.append(.init(name, .number("\(share)"))) }
    for (name, flag) in [("stale_timestamp", staleTimestamp), ("reorder", reorder), ("hold", hold)] where flag {
      members.append(.init(name, true))
    }
    if delay > .zero { members.append(.init("delay_ms", .integer(delay.wholeMilliseconds))) }
    return .object(members)
  }
}

extension JSONValue {
  fileprivate func share(_ name: String) throws(Problem) -> Double {
    guard let value = self[name] else { return 0 }
    guard let share = value.double, (0...1).contains(share) else {
      throw .badFault("\"\(name)\" is a share from 0 to 1.")
    }
    return share
  }
}
