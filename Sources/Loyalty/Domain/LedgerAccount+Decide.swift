import Core

/// What stands around a decision: when, under which rules, and where in the journal the next transaction goes.
package struct Decision: Sendable {
  package let now: Timestamp
  package let rules: RuleBook
  /// When points that come now end, unless something else is said.
  let end: Timestamp?
  /// Given to the next transaction, then counted up.
  package var nextSequence: Int64
  /// What proves the customer of an account that has just become theirs; the next transaction states it.
  package var proof: String?

  package init(now: Timestamp, rules: RuleBook, nextSequence: Int64) {
    self.now = now
    self.rules = rules
    end = rules.expiry.date(of: now)
    self.nextSequence = nextSequence
  }
}

extension LedgerAccount {
  /// Does what is commanded, or nothing. Lots and holds whose time has come are booked out first, so that nobody spends
  /// what has expired; that stays even if the command is refused, as it would have come anyway.
  ///
  /// - Parameters:
  ///   - original: the transaction that is reversed, as the journal has it.
  ///   - decided: what was written, in order; the command's own is the last but for what a capture releases.
  /// - Returns: the place in `decided.all` of the command's own transaction; nil for `settle`.
  /// - Throws: `LedgerRefusal`.
  package mutating func apply(
    _ command: LedgerCommand, reversing original: Decided? = nil, _ decision: inout Decision,
    into decided: inout Decisions
  ) throws(LedgerRefusal) -> Int? {
    settle(&decision, into: &decided)
    if command.action == .settle { return nil }
    guard status == .open else { throw .accountClosed }
    if let expected = command.expectedVersion, expected != version { throw .versionConflict(current: version) }
    var detail = EntryDetail()
    detail.reason = command.reason
    detail.reference = command.reference
    detail.customer = decision.proof
    let place = decided.all.count
    var post = Posting()
    switch command.action {
    case .accrue(let points, let expiresAt):
      try checkRoom(points)
      try checkEnd(expiresAt, decision)
      detail.earnedOn = command.earnedOn
      detail.qualifying = command.qualifying
      detail.lots = [lot(points, expiresAt: expiresAt ?? decision.end)]
      post.move(.accrual, points, from: BookAccount.programme.rawValue, to: id)
    case .earn(let event):
      let award = try decision.rules.award(event, to: self, at: decision.now)
      try checkRoom(award.points)
      detail.lots = [lot(award.points, expiresAt: award.expiresAt)]
      detail.eventType = event.type
      detail.amount = event.amount
      detail.rulesVersion = decision.rules.version
      detail.rules = award.rules
      detail.earnedOn = command.earnedOn
      detail.qualifying = award.qualifying == award.points ? nil : award.qualifying
      post.move(.accrual, award.points, from: BookAccount.programme.rawValue, to: id)
    case .redeem(let points):
      detail.lots = try spend(points)
      post.move(.redemption, points, from: id, to: BookAccount.redeemed.rawValue)
    case .adjust(let points, let expiresAt) where points > 0:
      try checkRoom(points)
      try checkEnd(expiresAt, decision)
      detail.lots = [lot(points, expiresAt: expiresAt ?? decision.end)]
      post.move(.adjustment, points, from: BookAccount.adjustments.rawValue, to: id)
    case .adjust(let points, _):
      guard points > -(1 << 53) else { throw .outOfRange }
      detail.lots = try spend(-points)
      post.move(.adjustment, -points, from: id, to: BookAccount.adjustments.rawValue)
    case .hold(let points, let expiresAt):
      try checkEnd(expiresAt, decision)
      detail.lots = try spend(points)
      detail.expiresAt = expiresAt
      post.move(.hold, points, from: id, to: BookAccount.held.rawValue)
    case .release(let transaction):
      let hold = try open(transaction)
      detail.hold = hold.number
      detail.lots = hold.lots.map { reinstated($0, decision) }
      post.move(.release, hold.points, from: BookAccount.held.rawValue, to: id)
    case .capture(let transaction, let part):
      let hold = try open(transaction)
      let points = part ?? hold.points
      guard points > 0 else { throw .outOfRange }
      guard points <= hold.points else { throw .insufficientPoints(available: hold.points) }
      detail.hold = hold.number
      detail.lots = hold.lots.first(points)
      post.move(.redemption, points, from: BookAccount.held.rawValue, to: BookAccount.redeemed.rawValue)
    case .reverse:
      try reverse(original, decision, &detail, &post)
    case .settle: break
    }
    write(post, key: command.key ?? "", detail, &decision, into: &decided)
    decision.proof = nil
    if case .capture(let transaction, _) = command.action,
      let rest = holds.first(where: { $0.sequence == transaction.sequence })
    {
      release(rest.number, "what was not captured", &decision, into: &decided)
    }
    return place
  }

