import Core
import Storage

/// Some of the jobs, for a person who looks after them.
package struct JobSelection: Sendable {
  /// Empty: any.
  package var states: Set<JobStatus.State>
  package var kind: String?
  /// `*` stands for any text: `shopify 422*`.
  package var cause: String?
  /// Of the last change of a job; for a dead letter that is when it ended.
  package var since: Timestamp?
  package var until: Timestamp?
  package var limit: Int

  package init(
    states: Set<JobStatus.State> = [], kind: String? = nil, cause: String? = nil, since: Timestamp? = nil,
    until: Timestamp? = nil, limit: Int = 1_000
  ) {
    (self.states, self.kind, self.cause, self.since, self.until) = (states, kind, cause, since, until)
    self.limit = limit
  }

  /// Failed or unknown.
  package static let deadLetters = JobSelection(states: [.failed, .unknown])

  struct Condition {
    var sql: String
    var values: [any SQLValueConvertible]
  }

  /// - Returns: nil when nothing can match.
  func condition(in connection: any Connection) throws -> Condition? {
    var terms: [String] = []
    var values: [any SQLValueConvertible] = []
    func add(_ term: String, _ value: any SQLValueConvertible) {
      values.append(value)
      terms.append("\(term) $\(values.count)")
    }
    // Literals, so that the indexes of some states are found.
    if !states.isEmpty {
      terms.append("state IN (\(states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
    }
    if let kind { add("kind =", kind) }
    if let since { add("updated_at >=", since) }
    if let until { add("updated_at <", until) }
    if let cause {
      let known = try connection.query(
        "SELECT DISTINCT cause FROM jobs WHERE \((terms + ["cause IS NOT NULL"]).joined(separator: " AND "))", values)
      let matching = try known.map { try $0.get(0, as: String.self) }.filter { Glob(cause).matches($0) }
      guard !matching.isEmpty else { return nil }
      let places = matching.indices.map { "$\(values.count + $0 + 1)" }
      terms.append("cause IN (\(places.joined(separator: ", ")))")
      values += matching.map { $0 as any SQLValueConvertible }
    }
    return Condition(sql: terms.isEmpty ? "1 = 1" : terms.joined(separator: " AND "), values: values)
  }
}

/// A pattern in which `*` stands for any text, also none.
struct Glob: Sendable {
  private let parts: [Substring]

  init(_ pattern: String) {
    parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  }

  func matches(_ text: String) -> Bool {
    guard parts.count > 1, let first = parts.first, let last = parts.last else {
      return parts.first.map { $0 == text } ?? text.isEmpty
    }
    guard text.hasPrefix(first) else { return false }
    var rest = text.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let place = rest.firstRange(of: part) else { return false }
      rest = rest[place.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
