import Core
import Loyalty

/// The rules of the ledger a second time, as plainly as they can be written: nothing is kept but lists, every sum is made
/// anew, and nothing is shared with the ledger but the forms of its commands and answers.
struct PointsModel {
  struct Lot: Hashable {
    var number: Int64
    /// Microseconds; the largest for never.
    var end: Int64
    var points: Int64
  }

  struct Hold: Hashable {
    var sequence: Int64
    var number: Int64
    var end: Int64
    var lots: [Lot]
  }

  struct Owner {
    /// Its place among all, by the time at which it came.
    let place: Int
    var lots: [Lot] = []
    var holds: [Hold] = []
    var count: Int64 = 0
    var isClosed = false

    var available: Int64 { lots.map(\.points).reduce(0, +) }
    var held: Int64 { holds.flatMap(\.lots).map(\.points).reduce(0, +) }
    var due: Int64 { (lots.map(\.end) + holds.map(\.end)).min() ?? never }
  }

  struct Line: Hashable {
    let sequence: Int64
    let owner: String
    let number: Int64
    let type: EntryType
    let points: Int64
    /// Of the account after it.
    let available: Int64
    let held: Int64
    let lots: [Lot]
    /// Whether the customer gained by it.
    let isGain: Bool
  }

  struct Answer: Hashable {
    let line: Line
    let last: Line
    var isReplay = false
  }

  static let never = Int64.max
  static let grace: Int64 = 30 * 86_400 * 1_000_000

  private(set) var owners: [String: Owner] = [:]
  private(set) var lines: [Line] = []
  private var reversed: Set<Int64> = []
  private var answers: [String: (fingerprint: Bytes32, outcome: Result<Answer, LedgerRefusal>)] = [:]
  /// Of the last line; time does not go back.
  private(set) var at: Int64 = 0
  /// Since the last mark: what there is ever more of is not copied.
  private var newReversed: [Int64] = []
  private var newKeys: [String] = []

  /// What it takes to go back.
  struct Mark {
    fileprivate let owners: [String: Owner]
    fileprivate let lines: Int
    fileprivate let at: Int64
  }

  /// To go back to, as long as no other is made.
  mutating func mark() -> Mark {
    (newReversed, newKeys) = ([], [])
    return Mark(owners: owners, lines: lines.count, at: at)
  }

  mutating func goBack(to mark: Mark) {
    (owners, at) = (mark.owners, mark.at)
    lines.removeSubrange(mark.lines...)
    for sequence in newReversed { reversed.remove(sequence) }
    for key in newKeys { answers[key] = nil }
  }

  mutating func post(
    _ command: LedgerCommand, by name: String, clock: Int64
  ) -> Result<Answer, LedgerRefusal> {
    if let key = command.key, let known = answers[key] {
      guard known.fingerprint == command.fingerprint else { return .failure(.keyReused) }
      return known.outcome.map { answer in
        var answer = answer
        answer.isReplay = true
        return answer
      }
    }
    let outcome: Result<Answer, LedgerRefusal>
    do throws(LedgerRefusal) {
      outcome = .success(try apply(command, by: name, now: max(clock, at)))
    } catch {
      outcome = .failure(error)
    }
    let isKept: Bool = if case .failure(let refusal) = outcome { Self.isFinal(refusal) } else { true }
    if let key = command.key, isKept {
      answers[key] = (command.fingerprint, outcome)
      newKeys.append(key)
    }
    return outcome
  }

  /// All that is over, of at most so many owners, who is due the longest first.
  mutating func settleDue(clock: Int64) {
    let now = max(clock, at)
    let due = owners.filter { $0.value.due <= now }.sorted {
      ($0.value.due, $0.value.place) < ($1.value.due, $1.value.place)
    }
    for (name, _) in due { settle(name, now: now) }
  }

