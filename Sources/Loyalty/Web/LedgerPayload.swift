import Core

/// What the ledger's answers look like.
enum LedgerPayload {
  /// A transaction that was just made, or made by an earlier request with its key.
  ///
  /// - Parameter status: of this one among many.
  static func write(_ posting: Posting, customer: Customer, status: Int64? = nil, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "{"))
    json.append(member: "status", status)
    json.append(member: "transaction_id")
    json.appendQuoted { posting.id.write(to: &$0) }
    json.append(member: "account_id")
    json.appendQuoted { posting.account.write(to: &$0) }
    if case .hashes(let hashes) = customer { json.append(member: "customer_hash", hashes.first?.handle) }
    write(posting.entry, posting.detail, to: &json)
    json.append(member: "balance", posting.balance)
    json.append(member: "available", posting.available)
    json.append(member: "held", posting.held)
    json.append(member: "tier", posting.tier)
    json.append(member: "balance_version", posting.version)
    json.append(UInt8(ascii: "}"))
  }

  /// A transaction of a history, with the balance after it.
  static func write(line decided: Decided, to json: inout [UInt8]) {
    let entry = decided.entry
    json.append(UInt8(ascii: "{"))
    json.append(member: "transaction_id")
    json.appendQuoted { TransactionID(entry).write(to: &$0) }
    write(entry, decided.detail, to: &json)
    json.append(member: "balance", entry.available + entry.held)
    json.append(member: "available", entry.available)
    json.append(member: "held", entry.held)
    json.append(member: "balance_version", entry.number)
    json.append(UInt8(ascii: "}"))
  }

  private static func write(_ entry: LedgerEntry, _ detail: EntryDetail, to json: inout [UInt8]) {
    json.append(member: "type", entry.type.name)
    json.append(member: "points", entry.points)
    json.append(member: "change", entry.change)
    json.append(member: "created_at", entry.at)
    json.append(member: "hash")
    json.appendQuoted { $0.append(hex: entry.hash.bytes) }
    json.append(member: "reason", detail.reason)
    json.append(member: "reference", detail.reference)
    json.append(member: "event_type", detail.eventType)
    json.append(member: "amount", detail.amount)
    json.append(member: "expires_at", detail.expiresAt)
    json.append(member: "rules_version", detail.rulesVersion)
    json.append(member: "lots")
    json.append(UInt8(ascii: "["))
    for (index, move) in detail.lots.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      write(move, to: &json)
    }
    json.append(UInt8(ascii: "]"))
  }

  private static func write(_ move: LotMove, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "{"))
    json.append(member: "lot", move.lot)
    json.append(member: "points", move.points)
    if let end = move.expiresAt {
      json.append(member: "expires_at", end)
    } else {
      json.append(member: "expires_at")
      json.append(contentsOf: "null".utf8)
    }
    json.append(UInt8(ascii: "}"))
  }

  /// What a customer has at a time.
  static func account(_ account: LedgerAccount?, rules: RuleBook, at now: Timestamp) -> [JSONValue.Member] {
    let available = account?.available(at: now) ?? 0
    let held = account?.held ?? 0
    let earned = account?.earned(inYearTo: now.day) ?? 0
    let tier = rules.tiers.tier(for: earned)
    let next = rules.tiers.next(after: earned).map { next -> JSONValue in
      ["tier": .string(next.id), "points_to_go": .integer(next.threshold - earned)]
    }
    return [
      JSONValue.Member("account_id", account.map { .string(AccountID($0).description) } ?? .null),
      JSONValue.Member("balance", .integer(available + held)),
      JSONValue.Member("available", .integer(available)),
      JSONValue.Member("held", .integer(held)),
      JSONValue.Member("tier", .string(tier.id)),
      JSONValue.Member("next_tier", next ?? .null),
      JSONValue.Member("expiring", .array(expiring(account, after: now))),
      JSONValue.Member("balance_version", .integer(account?.version ?? 0)),
    ]
  }

  /// Lots by the time of their end, those that end together as one.
  private static func expiring(_ account: LedgerAccount?, after now: Timestamp) -> [JSONValue] {
    var ends: [(at: Timestamp, points: Int64)] = []
    for lot in account?.lots ?? [] {
      guard let end = lot.expiresAt, end > now else { continue }
      if ends.last?.at == end {
        ends[ends.count - 1].points += lot.remaining
      } else {
        ends.append((end, lot.remaining))
      }
    }
    return ends.map { ["points": .integer($0.points), "at": .string($0.at.description)] }
  }
}
