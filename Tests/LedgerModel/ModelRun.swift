import Core
import Loyalty
import Security
import Storage

/// What the ledger did otherwise than the model: with the seed and the step it happens again.
package struct ModelDifference: Error, CustomStringConvertible {
  package let description: String
}

/// Random commands to a ledger and to a model of it, and whether both say the same.
///
/// There are two processes with a ledger each over one database. The clock jumps, forward and back; processes start anew;
/// the key of customers is rotated at half the way; keys come again with the same and with another body.
package struct ModelRun {
  private let databases: [any Database]
  private let seed: UInt64
  private let steps: Int
  private let time = ManualTime()
  private var dice: Dice
  private var model = PointsModel()
  private var ledgers: [Ledger] = []
  private var step = 0
  private var keyCount = 0
  /// Commands that came with a key, to be sent again.
  private var sent: [Sent] = []
  /// Transactions that may be meant by others, by customer.
  private var known: [String: [TransactionID]] = [:]
  private var holds: [String: [TransactionID]] = [:]
  private var accounts: [String: AccountID] = [:]
  /// Who acts. Whose account was found closed leaves, and another comes.
  private var names = (0..<40).map { "u-\($0)" }
  private var nameCount = 40
  private var checkpoint: LedgerCheckpoint?

  private struct Sent {
    let command: LedgerCommand
    let name: String
  }

  private static let keys = [1, 2].map { version in
    CustomerKeys.Key(version: version, bytes: Redacted([UInt8](repeating: UInt8(version), count: 32)))
  }
  private static let before = CustomerKeys([keys[0]], programme: "model")
  private static let after = CustomerKeys(keys, programme: "model")

  /// - Parameter databases: two over one database.
  package init(_ databases: [any Database], seed: UInt64, steps: Int) {
    (self.databases, self.seed, self.steps) = (databases, seed, steps)
    dice = Dice(state: seed)
  }

  /// - Parameter progress: called every thousand steps with how many were made.
  /// - Returns: how many transactions there are in the end.
  /// - Throws: `ModelDifference`; `LedgerBreak`, `DatabaseError`.
  package mutating func callAsFunction(progress: (Int) -> Void = { _ in }) async throws -> Int {
    for database in databases { ledgers.append(ledger(database)) }
    while step < steps {
      step += 1
      try await take()
      if step.isMultiple(of: 1_000) {
        try await compareAccounts()
        progress(step)
      }
      if step.isMultiple(of: max(2_000, steps / 50)) { try await prove() }
    }
    try await compareAccounts()
    try await prove()
    return model.lines.count
  }

  private mutating func ledger(_ database: any Database) -> Ledger {
    var options = Ledger.Options()
    // So few that accounts are forgotten and read again.
    options.accountsInMemory = 16
    options.rowsBehind = dice.one(of: [0, 6, 60, 2_000])
    return Ledger(
      on: database, options: options, rules: { RuleBook() }, time: time,
      random: SeededRandom(seed: seed &+ UInt64(step)))
  }

  // MARK: - Steps

  private mutating func take() async throws {
    switch dice.below(100) {
    case 0..<68: try await send([command()])
    case 68..<76: if let again = sent.isEmpty ? nil : dice.one(of: sent) { try await send([again]) }
    case 76..<79:
      guard !sent.isEmpty else { return }
      let old = dice.one(of: sent)
      var other = old.command
      other.fingerprint = SHA256.hash(of: "another")
      try await send([Sent(command: other, name: old.name)])
    case 79..<84: try await send((0..<2 + dice.below(12)).map { _ in command() })
    case 84..<87: try await sendAll((0..<2 + dice.below(6)).map { _ in command() })
    case 87..<92: time.advance(by: .seconds(Int64(dice.below(40_000))))
    case 92: time.advance(by: .seconds(Int64(dice.below(40 * 86_400))))
    case 93: time.jump(to: time.now - .seconds(Int64(dice.below(90_000))))
    case 94:
      let place = dice.below(2)
      ledgers[place] = ledger(databases[dice.below(2)])
    case 95, 96: try await burst()
    case 97 where dice.below(3) == 0: try await close(dice.below(names.count))
    default:
      try await SettleDue(dice.one(of: ledgers), atOnce: 1_000)()
      model.settleDue(clock: time.now.microseconds)
    }
  }

  private mutating func command() -> Sent {
    let name = dice.one(of: names)
    let end = dice.below(3) == 0 ? nil : time.now + .seconds(Int64(1 + dice.below(90)) * 86_400 / 4)
    let action: LedgerCommand.Action
    switch dice.below(100) {
    case 0..<36: action = .accrue(points: Int64(1 + dice.below(500)), expiresAt: end)
    case 36..<54: action = .redeem(points: Int64(1 + dice.below(400)))
    case 54..<58: action = .adjust(points: Int64(1 + dice.below(100)), expiresAt: end)
    case 58..<62: action = .adjust(points: -Int64(1 + dice.below(100)), expiresAt: nil)
    case 62..<74:
      action = .hold(points: Int64(1 + dice.below(300)), expiresAt: time.now + .seconds(Int64(1 + dice.below(200_000))))
    case 74..<82:
      action =
        meant(holds, name).map { .capture(hold: $0, points: dice.below(3) == 0 ? nil : Int64(dice.below(200))) }
        ?? .redeem(points: 1)
    case 82..<86: action = meant(holds, name).map { .release(hold: $0) } ?? .redeem(points: 1)
    case 86..<99: action = meant(known, name).map { .reverse($0) } ?? .redeem(points: 1)
    default: action = .earn(EarningEvent(type: "survey", occurredAt: time.now))
    }
    keyCount += 1
    let keys = step * 2 < steps ? Self.before : Self.after
    let command = LedgerCommand(
      action, for: .hashes(keys.hashes(name)), key: dice.below(4) == 0 ? nil : "model/\(keyCount)",
      fingerprint: SHA256.hash(of: "\(keyCount)"),
      expectedVersion: dice.below(12) == 0 ? (model.owners[name]?.count ?? 0) + Int64(dice.below(2)) : nil,
      reason: dice.below(4) == 0 ? "said \"so\" \(step)" : nil, reference: dice.below(4) == 0 ? "r-\(step)" : nil)
    return Sent(command: command, name: name)
  }

  /// One of the customer's own, seldom another's.
  private mutating func meant(_ ids: [String: [TransactionID]], _ name: String) -> TransactionID? {
    let name = dice.below(20) == 0 ? dice.one(of: names) : name
    guard let ids = ids[name], !ids.isEmpty else { return nil }
    return dice.one(of: ids)
  }

  /// Many at once from both processes: whatever order they come in, it is one order.
  private mutating func burst() async throws {
    var some: [Sent] = []
    while some.count < 2 + dice.below(20) {
      let next = command()
      // Nothing that can be refused: an end may have passed where the journal's time is ahead of the clock.
      if case .accrue(_, expiresAt: nil) = next.command.action, next.command.expectedVersion == nil,
        model.owners[next.name]?.isClosed != true
      {
        some.append(next)
      }
    }
    let answers = try await withThrowingTaskGroup(of: (Sent, Posting).self) { group in
      for (index, next) in some.enumerated() {
        let ledger = ledgers[index % 2]
        group.addTask { (next, try await ledger.post(next.command)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (next, posting) in answers.sorted(by: { $0.1.entry.sequence < $1.1.entry.sequence }) {
      try compare(.success(posting), model.post(next.command, by: next.name, clock: time.now.microseconds), next)
    }
  }

  private mutating func close(_ place: Int) async throws {
    let name = names[place]
    guard let id = accounts[name] else { return }
    let answer: Result<Decided, CloseAccount.Refusal>
    do {
      answer = .success(try await CloseAccount(dice.one(of: ledgers))(id, because: "step \(step)"))
    } catch let refusal as CloseAccount.Refusal {
      answer = .failure(refusal)
    }
    let expected: Result<PointsModel.Line, CloseAccount.Refusal>
    do throws(CloseAccount.Refusal) {
      expected = .success(try model.close(name, clock: time.now.microseconds))
    } catch {
      expected = .failure(error)
    }
    switch (answer, expected) {
    case (.failure(.isClosed), .failure(.isClosed)):
      names[place] = "u-\(nameCount)"
      nameCount += 1
    case (.failure(let refusal), .failure(let other)) where refusal == other: break
    case (.success(let closure), .success(let line)):
      guard line == PointsModel.Line(closure.entry, closure.detail, of: name) else {
        throw difference("closing: \(closure), not \(line)", name)
      }
      Self.keep(TransactionID(closure.entry), in: &known[name, default: []], 30, &dice)
    default: throw difference("closing: \(answer), not \(expected)", name)
    }
  }

  private mutating func send(_ some: [Sent]) async throws {
    let answers = try await dice.one(of: ledgers).post(some.map(\.command))
    for (answer, next) in zip(answers, some) {
      try compare(answer, model.post(next.command, by: next.name, clock: time.now.microseconds), next)
    }
  }

  private mutating func sendAll(_ some: [Sent]) async throws {
    let before = model.mark()
    let expected = some.map { model.post($0.command, by: $0.name, clock: time.now.microseconds) }
    let refused = expected.firstIndex { if case .failure = $0 { true } else { false } }
    do {
      let postings = try await dice.one(of: ledgers).postAll(some.map(\.command))
      guard refused == nil else { throw difference("a batch was applied that should have been refused", some[0]) }
      for (index, posting) in postings.enumerated() { try compare(.success(posting), expected[index], some[index]) }
    } catch let refusal as BatchRefusal {
      guard refusal.index == refused, case .failure(let other) = expected[refusal.index],
        other == refusal.refusal
      else {
        throw difference("a batch was refused: \(refusal), not \(expected)", some[0])
      }
      model.goBack(to: before)
    }
  }

  // MARK: - Comparing

  private mutating func compare(
    _ answer: Ledger.Answer, _ expected: Result<PointsModel.Answer, LedgerRefusal>, _ next: Sent
  ) throws {
    switch (answer, expected) {
    case (.failure(let refusal), .failure(let other)) where refusal == other:
      if next.command.key != nil { Self.keep(next, in: &sent, 2_000, &dice) }
    case (.success(let posting), .success(let expected)):
      let line = PointsModel.Line(posting.entry, posting.detail, of: next.name)
      guard line == expected.line, posting.available == expected.last.available, posting.held == expected.last.held,
        posting.version == expected.last.number, posting.isReplay == expected.isReplay
      else { throw difference("\(posting), not \(expected)", next) }
      if !posting.isReplay { remember(posting, next) }
    default: throw difference("\(answer), not \(expected)", next)
    }
  }

  private func difference(_ text: String, _ next: Sent) -> ModelDifference {
    difference("\(next.command): \(text)", next.name)
  }

  private func difference(_ text: String, _ name: String) -> ModelDifference {
    ModelDifference(description: "seed \(seed), step \(step), \(name) \(text)")
  }

  private mutating func remember(_ posting: Posting, _ next: Sent) {
    if next.command.key != nil { Self.keep(next, in: &sent, 2_000, &dice) }
    accounts[next.name] = posting.account
    Self.keep(posting.id, in: &known[next.name, default: []], 30, &dice)
    if posting.entry.type == .hold { Self.keep(posting.id, in: &holds[next.name, default: []], 6, &dice) }
  }

  private static func keep<Item>(_ item: Item, in items: inout [Item], _ limit: Int, _ dice: inout Dice) {
    if items.count < limit { items.append(item) } else { items[dice.below(limit)] = item }
  }

  private mutating func compareAccounts() async throws {
    let ledger = dice.one(of: ledgers)
    for (name, owner) in model.owners where step == steps || names.contains(name) {
      let customer = Customer.hashes(Self.after.hashes(name))
      let account =
        dice.below(2) == 0
        ? try await ledger.transact { try $0.account(for: customer) } : try await ledger.read(customer).0
      let lots = Set(
        (account?.lots ?? []).map {
          PointsModel.Lot(number: $0.number, end: $0.expiresAt?.microseconds ?? PointsModel.never, points: $0.remaining)
        })
      let holds = Set(
        (account?.holds ?? []).map {
          PointsModel.Hold(
            sequence: $0.sequence, number: $0.number, end: $0.expiresAt.microseconds,
            lots: $0.lots.map(PointsModel.Lot.init))
        })
      guard account?.available == owner.available, account?.held == owner.held, account?.version == owner.count,
        account?.status == (owner.isClosed ? .closed : .open), lots == Set(owner.lots), holds == Set(owner.holds)
      else {
        throw ModelDifference(
          description: "seed \(seed), step \(step), \(name): \(account.map { "\($0)" } ?? "none"), not \(owner)")
      }
    }
  }

  /// The whole proof, and that the journal goes on from where it was at the last one.
  private mutating func prove() async throws {
    let proof = try await VerifyLedger(databases[0])(against: checkpoint.map { [$0] } ?? [])
    guard proof.transactions == model.lines.count, proof.accounts == model.owners.count else {
      throw ModelDifference(
        description: "seed \(seed), step \(step): \(proof), not \(model.lines.count) and \(model.owners.count)")
    }
    checkpoint = LedgerCheckpoint(
      sequence: proof.transactions, journal: proof.commits, root: proof.root, at: proof.at, programme: "model")
  }
}

extension PointsModel.Line {
  init(_ entry: LedgerEntry, _ detail: EntryDetail, of name: String) {
    self.init(
      sequence: entry.sequence, owner: name, number: entry.number, type: entry.type, points: entry.points,
      available: entry.available, held: entry.held, lots: detail.lots.map(PointsModel.Lot.init),
      isGain: entry.to == entry.account)
  }
}

extension PointsModel.Lot {
  init(_ move: LotMove) {
    self.init(number: move.lot, end: move.expiresAt?.microseconds ?? PointsModel.never, points: move.points)
  }
}

/// SplitMix64: the same numbers for the same seed.
private struct Dice {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }

  mutating func one<Item>(of items: [Item]) -> Item { items[below(items.count)] }
}