  /// Takes what is left. What was refused leaves nothing behind, not even what was over.
  mutating func close(_ name: String, clock: Int64) throws(CloseAccount.Refusal) -> Line {
    let before = mark()
    let now = max(clock, at)
    settle(name, now: now)
    do throws(CloseAccount.Refusal) {
      guard let owner = owners[name] else { throw .accountNotFound }
      guard !owner.isClosed else { throw .isClosed }
      guard owner.holds.isEmpty else { throw .hasHolds(points: owner.held) }
      write(.closure, owner.available, loss: Self.inOrder(owner.lots), name, now)
    } catch {
      goBack(to: before)
      throw error
    }
    owners[name]?.isClosed = true
    return lines[lines.count - 1]
  }

  private static func isFinal(_ refusal: LedgerRefusal) -> Bool {
    switch refusal {
    case .insufficientPoints, .holdNotOpen, .notReversible, .noRule, .accountClosed: true
    default: false
    }
  }

  private mutating func apply(
    _ command: LedgerCommand, by name: String, now: Int64
  ) throws(LedgerRefusal) -> Answer {
    if case .reverse(let id) = command.action {
      guard let line = line(id.sequence), line.owner == name else { throw .transactionNotFound }
      guard !reversed.contains(line.sequence) else { throw .notReversible }
    }
    settle(name, now: now)
    let owner = owners[name] ?? Owner(place: owners.count)
    guard !owner.isClosed else { throw .accountClosed }
    if let expected = command.expectedVersion, expected != owner.count { throw .versionConflict(current: owner.count) }
    let first = lines.count
    switch command.action {
    case .accrue(let points, let end):
      if let end, end.microseconds <= now { throw .endHasPassed }
      write(.accrual, points, gain: [newLot(of: owner, points, end)], name, now)
    case .adjust(let points, let end) where points > 0:
      if let end, end.microseconds <= now { throw .endHasPassed }
      write(.adjustment, points, gain: [newLot(of: owner, points, end)], name, now)
    case .adjust(let points, _):
      write(.adjustment, -points, loss: try choose(-points, of: owner), name, now)
    case .redeem(let points):
      write(.redemption, points, loss: try choose(points, of: owner), name, now)
    case .hold(let points, let end):
      if end.microseconds <= now { throw .endHasPassed }
      let lots = try choose(points, of: owner)
      let hold = Hold(
        sequence: Int64(lines.count) + 1, number: owner.count + 1, end: end.microseconds, lots: lots)
      write(.hold, points, loss: lots, name, now, hold: hold)
    case .capture(let id, let part):
      try capture(id.sequence, part, name, owner, now)
    case .release(let id):
      guard owner.holds.contains(where: { $0.sequence == id.sequence }) else { throw .holdNotOpen }
      release(id.sequence, name, now)
    case .reverse(let id):
      guard let line = line(id.sequence) else { throw .transactionNotFound }
      try reverse(line, name, owner, now)
    case .earn: throw .noRule
    case .settle: break
    }
    return Answer(line: lines[first], last: lines[lines.count - 1])
  }

  private func line(_ sequence: Int64) -> Line? {
    sequence >= 1 && sequence <= lines.count ? lines[Int(sequence) - 1] : nil
  }

  private mutating func settle(_ name: String, now: Int64) {
    while let hold = (owners[name]?.holds ?? []).filter({ $0.end <= now }).sorted(by: {
      ($0.end, $0.number) < ($1.end, $1.number)
    }).first {
      release(hold.sequence, name, now)
    }
    while let lot = Self.inOrder(owners[name]?.lots ?? []).first, lot.end <= now {
      write(.expiry, lot.points, loss: [lot], name, now)
    }
  }

  private mutating func release(_ sequence: Int64, _ name: String, _ now: Int64) {
    guard let hold = owners[name]?.holds.first(where: { $0.sequence == sequence }) else { return }
    owners[name]?.holds.removeAll { $0.sequence == sequence }
    let lots = hold.lots.map { Self.later($0, now) }
    write(.release, lots.map(\.points).reduce(0, +), gain: lots, name, now)
  }

