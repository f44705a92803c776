import Core
import Jobs
import Storage
import Telemetry

/// Speaks the last word on a receipt: the points are spent, or all is given back. Each once, whoever else tries.
struct EndFulfilment: Sendable {
  let ledger: Ledger
  let rewards: RewardTable
  let codes: RewardCodeTable
  let receipts: ReceiptTable
  let announce: Announce
  let time: any TimeSource
  let logger: Logger
  let observer: RewardsObserver

  private static let open: [Receipt.Status] = [.pending, .sending, .unknown]

  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  func fulfilled(_ id: String) async throws {
    let (isOurs, missing) = try await ledger.transact { book -> (Bool, LedgerRefusal?) in
      guard let receipt = try receipts.find(id, in: book.connection, locking: true),
        try receipts.move(id, from: Self.open, to: .fulfilled, now: book.now, in: book.connection)
      else { return (false, nil) }
      try announce(.reward(.fulfilled, receipt, at: book.now), book.connection)
      return (true, try spend(receipt, &book))
    }
    if !isOurs { logger.error("a reward was fulfilled that had ended before", ["receipt_id": .string(id)]) }
    if let missing {
      logger.error(
        "a reward was fulfilled without its points",
        ["receipt_id": .string(id), "reason": .string(missing.code)])
    }
  }

  /// Gives the points back, and says so in the history.
  ///
  /// - Parameter keepsStock: for what may be the customer's already: neither the stock nor the code goes back then.
  /// - Throws: `LedgerUnavailable`, `DatabaseError`, `CryptographyError`.
  func failed(_ id: String, because reason: String, keepsStock: Bool = false) async throws {
    let isOurs = try await ledger.transact { book -> Bool in
      let connection = book.connection
      guard let receipt = try receipts.find(id, in: connection, locking: true),
        try receipts.move(id, from: Self.open, to: .failed, now: book.now, in: connection)
      else { return false }
      if let hold = TransactionID(receipt.transaction) {
        let title = receipt.title.text(for: receipt.locale) ?? receipt.reward
        var command = LedgerCommand(.release(hold: hold), for: .account(receipt.account), key: nil)
        command.reason = PortalWording(receipt.locale).givenBack(title)
        command.reference = id
        // A hold that is over has given its points back by itself.
        do { try book.post(command) } catch LedgerRefusal.holdNotOpen {}
      }
      if !keepsStock {
        _ = try rewards.addStock(receipt.reward, 1, now: book.now, in: connection)
        try codes.giveBack(id, in: connection)
      }
      try announce(.reward(.failed, receipt, at: book.now), connection)
      return true
    }
    guard isOurs else { return }
    observer.redemption(.givenBack)
    logger.warning(
      "a reward could not be fulfilled; the points are back",
      ["receipt_id": .string(id), "reason": .string(reason)])
  }

  /// - Throws: `LedgerUnavailable`, `DatabaseError`.
  /// - Returns: false if the receipt was in none of the states.
  func move(_ id: String, from: [Receipt.Status], to status: Receipt.Status) async throws -> Bool {
    let now = time.now
    return try await ledger.database.write { try receipts.move(id, from: from, to: status, now: now, in: $0) }
  }

  /// Speaks the last word on receipts that nobody has spoken it on in days, a hundred at most: their jobs are dead letters,
  /// or in doubt. In doubt the customer is right.
  ///
  /// - Returns: how many.
  func settleOverdue() async throws -> Int {
    let now = time.now
    let due = try await ledger.database.read { try receipts.due(now: now, limit: 100, in: $0) }
    for id in due {
      let status = try await ledger.database.read { try receipts.find(id, in: $0)?.status }
      try await failed(
        id, because: "nobody could say for days whether it was fulfilled", keepsStock: status != .pending)
    }
    return due.count
  }

  /// - Returns: why the points could not be taken, if they could not.
  private func spend(_ receipt: Receipt, _ book: inout LedgerBook) throws -> LedgerRefusal? {
    guard let hold = TransactionID(receipt.transaction) else { return .transactionNotFound }
    let title = receipt.title.text(for: receipt.locale)
    var command = LedgerCommand(.capture(hold: hold, points: nil), for: .account(receipt.account), key: nil)
    (command.reason, command.reference) = (title, receipt.id)
    do {
      do {
        try book.post(command)
      } catch LedgerRefusal.holdNotOpen {
        // It lasted two weeks and is over: the points are the customer's again, who has the reward.
        command.action = .redeem(points: receipt.pointCost)
        try book.post(command)
      }
      return nil
    } catch let refusal as LedgerRefusal {
      return refusal
    }
  }
}
