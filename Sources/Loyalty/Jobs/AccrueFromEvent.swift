import Core
import HTTPMessages

/// Writes to the ledger. Throws `LedgerRefusal`, and whatever else is worth another attempt.
package typealias PostToLedger = @Sendable (LedgerCommand) async throws -> CreditedEvent

/// What the ledger answers to an accrual, as far as it is told in the inbox.
package struct CreditedEvent: Sendable, Hashable {
  /// `txn_…`.
  package let transactionID: String
  package let points: Int64
  /// The key had come before: this is the first answer.
  package let isReplay: Bool

  package init(transactionID: String, points: Int64, isReplay: Bool) {
    self.transactionID = transactionID
    self.points = points
    self.isReplay = isReplay
  }
}

/// Makes an accrual of an event that is meant by a filter. May run again for the same event: the ledger takes its key once.
package struct AccrueFromEvent: Sendable {
  /// What came of it. Texts hold no personal data.
  package enum Outcome: Sendable, Hashable {
    case credited(note: String)
    /// Nothing will come of it, and nothing is wrong: no rule gives points, or nobody is known.
    case nothing(reason: String)
    case retry(reason: String)
    case failed(reason: String)
  }

  private let filters: [EarningFilter]
  private let customer: @Sendable (String) -> Customer
  private let conversations: (any ConversationCustomer)?
  private let post: PostToLedger
  private let time: any TimeSource

  /// - Parameters:
  ///   - customer: whose account an id or a handle stands for; quick, and asks nobody.
  ///   - conversations: nil where no contact centre is connected.
  package init(
    filters: [EarningFilter], customer: @escaping @Sendable (String) -> Customer,
    conversations: (any ConversationCustomer)?, post: @escaping PostToLedger, time: any TimeSource
  ) {
    self.filters = filters
    self.customer = customer
    self.conversations = conversations
    self.post = post
    self.time = time
  }

  /// Whether a filter means the event; pure.
  package func isMeant(_ event: JSONValue) -> Bool { filters.contains { $0.when.matches(event) } }

  /// Events of one lane are worked on one at a time and in order: those of a customer, or of a conversation whose customer
  /// has yet to be asked for. It stands in the clear, so it holds a hash and never an id of a customer.
  package func lane(of event: JSONValue) -> String? {
    guard let earned = try? EarningFilter.read(event, by: filters) else { return nil }
    switch earned.subject {
    case .conversation(let id): return "loyalty/\(id)"
    case .customer(let id):
      switch customer(id) {
      case .account(let number): return "loyalty/account/\(number)"
      case .hash(let newest, older: _): return "loyalty/\(newest.handle)"
      }
    }
  }

  package func callAsFunction(_ event: JSONValue, receivedAt: Timestamp, context: CallContext) async -> Outcome {
    let earned: EarnedEvent
    do throws(EarningError) {
      guard let read = try EarningFilter.read(event, by: filters) else {
        return .nothing(reason: "no entry of loyalty.earning means it")
      }
      earned = read
    } catch {
      return .failed(reason: "\(error)")
    }
    let id: String
    do throws(ConversationCustomerError) {
      guard let found = try await customerID(earned.subject, context) else {
        return .nothing(reason: "the customer of the conversation is not known")
      }
      id = found
    } catch {
      switch error {
      // The connector knows itself how long it may not ask, and says no at once. With the growing pauses of the jobs the
      // attempts last for hours; with its own short ones they would be used up while a sign-in is down.
      case .unavailable(let reason, _): return .retry(reason: reason)
      case .refused(let reason): return .failed(reason: reason)
      }
    }
    return await credit(earned, to: customer(id), receivedAt: receivedAt)
  }

  private func customerID(
    _ subject: EarnedEvent.Subject, _ context: CallContext
  ) async throws(ConversationCustomerError) -> String? {
    switch subject {
    case .customer(let id): return id
    case .conversation(let id):
      guard let conversations else {
        throw .refused(reason: "the event does not name the customer, and no contact centre is connected")
      }
      return try await conversations.customerID(ofConversation: id, context: context)
    }
  }

  private func credit(_ earned: EarnedEvent, to customer: Customer, receivedAt: Timestamp) async -> Outcome {
    let event = EarningEvent(
      type: earned.type, amount: earned.amount,
      // A sender whose clock is ahead must not reach into a campaign that has yet to begin.
      occurredAt: min(earned.occurredAt ?? receivedAt, receivedAt))
    let (key, fingerprint) = earned.key
    let command = LedgerCommand(
      .earn(event), for: customer, key: key, fingerprint: fingerprint,
      keptUntil: time.now + LedgerCommand.eventRetention)
    do {
      let credited = try await post(command)
      let before = credited.isReplay ? ", credited before" : ""
      return .credited(note: "\(credited.transactionID), \(credited.points) points\(before)")
    } catch let refusal as LedgerRefusal {
      return Self.outcome(of: refusal)
    } catch {
      return .retry(reason: "the ledger does not take it now")
    }
  }

  private static func outcome(of refusal: LedgerRefusal) -> Outcome {
    switch refusal {
    case .noRule: .nothing(reason: "no rule gives points for it")
    case .accountClosed: .nothing(reason: "the account is closed")
    case .keyReused: .nothing(reason: "this event was credited by another request")
    case .versionConflict: .retry(reason: "the account has moved on")
    case .outOfRange: .failed(reason: "the account cannot hold so many points")
    case .insufficientPoints, .holdNotOpen, .notReversible, .transactionNotFound, .endHasPassed:
      .failed(reason: "the ledger refused an accrual as if it were something else")
    }
  }
}
