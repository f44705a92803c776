import Core

/// A way in which a vendor misbehaves until it is told to stop. Set by `PUT /_faults/{vendor}`.
struct Fault: Sendable, Hashable {
  /// What becomes of the request after the wait.
  enum Failure: Sendable, Hashable {
    /// Only slow.
    case none
    case status(Int, body: Body, retryAfter: Int?)
    /// The connection is dropped without an answer.
    case reset
    /// Nothing is answered for 120 seconds, then the connection is dropped.
    case hang
  }

  struct Body: Sendable, Hashable {
    var text: String
    var type: String
  }

  var latency: Duration = .zero
  /// At most this much more, evenly spread.
  var jitter: Duration = .zero
  var failure: Failure = .none
  /// The vendor acts before it fails: what was asked for has happened, and the caller cannot know.
  var losesAnswer = false
  /// The part of requests that it strikes, above 0 and up to 1.
  var rate = 1.0
  /// After so many it is over; nil for never.
  var remaining: Int?
  /// Strikes only paths that begin so, behind `/{vendor}`.
  var path = ""
  /// Strikes only requests with this in their body: one mutation of a GraphQL endpoint that has one path for all.
  var text = ""
}

extension Fault {
  static let names = [
    "latency_ms", "jitter_ms", "status", "rate", "reset", "hang", "body", "retry_after", "for_requests", "lose_answer",
    "path", "body_contains",
  ]

  /// - Throws: `Problem` 422 that says which member is wrong, and how to write it.
  init(_ json: JSONValue) throws(Problem) {
    guard let members = json.members else {
      throw .badFault("The body must be a JSON object such as {\"status\": 503}.")
    }
    guard !members.isEmpty else {
      throw .badFault("It is empty. Known members: \(Self.names.joined(separator: ", ")).")
    }
    for member in members where !Self.names.contains(member.name) {
      let hint = nearestNameHint(for: member.name, among: Self.names)
      throw .badFault("\"\(member.name)\" is not known.\(hint) Known: \(Self.names.joined(separator: ", ")).")
    }
    latency = .milliseconds(try json.whole("latency_ms", 0...600_000) ?? 0)
    jitter = .milliseconds(try json.whole("jitter_ms", 0...600_000) ?? 0)
    remaining = try json.whole("for_requests", 1...1_000_000)
    losesAnswer = try json.flag("lose_answer")
    if let value = json["rate"] {
      guard let rate = value.double, rate > 0, rate <= 1 else { throw .badFault("\"rate\" is above 0 and at most 1.") }
      self.rate = rate
    }
    if let value = json["path"] {
      guard let path = value.string, path.hasPrefix("/") else { throw .badFault("\"path\" begins with a slash.") }
      self.path = path
    }
    if let value = json["body_contains"] {
      guard let text = value.string, !text.isEmpty else { throw .badFault("\"body_contains\" is text.") }
      self.text = text
    }
    failure = try Self.failure(json, losesAnswer: losesAnswer)
    guard failure != .none || latency + jitter > .zero else {
      throw .badFault("It does nothing: give one of latency_ms, jitter_ms, status, reset, hang, lose_answer.")
    }
  }

  private static func failure(_ json: JSONValue, losesAnswer: Bool) throws(Problem) -> Failure {
    let status = try json.whole("status", 200...599)
    let (reset, hang) = (try json.flag("reset"), try json.flag("hang"))
    guard [status != nil, reset, hang].filter({ $0 }).count <= 1 else {
      throw .badFault("Only one of status, reset and hang can happen to a request.")
    }
    let retryAfter = try json.whole("retry_after", 0...86_400)
    guard status != nil || retryAfter == nil && json["body"] == nil else {
      throw .badFault("\"body\" and \"retry_after\" go with \"status\".")
    }
    if hang { return .hang }
    guard let status else { return reset || losesAnswer ? .reset : .none }
    let body =
      switch json["body"] {
      case nil: Body(text: "", type: "text/plain; charset=utf-8")
      case .string(let text): Body(text: text, type: "text/plain; charset=utf-8")
      case .some(let value): Body(text: value.text, type: "application/json")
      }
    return .status(status, body: body, retryAfter: retryAfter)
  }

  /// The fault as it was set; `for_requests` counts down.
  var json: JSONValue {
    var members: [JSONValue.Member] = []
    func add(_ name: String, _ value: JSONValue, if present: Bool = true) {
      if present { members.append(.init(name, value)) }
    }
    add("latency_ms", .integer(latency.wholeMilliseconds), if: latency > .zero)
    add("jitter_ms", .integer(jitter.wholeMilliseconds), if: jitter > .zero)
    switch failure {
    case .none: break
    case .reset: add("reset", true, if: !losesAnswer)
    case .hang: add("hang", true)
    case .status(let status, let body, let retryAfter):
      add("status", .integer(status))
      add("body", .string(body.text), if: !body.text.isEmpty)
      if let retryAfter { add("retry_after", .integer(retryAfter)) }
    }
    add("lose_answer", true, if: losesAnswer)
    add("rate", .number("\(rate)"), if: rate < 1)
    if let remaining { add("for_requests", .integer(remaining)) }
    add("path", .string(path), if: !path.isEmpty)
    add("body_contains", .string(text), if: !text.isEmpty)
    return .object(members)
  }
}

extension JSONValue {
  func whole(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let value = self[name] else { return nil }
    guard let number = value.integer.map({ Int($0) }), range.contains(number) else {
      throw .badFault("\"\(name)\" is a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    guard let value = self[name] else { return false }
    guard let flag = value.bool else { throw .badFault("\"\(name)\" is true or false.") }
    return flag
  }
}

extension Problem {
  static func badFault(_ detail: String) -> Problem {
    Problem(status: 422, code: "fault_invalid", title: "This is no fault that can be simulated", detail: detail)
  }
}
