import Core
import Jobs
import Security
import Storage

/// Gives a reward for points, or says why not. Nothing that was shown before counts: all is looked at again where nobody
/// else can change it, and done in one transaction or not at all (guide 3, section 4 and edge case 1).
package struct Redeem: Sendable {
  package struct Wish: Sendable, Hashable {
    package var reward: String
    /// What the customer has seen.
    package var pointCost: Int64
    package var method: String
    /// The customer's, not the ledger's.
    package var key: String
    package var expectedVersion: Int64?
    /// What the customer reads.
    package var locale: String?
    package var requestID: String
  }

  package struct Done: Sendable {
    package let receipt: Receipt
    /// Of a reward that is a code.
    package let code: String?
    /// Of the redemption or the hold.
    package let posting: Posting
  }

  package enum Refusal: Error, Sendable, Hashable {
    case sessionEnded
    case rewardNotFound
    /// It is there, but not on offer.
    case notAvailable(RewardOffer.Obstacle)
    case methodUnknown(known: [FulfilmentMethod])
    case priceChanged(Int64)
    case tierTooLow(String)
    /// Out of stock, at the limit, or too few points.
    case tooLate(RewardOffer.Obstacle)
    case balanceChanged(version: Int64)
    /// The key was used for something else, or the account is closed.
    case ledger(LedgerRefusal)
  }

  private static let keyRoom = "portal"

  let ledger: Ledger
  let sessions: PortalSessionTable
  let rewards: RewardTable
  let codes: RewardCodeTable
  let receipts: ReceiptTable
  let jobs: JobQueue
  let announce: Announce
  let ids: IdentifierSource
  let observer: RewardsObserver

  /// - Throws: `Refusal`, `LedgerUnavailable`, `DatabaseError`, `CryptographyError`.
  package func callAsFunction(_ wish: Wish, in session: PortalSession) async throws -> Done {
    let outcome: Result<Done, Refusal>
    do {
      outcome = try await ledger.transact { book in try redeem(wish, in: session, &book) }
    } catch let refusal as Refusal {
      outcome = .failure(refusal)
    }
    switch outcome {
    case .success(let done): observer.redemption(done.posting.isReplay ? .repeated : .confirmed)
    case .failure(let refusal): observer.redemption(RewardsObserver.Redemption(refusal))
    }
    return try outcome.get()
  }

  /// What is refused is returned, not thrown: what has expired meanwhile is booked out all the same, or else a customer
  /// who names the version of the balance would be told of a conflict for ever.
  private func redeem(
    _ wish: Wish, in session: PortalSession, _ book: inout LedgerBook
  ) throws -> Result<Done, Refusal> {
    let connection = book.connection
    guard let session = try sessions.find(session.id, in: connection), session.expiresAt > book.now else {
      return .failure(.sessionEnded)
    }
    let customer = Customer.hashes(session.customer)
    if let account = try book.account(for: customer) { try book.settle(account.id) }
    let account = try book.account(for: customer)
    if let account, let receipt = try receipts.find(key: Self.key(wish, account.id), in: connection) {
      return try again(receipt, wish, &book)
    }
    let address = try sessions.address(of: session)
    switch try check(wish, of: account, hasAddress: address != nil, book) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let (reward, method)):
      guard let account else { return .failure(.tooLate(.insufficientPoints)) }
      return try give(
        reward, by: method, to: account, session, wish, address: method == .email ? address : nil, &book)
    }
  }

  private func check(
    _ wish: Wish, of account: LedgerAccount?, hasAddress: Bool, _ book: LedgerBook
  ) throws -> Result<(Reward, FulfilmentMethod), Refusal> {
    let connection = book.connection
    guard Reward.isID(wish.reward),
      let reward = try rewards.find(wish.reward, in: connection, locking: true)
    else { return .failure(.rewardNotFound) }
    guard reward.isActive else { return .failure(.notAvailable(.over)) }
    let taken = try account.map { try receipts.taken(by: $0.id, in: connection) } ?? [:]
    let tier = account.map { book.rules.tier(of: $0, at: book.now) } ?? book.rules.tiers.tier(for: 0).id
    let offer = RewardOffer(
      reward, freeCodes: try codes.free(of: reward.id, in: connection), taken: taken[reward.id] ?? 0,
      available: account?.available ?? 0, tier: tier, ladder: book.rules.tiers, hasAddress: hasAddress, now: book.now)
    guard let method = FulfilmentMethod(rawValue: wish.method), offer.methods.contains(method) else {
      return .failure(.methodUnknown(known: offer.methods))
    }
    guard wish.pointCost == reward.pointCost else { return .failure(.priceChanged(reward.pointCost)) }
    switch offer.obstacle {
    case nil: return .success((reward, method))
    case .over?, .notYet?: return .failure(.notAvailable(offer.obstacle ?? .over))
    case .tierTooLow?: return .failure(.tierTooLow(reward.tier ?? ""))
    case .outOfStock?, .limitReached?, .insufficientPoints?:
      return .failure(.tooLate(offer.obstacle ?? .outOfStock))
    }
  }

  private func give(
    _ reward: Reward, by method: FulfilmentMethod, to account: LedgerAccount, _ session: PortalSession, _ wish: Wish,
    address: String?, _ book: inout LedgerBook
  ) throws -> Result<Done, Refusal> {
    let (connection, now) = (book.connection, book.now)
    let id = ids.make("rcp")
    var command = self.command(wish, on: account.id, by: method, now: now)
    command.expectedVersion = wish.expectedVersion
    command.reason = reward.title.text(for: wish.locale)
    command.reference = id
    let posting: Posting
    do {
      posting = try book.post(command)
    } catch let refusal as LedgerRefusal {
      return .failure(Refusal(refusal))
    }
    // From here on a no undoes all of it.
    guard try rewards.addStock(reward.id, -1, now: now, in: connection) else { throw Refusal.tooLate(.outOfStock) }
    var code: String?
    if reward.takesCode(by: method) {
      code = try codes.take(of: reward.id, for: id, in: connection)
      if code == nil { throw Refusal.tooLate(.outOfStock) }
    }
    let receipt = Receipt(
      id: id, account: account.id, customer: session.customer[0], reward: reward.id, title: reward.title,
      pointCost: reward.pointCost, method: method, status: method == .code ? .fulfilled : .pending,
      transaction: posting.id.description, locale: wish.locale, requestID: wish.requestID, createdAt: now,
      settleAt: now + FulfilmentPatience.settle)
    try receipts.insert(receipt, key: Self.key(wish, account.id), address: address, in: connection)
    switch method {
    case .code: break
    case .email: try jobs.enqueue(MailRewardJob.job(for: receipt), in: connection)
    case .webhook: try jobs.enqueue(CallFulfilmentJob.job(for: receipt), in: connection)
    }
    try announce(.reward(.redeemed, receipt, at: now), connection)
    if receipt.status == .fulfilled { try announce(.reward(.fulfilled, receipt, at: now), connection) }
    return .success(Done(receipt: receipt, code: method == .code ? code : nil, posting: posting))
  }

  /// The first receipt, as it stands now, with the balance of then.
  private func again(_ receipt: Receipt, _ wish: Wish, _ book: inout LedgerBook) throws -> Result<Done, Refusal> {
    do {
      let posting = try book.post(command(wish, on: receipt.account, by: receipt.method, now: book.now))
      guard posting.isReplay else { throw DatabaseError.shape("a receipt without its transaction") }
      let code = receipt.method == .code ? try codes.codes(of: [receipt.id], in: book.connection)[receipt.id] : nil
      return .success(Done(receipt: receipt, code: code, posting: posting))
    } catch let refusal as LedgerRefusal {
      return .failure(Refusal(refusal))
    }
  }

  private func command(
    _ wish: Wish, on account: Int64, by method: FulfilmentMethod, now: Timestamp
  ) -> LedgerCommand {
    let action: LedgerCommand.Action =
      method == .code
      ? .redeem(points: wish.pointCost) : .hold(points: wish.pointCost, expiresAt: now + FulfilmentPatience.hold)
    let meaning = [wish.reward, String(wish.pointCost), wish.method].joined(separator: "\u{0}")
    return LedgerCommand(
      action, for: .account(account), key: Self.key(wish, account), fingerprint: SHA256.hash(of: meaning))
  }

  /// By account: a customer who comes back in another session with the same key is not charged again.
  private static func key(_ wish: Wish, _ account: Int64) -> String { "\(keyRoom)/\(account)/\(wish.key)" }
}

extension Redeem.Refusal {
  fileprivate init(_ refusal: LedgerRefusal) {
    switch refusal {
    case .versionConflict(let current): self = .balanceChanged(version: current)
    case .insufficientPoints: self = .tooLate(.insufficientPoints)
    default: self = .ledger(refusal)
    }
  }
}

extension OutboxEvent {
  enum RewardNews: String, CaseIterable {
    case redeemed = "loyalty.reward_redeemed"
    case fulfilled = "loyalty.reward_fulfilled"
    case failed = "loyalty.reward_failed"
  }

  static func reward(_ news: RewardNews, _ receipt: Receipt, at now: Timestamp) -> OutboxEvent {
    OutboxEvent(
      type: news.rawValue, subject: receipt.id, time: now,
      data: [
        "reward_id": .string(receipt.reward), "point_cost": .integer(receipt.pointCost),
        "fulfillment_method": .string(receipt.method.rawValue), "customer_hash": .string(receipt.customer.handle),
        "transaction_id": .string(receipt.transaction),
      ])
  }
}
