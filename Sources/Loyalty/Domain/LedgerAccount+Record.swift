import Core

/// A transaction that does not follow from those before it: the books were changed by another hand, or a bug of ours.
package struct LedgerFlaw: Error, Sendable, Hashable, CustomStringConvertible {
  package let account: Int64
  package let number: Int64
  package let description: String
}

extension LedgerAccount {
  /// Takes a transaction on. The only way in which an account changes: what was decided now and what is read again from
  /// the journal go through here alike, and each must follow from what was before.
  ///
  /// - Throws: `LedgerFlaw`; the account is half changed then and of no more use.
  package mutating func record(_ entry: LedgerEntry, _ detail: EntryDetail) throws(LedgerFlaw) {
    func flaw(_ text: String) -> LedgerFlaw {
      LedgerFlaw(account: entry.account, number: entry.number, description: text)
    }
    guard entry.number == version + 1 else { throw flaw("is not number \(version + 1)") }
    guard entry.previous == lastSequence else { throw flaw("does not follow transaction \(lastSequence)") }
    guard status == .open else { throw flaw("comes after the account was closed") }
    guard entry.points > 0 || entry.points == 0 && entry.type == .closure else { throw flaw("moves no points") }
    version = entry.number
    lastSequence = entry.sequence
    head = entry.hash
    guard detail.lots.reduce(0, { $0 + $1.points }) == entry.points else { throw flaw("its lots are not its points") }
    let day = entry.at.day
    switch (entry.from == id, entry.to == id) {
    case (true, false):
      available -= entry.points
      for move in detail.lots where !take(move) { throw flaw("takes more from lot \(move.lot) than it has") }
    case (false, true):
      available += entry.points
      for move in detail.lots { give(move) }
    case (false, false):
      // A capture: from what is held to what is spent.
      guard entry.from == BookAccount.held.rawValue else { throw flaw("is not the account's") }
    case (true, true): throw flaw("moves points from the account to itself")
    }
    if entry.type == .hold {
      guard let expiresAt = detail.expiresAt else { throw flaw("holds without an end") }
      held += entry.points
      holds.append(
        Hold(number: entry.number, sequence: entry.sequence, expiresAt: expiresAt, lots: detail.lots))
    } else if entry.from == BookAccount.held.rawValue {
      held -= entry.points
      guard let number = detail.hold, end(entry, detail, ofHold: number) else { throw flaw("its hold is not open") }
    }
    if entry.type == .closure {
      guard entry.from == id, available == 0, held == 0 else { throw flaw("closes an account that has points") }
      status = .closed
    }
    count(entry, detail, on: day)
    guard available >= 0, held >= 0 else { throw flaw("leaves fewer than no points") }
    guard available == entry.available, held == entry.held else {
      throw flaw("says \(entry.available) and \(entry.held) held where it should be \(available) and \(held)")
    }
  }

  private mutating func take(_ move: LotMove) -> Bool {
    guard let index = lots.firstIndex(where: { $0.number == move.lot && $0.expiresAt == move.expiresAt }),
      lots[index].remaining >= move.points
    else {
      return false
    }
    lots[index].remaining -= move.points
    if lots[index].remaining == 0 { lots.remove(at: index) }
    return true
  }

  /// Into its lot, or a lot of its own if that is used up.
  private mutating func give(_ move: LotMove) {
    if let index = lots.firstIndex(where: { $0.number == move.lot && $0.expiresAt == move.expiresAt }) {
      lots[index].remaining += move.points
      return
    }
    let lot = Lot(number: move.lot, expiresAt: move.expiresAt, remaining: move.points)
    let place = lots.firstIndex { Self.isSpent(lot, before: $0) } ?? lots.endIndex
    lots.insert(lot, at: place)
  }

  /// What expires first is spent first (first in, first out, as each lot lives equally long; what never expires, last).
  static func isSpent(_ first: Lot, before second: Lot) -> Bool {
    switch (first.expiresAt, second.expiresAt) {
    case (let one?, let other?) where one != other: one < other
    case (.some, nil): true
    case (nil, .some): false
    default: first.number < second.number
    }
  }

  /// A capture takes what it names; a release all that is left, whose ends may have been put off.
  private mutating func end(_ entry: LedgerEntry, _ detail: EntryDetail, ofHold number: Int64) -> Bool {
    guard let index = holds.firstIndex(where: { $0.number == number }) else { return false }
    if entry.type == .release {
      guard holds.remove(at: index).points == entry.points else { return false }
      return true
    }
    for move in detail.lots {
      guard
        let place = holds[index].lots.firstIndex(where: {
          $0.lot == move.lot && $0.expiresAt == move.expiresAt && $0.points >= move.points
        })
      else { return false }
      holds[index].lots[place].points -= move.points
      if holds[index].lots[place].points == 0 { holds[index].lots.remove(at: place) }
    }
    if holds[index].lots.isEmpty { holds.remove(at: index) }
    return true
  }

  /// For the tier and for the caps of rules.
  mutating func count(_ entry: LedgerEntry, _ detail: EntryDetail, on day: Int64) {
    let sign: Int64
    switch entry.type {
    case .accrual: sign = 1
    case .reversal where detail.earnedOn != nil: sign = -1
    default: return
    }
    let qualifying = detail.qualifying ?? entry.points
    let counted = detail.earnedOn ?? day
    if let index = earned.firstIndex(where: { $0.day == counted }) {
      earned[index].points = max(0, earned[index].points + sign * qualifying)
    } else if sign > 0 {
      earned.append(Day(day: counted, points: qualifying))
    }
    earned.removeAll { $0.day <= day - 365 || $0.points == 0 }
    for award in detail.rules {
      if let index = uses.firstIndex(where: { $0.rule == award.rule }) {
        if uses[index].day != counted, sign > 0 {
          uses[index].day = counted
          uses[index].onDay = 0
        }
        if uses[index].day == counted { uses[index].onDay = max(0, uses[index].onDay + sign * award.points) }
        uses[index].total = max(0, uses[index].total + sign * award.points)
      } else if sign > 0 {
        uses.append(RuleUse(rule: award.rule, day: counted, onDay: award.points, total: award.points))
      }
    }
  }
}