  private mutating func capture(
    _ sequence: Int64, _ part: Int64?, _ name: String, _ owner: Owner, _ now: Int64
  ) throws(LedgerRefusal) {
    guard let index = owner.holds.firstIndex(where: { $0.sequence == sequence }) else { throw .holdNotOpen }
    let all = owner.holds[index].lots.map(\.points).reduce(0, +)
    let points = part ?? all
    guard points > 0 else { throw .outOfRange }
    guard points <= all else { throw .insufficientPoints(available: all) }
    var taken: [Lot] = []
    var rest: [Lot] = []
    var left = points
    for lot in owner.holds[index].lots {
      let some = min(left, lot.points)
      left -= some
      if some > 0 { taken.append(Lot(number: lot.number, end: lot.end, points: some)) }
      if lot.points > some { rest.append(Lot(number: lot.number, end: lot.end, points: lot.points - some)) }
    }
    owners[name]?.holds[index].lots = rest
    if rest.isEmpty { owners[name]?.holds.remove(at: index) }
    add(.redemption, points, lots: taken, isGain: false, name, now)
    if !rest.isEmpty { release(sequence, name, now) }
  }

  private mutating func reverse(
    _ line: Line, _ name: String, _ owner: Owner, _ now: Int64
  ) throws(LedgerRefusal) {
    switch line.type {
    case .accrual,
      .adjustment where line.isGain:
      write(.reversal, line.points, loss: try choose(line.points, of: owner, first: line.lots[0].number), name, now)
    case .redemption, .adjustment:
      write(.reversal, line.points, gain: line.lots.map { Self.later($0, now) }, name, now)
    default: throw .notReversible
    }
    reversed.insert(line.sequence)
    newReversed.append(line.sequence)
  }

  private func newLot(of owner: Owner, _ points: Int64, _ end: Timestamp?) -> Lot {
    let end = end?.microseconds ?? Self.never
    let same = Self.inOrder(owner.lots).first { $0.end == end }
    return Lot(number: same?.number ?? owner.count + 1, end: end, points: points)
  }

  private static func inOrder(_ lots: [Lot]) -> [Lot] { lots.sorted { ($0.end, $0.number) < ($1.end, $1.number) } }

  private static func later(_ lot: Lot, _ now: Int64) -> Lot {
    Lot(number: lot.number, end: lot.end == never ? never : max(lot.end, now + grace), points: lot.points)
  }

  private func choose(_ points: Int64, of owner: Owner, first: Int64? = nil) throws(LedgerRefusal) -> [Lot] {
    guard points > 0 else { throw .outOfRange }
    guard points <= owner.available else { throw .insufficientPoints(available: owner.available) }
    var left = points
    var chosen: [Lot] = []
    let sorted = Self.inOrder(owner.lots)
    for lot in sorted.filter({ $0.number == first }) + sorted.filter({ $0.number != first }) where left > 0 {
      chosen.append(Lot(number: lot.number, end: lot.end, points: min(left, lot.points)))
      left -= min(left, lot.points)
    }
    return chosen
  }

  private mutating func write(
    _ type: EntryType, _ points: Int64, gain: [Lot] = [], loss: [Lot] = [], _ name: String, _ now: Int64,
    hold: Hold? = nil
  ) {
    var owner = owners[name] ?? Owner(place: owners.count)
    for lot in gain {
      if let index = owner.lots.firstIndex(where: { $0.number == lot.number && $0.end == lot.end }) {
        owner.lots[index].points += lot.points
      } else {
        owner.lots.append(lot)
      }
    }
    for lot in loss {
      guard let index = owner.lots.firstIndex(where: { $0.number == lot.number && $0.end == lot.end }) else { continue }
      owner.lots[index].points -= lot.points
    }
    owner.lots.removeAll { $0.points == 0 }
    if let hold { owner.holds.append(hold) }
    owners[name] = owner
    add(type, points, lots: gain + loss, isGain: !gain.isEmpty, name, now)
  }

  private mutating func add(
    _ type: EntryType, _ points: Int64, lots: [Lot], isGain: Bool, _ name: String, _ now: Int64
  ) {
    owners[name]?.count += 1
    guard let owner = owners[name] else { return }
    lines.append(
      Line(
        sequence: Int64(lines.count) + 1, owner: name, number: owner.count, type: type, points: points,
        available: owner.available, held: owner.held, lots: lots, isGain: isGain))
    at = now
  }
}
