import Core
import Storage

/// What became of each key: whoever sends a request again is given the first answer.
struct ProcessedEventTable: Sendable {
  /// The key that each reversal takes, by what it reverses.
  static let reversalPrefix = "reversal/"

  static func reversalKey(_ sequence: Int64) -> String { "\(reversalPrefix)\(sequence)" }

  func find(_ keys: [String], in connection: any Connection) throws -> [String: Outcome] {
    guard !keys.isEmpty else { return [:] }
    return try connection.select(
      "key, fingerprint, sequence, last_sequence, outcome", from: "loyalty_processed_events", where: "key",
      isIn: .texts(keys)
    ).reduce(into: [:]) { found, row in
      found[try row.text(0)] = Outcome(
        fingerprint: try row.bytes32(1),
        kind: try Self.kind(row.text(4), sequence: row.integer(2), last: row.integer(3)))
    }
  }

  struct Record: Sendable {
    let key: String
    let outcome: Outcome
    let keptUntil: Timestamp?
  }

  func insert(_ records: [Record], in connection: any Connection) throws {
    try connection.enqueue(
      [
        "key": .texts(records.map(\.key)),
        "fingerprint": .bytes32(records.map(\.outcome.fingerprint)),
        "sequence": .integers(records.map { $0.outcome.sequences.first }),
        "last_sequence": .integers(records.map { $0.outcome.sequences.last }),
        "outcome": .texts(records.map { Self.text($0.outcome.kind) }),
        "kept_until": .optionalIntegers(records.map { $0.keptUntil?.microseconds }),
      ], into: "loyalty_processed_events")
  }

  static let sweptAtOnce = 1_000

  /// Forgets what is kept no longer, `sweptAtOnce` at most.
  ///
  /// - Returns: how many.
  @discardableResult
  func sweep(now: Timestamp, in connection: any Connection) throws -> Int {
    try connection.execute(
      """
      DELETE FROM loyalty_processed_events WHERE key IN (
        SELECT key FROM loyalty_processed_events WHERE kept_until <= $1 ORDER BY kept_until LIMIT \(Self.sweptAtOnce))
      """, [now])
  }

  /// A tier, or `!` and what was refused.
  private static func text(_ kind: Outcome.Kind) -> String {
    switch kind {
    case .posted(_, _, let tier): tier
    case .refused(.insufficientPoints(let available)): "!insufficient_points \(available)"
    case .refused(let refusal): "!" + refusal.code
    }
  }

  static func kind(_ text: String, sequence: Int64, last: Int64) throws -> Outcome.Kind {
    guard text.hasPrefix("!") else { return .posted(sequence: sequence, last: last, tier: text) }
    let parts = text.dropFirst().split(separator: " ")
    switch parts.first {
    case "insufficient_points": return .refused(.insufficientPoints(available: parts.last.flatMap { Int64($0) } ?? 0))
    case "account_closed": return .refused(.accountClosed)
    case "hold_not_open": return .refused(.holdNotOpen)
    case "not_reversible": return .refused(.notReversible)
    case "no_rule": return .refused(.noRule)
    default: throw DatabaseError.shape("loyalty_processed_events.outcome")
    }
  }
}

extension Outcome {
  fileprivate var sequences: (first: Int64, last: Int64) {
    if case .posted(let first, let last, _) = kind { (first, last) } else { (0, 0) }
  }
}