  /// Books out what is over: lots expire, holds are released.
  package mutating func settle(_ decision: inout Decision, into decided: inout Decisions) {
    while let hold = holds.filter({ $0.expiresAt <= decision.now }).min(by: { $0.expiresAt < $1.expiresAt }) {
      release(hold.number, "the hold is over", &decision, into: &decided)
    }
    while let lot = lots.first, let end = lot.expiresAt, end <= decision.now {
      var detail = EntryDetail()
      detail.lots = [LotMove(lot: lot.number, points: lot.remaining, expiresAt: end)]
      var post = Posting()
      post.move(.expiry, lot.remaining, from: id, to: BookAccount.breakage.rawValue)
      write(post, key: "", detail, &decision, into: &decided)
    }
  }

  /// Closes it for good; what is left on it is forfeited.
  ///
  /// - Throws: `CloseAccount.Refusal`.
  mutating func close(
    _ reason: String, _ decision: inout Decision, into decided: inout Decisions
  ) throws(CloseAccount.Refusal) {
    settle(&decision, into: &decided)
    guard status == .open else { throw .isClosed }
    guard holds.isEmpty else { throw .hasHolds(points: held) }
    var detail = EntryDetail()
    detail.reason = reason
    detail.lots = lots.map { LotMove(lot: $0.number, points: $0.remaining, expiresAt: $0.expiresAt) }
    var post = Posting()
    post.move(.closure, available, from: id, to: BookAccount.breakage.rawValue)
    write(post, key: "", detail, &decision, into: &decided)
  }

  private mutating func release(
    _ number: Int64, _ reason: String, _ decision: inout Decision, into decided: inout Decisions
  ) {
    guard let hold = holds.first(where: { $0.number == number }) else { return }
    var detail = EntryDetail()
    detail.reason = reason
    detail.hold = number
    detail.lots = hold.lots.map { reinstated($0, decision) }
    var post = Posting()
    post.move(.release, hold.points, from: BookAccount.held.rawValue, to: id)
    write(post, key: "", detail, &decision, into: &decided)
  }

  private mutating func reverse(
    _ original: Decided?, _ decision: Decision, _ detail: inout EntryDetail, _ post: inout Posting
  ) throws(LedgerRefusal) {
    guard let original, original.entry.account == id else { throw .transactionNotFound }
    let entry = original.entry
    detail.reverses = entry.sequence
    switch (entry.type, entry.from == id) {
    case (.accrual, _):
      detail.earnedOn = original.detail.earnedOn ?? entry.at.day
      detail.qualifying = original.detail.qualifying
      detail.rules = original.detail.rules
      fallthrough
    case (.adjustment, false):
      // What came is taken from its own lot first, then from what would be spent next.
      detail.lots = try spend(entry.points, first: original.detail.lots.first?.lot)
    case (.redemption, _), (.adjustment, true):
      try checkRoom(entry.points)
      detail.lots = original.detail.lots.map { reinstated($0, decision) }
    case (.expiry, _), (.reversal, _), (.hold, _), (.release, _), (.closure, _): throw .notReversible
    }
    let other = entry.from == id || entry.from == BookAccount.held.rawValue ? entry.to : entry.from
    if entry.to == id {
      post.move(.reversal, entry.points, from: id, to: other)
    } else {
      post.move(.reversal, entry.points, from: other, to: id)
    }
  }

