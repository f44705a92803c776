import Core

/// What the ledger's answers look like.
enum LedgerPayload {
  /// A transaction that was just made, or made by an earlier request with its key.
  static func posting(_ posting: Posting, customer: Customer) -> JSONValue {
    var members = entry(posting.entry, posting.detail)
    members.insert(JSONValue.Member("account_id", .string(posting.account.description)), at: 1)
    if case .hashes(let hashes) = customer, let hash = hashes.first {
      members.insert(JSONValue.Member("customer_hash", .string(hash.handle)), at: 2)
    }
    for (name, value) in [
      ("balance", .integer(posting.balance)), ("available", .integer(posting.available)),
      ("held", .integer(posting.held)), ("tier", .string(posting.tier)), ("balance_version", .integer(posting.version)),
    ] as [(String, JSONValue)] {
      members.append(JSONValue.Member(name, value))
    }
    return .object(members)
  }

  /// A transaction of a history, with the balance after it.
  static func line(_ decided: Decided) -> JSONValue {
    .object(
      entry(decided.entry, decided.detail) + [
        JSONValue.Member("balance", .integer(decided.entry.available + decided.entry.held)),
        JSONValue.Member("available", .integer(decided.entry.available)),
        JSONValue.Member("held", .integer(decided.entry.held)),
        JSONValue.Member("balance_version", .integer(decided.entry.number)),
      ])
  }

  private static func entry(_ entry: LedgerEntry, _ detail: EntryDetail) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    func put(_ name: String, _ value: JSONValue?) {
      if let value { members.append(JSONValue.Member(name, value)) }
    }
    put("transaction_id", .string(TransactionID(entry).description))
    put("type", .string(entry.type.name))
    put("points", .integer(entry.points))
    put("change", .integer(entry.change))
    put("created_at", .string(entry.at.description))
    put("hash", .string(entry.hash.hex))
    put("reason", detail.reason.map(JSONValue.string))
    put("reference", detail.reference.map(JSONValue.string))
    put("event_type", detail.eventType.map(JSONValue.string))
    put("amount", detail.amount.map { .integer($0) })
    put("expires_at", detail.expiresAt.map { .string($0.description) })
    put("rules_version", detail.rulesVersion.map { .integer($0) })
    put("lots", .array(detail.lots.map(lot)))
    return members
  }

  private static func lot(_ move: LotMove) -> JSONValue {
    [
      "lot": .integer(move.lot), "points": .integer(move.points),
      "expires_at": move.expiresAt.map { .string($0.description) } ?? .null,
    ]
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
