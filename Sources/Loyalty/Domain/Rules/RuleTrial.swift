import Core

/// What other rules would have given for what happened: goes through the journal once, in its order.
///
/// Before `since` each account is counted as the journal has it, so that tiers and caps stand as they stood. From then on
/// the rules on trial count what was counted by rules, each transaction at its own time.
package struct RuleTrial: Sendable {
  /// What was given and what would have been.
  package struct Tally: Sendable, Hashable {
    /// Transactions in which either is above zero.
    package var transactions = 0
    package var pointsThen: Int64 = 0
    package var pointsNow: Int64 = 0

    package var difference: Int64 { pointsNow - pointsThen }

    fileprivate mutating func add(_ then: Int64, _ now: Int64) {
      transactions += 1
      pointsThen += then
      pointsNow += now
    }
  }

  private struct Sample {
    var account: LedgerAccount
    var difference: Int64 = 0
  }

  private let rules: RuleBook
  private let times: Range<Timestamp>
  private var samples: [Int64: Sample] = [:]
  package private(set) var total = Tally()
  /// By the id of a rule or campaign, of either rules.
  package private(set) var byRule: [String: Tally] = [:]
  package private(set) var byEventType: [String: Tally] = [:]
  /// How many more points customers could still spend at the end: what has expired by then is owed to nobody.
  package private(set) var liabilityDifference: Int64 = 0

  package init(_ rules: RuleBook, times: Range<Timestamp>) {
    self.rules = rules
    self.times = times
  }

  package var customersThatGain: Int { samples.values.count { $0.difference > 0 } }
  package var customersThatLose: Int { samples.values.count { $0.difference < 0 } }

  /// Takes the next transaction of the journal.
  package mutating func take(_ decided: Decided) {
    let (entry, detail) = (decided.entry, decided.detail)
    guard entry.at < times.upperBound else { return }
    let id = entry.account
    var sample = samples.removeValue(forKey: id) ?? Sample(account: LedgerAccount(id: id, tag: 0, createdAt: entry.at))
    defer { samples[id] = sample }
    guard entry.type == .accrual, entry.at >= times.lowerBound, let type = detail.eventType else {
      sample.account.count(entry, detail, on: entry.at.day)
      return
    }
    let event = EarningEvent(type: type, amount: detail.amount, occurredAt: entry.at)
    let award = try? rules.award(event, to: sample.account, at: entry.at)
    sample.difference += compare(entry, detail, with: award, type)
    guard let award else { return }
    var other = (entry, detail)
    other.0.points = award.points
    other.1.qualifying = award.qualifying
    other.1.rules = award.rules
    sample.account.count(other.0, other.1, on: entry.at.day)
  }

  private mutating func compare(
    _ entry: LedgerEntry, _ detail: EntryDetail, with award: RuleBook.Award?, _ type: String
  ) -> Int64 {
    let now = award?.points ?? 0
    total.add(entry.points, now)
    byEventType[type, default: Tally()].add(entry.points, now)
    let then = Dictionary(detail.rules.map { ($0.rule, $0.points) }, uniquingKeysWith: +)
    let other = Dictionary((award?.rules ?? []).map { ($0.rule, $0.points) }, uniquingKeysWith: +)
    for rule in Set(then.keys).union(other.keys) {
      byRule[rule, default: Tally()].add(then[rule] ?? 0, other[rule] ?? 0)
    }
    if isOwed(award?.expiresAt) { liabilityDifference += now }
    if isOwed(detail.lots.first?.expiresAt) { liabilityDifference -= entry.points }
    return now - entry.points
  }

  private func isOwed(_ end: Timestamp?) -> Bool { end.map { $0 >= times.upperBound } ?? true }
}