  /// A lot for points that come now: that of before with the same end, so that an account never has more lots than ends.
  private func lot(_ points: Int64, expiresAt: Timestamp?) -> LotMove {
    let number = lots.first { $0.expiresAt == expiresAt }?.number ?? version + 1
    return LotMove(lot: number, points: points, expiresAt: expiresAt)
  }

  /// Points that come back keep their end, but the customer has some time to spend them.
  private func reinstated(_ move: LotMove, _ decision: Decision) -> LotMove {
    guard let end = move.expiresAt else { return move }
    var move = move
    move.expiresAt = max(end, decision.now + decision.rules.reinstatementGrace)
    return move
  }

  /// - Parameter first: the lot that is taken from before all others.
  private func spend(_ points: Int64, first: Int64? = nil) throws(LedgerRefusal) -> [LotMove] {
    guard points > 0 else { throw .outOfRange }
    guard points <= available else { throw .insufficientPoints(available: available) }
    var moves: [LotMove] = []
    var left = points
    for lot in lots.filter({ $0.number == first }) + lots.filter({ $0.number != first }) where left > 0 {
      let part = min(left, lot.remaining)
      moves.append(LotMove(lot: lot.number, points: part, expiresAt: lot.expiresAt))
      left -= part
    }
    return moves
  }

  private func open(_ id: TransactionID) throws(LedgerRefusal) -> Hold {
    guard let hold = holds.first(where: { $0.sequence == id.sequence }) else { throw .holdNotOpen }
    return hold
  }

  /// An account has room for 2⁵³ points, so that the number survives every JSON reader.
  private func checkRoom(_ points: Int64) throws(LedgerRefusal) {
    guard points > 0, points <= 1 << 53, balance + points <= 1 << 53 else { throw .outOfRange }
  }

  /// Here and not where the request is read: a request that is sent again has its answer, whatever has passed since.
  private func checkEnd(_ end: Timestamp?, _ decision: Decision) throws(LedgerRefusal) {
    if let end, end <= decision.now { throw .endHasPassed }
  }

  /// Which points go where.
  private struct Posting: BitwiseCopyable {
    var type = EntryType.adjustment
    var points: Int64 = 0
    var from: Int64 = 0
    var to: Int64 = 0

    mutating func move(_ type: EntryType, _ points: Int64, from: Int64, to: Int64) {
      (self.type, self.points, self.from, self.to) = (type, points, from, to)
    }
  }

  private mutating func write(
    _ post: Posting, key: String, _ detail: consuming EntryDetail, _ decision: inout Decision,
    into decided: inout Decisions
  ) {
    let holding: Int64 =
      post.type == .hold ? post.points : post.from == BookAccount.held.rawValue ? -post.points : 0
    let change: Int64 = post.to == id ? post.points : post.from == id ? -post.points : 0
    let entry = decided.seal(
      LedgerEntry(
        sequence: decision.nextSequence, account: id, number: version + 1, type: post.type, points: post.points,
        from: post.from, to: post.to, at: decision.now, available: available + change, held: held + holding,
        previous: lastSequence),
      detail, key: key, after: head)
    do {
      try record(entry, detail)
    } catch {
      // What was decided here and does not fit is a bug: better no answer than a wrong book.
      preconditionFailure("the ledger contradicts itself: \(error)")
    }
    decision.nextSequence += 1
    decided.add(entry, detail)
  }
}

extension [LotMove] {
  /// The first so many points of them.
  fileprivate func first(_ points: Int64) -> [LotMove] {
    var left = points
    return compactMap { move in
      guard left > 0 else { return nil }
      var part = move
      part.points = Swift.min(left, move.points)
      left -= part.points
      return part
    }
  }
}
