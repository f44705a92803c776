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
    append(handleOf: customer, to: &json)
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
    json.appendQuoted { json in entry.hash.withUnsafeBytes { json.append(hex: $0) } }
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

  /// By the newest hash, under which an account is made.
  private static func append(handleOf customer: Customer, to json: inout [UInt8]) {
    guard case .hash(let hash, older: _) = customer else { return }
    json.append(member: "customer_hash")
    json.appendQuoted { hash.write(to: &$0) }
  }

  private static func write(_ move: LotMove, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "{"))
    json.append(member: "lot", move.lot)
    json.append(member: "points", move.points)
    if let end = move.expiresAt {
      json.append(member: "expires_at", end)
    } else {
      json.append(member: "expires_at")
      json.appendNull()
    }
    json.append(UInt8(ascii: "}"))
  }

  /// What a customer has at a time. The object is left open for what the caller adds, who closes it.
  static func open(
    _ account: LedgerAccount?, of customer: Customer? = nil, rules: RuleBook, at now: Timestamp, to json: inout [UInt8]
  ) {
    let available = account?.available(at: now) ?? 0
    let held = account?.held ?? 0
    let earned = account?.earned(inYearTo: now.day) ?? 0
    json.append(UInt8(ascii: "{"))
    json.append(member: "account_id")
    if let account { json.appendQuoted { AccountID(account).write(to: &$0) } } else { json.appendNull() }
    if let customer { append(handleOf: customer, to: &json) }
    json.append(member: "balance", available + held)
    json.append(member: "available", available)
    json.append(member: "held", held)
    json.append(member: "tier", rules.tiers.tier(for: earned).id)
    json.append(member: "next_tier")
    if let next = rules.tiers.next(after: earned) {
      json.append(UInt8(ascii: "{"))
      json.append(member: "tier", next.id)
      json.append(member: "points_to_go", next.threshold - earned)
      json.append(UInt8(ascii: "}"))
    } else {
      json.appendNull()
    }
    json.append(member: "expiring")
    writeExpiring(account?.lots ?? [], after: now, to: &json)
    json.append(member: "balance_version", account?.version ?? 0)
  }

  /// Lots by the time of their end, those that end together as one.
  private static func writeExpiring(_ lots: [LedgerAccount.Lot], after now: Timestamp, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "["))
    var next: (at: Timestamp, points: Int64)?
    var isFirst = true
    func write() {
      guard let end = next else { return }
      if !isFirst { json.append(UInt8(ascii: ",")) }
      isFirst = false
      json.append(UInt8(ascii: "{"))
      json.append(member: "points", end.points)
      json.append(member: "at", end.at)
      json.append(UInt8(ascii: "}"))
    }
    for lot in lots {
      guard let end = lot.expiresAt, end > now else { continue }
      if next?.at == end {
        next?.points += lot.remaining
      } else {
        write()
        next = (end, lot.remaining)
      }
    }
    write()
    json.append(UInt8(ascii: "]"))
  }
}
