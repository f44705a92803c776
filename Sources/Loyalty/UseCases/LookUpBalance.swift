import Core
import Storage
import Synchronization

/// What a customer has: from memory while that is fresh, else from the database, and from memory again when that is away
/// (guide 3, section 2: stale balances rather than a flow that hangs).
package struct LookUpBalance: Sendable {
  package enum Freshness: String, Sendable, Hashable {
    case live, cached, stale
  }

  package struct Answer: Sendable {
    /// Nil for a customer who has none yet.
    package let account: LedgerAccount?
    package let asOf: Timestamp
    package let freshness: Freshness
  }

  let ledger: Ledger
  let configuration: LiveLoyaltyConfiguration
  let time: any TimeSource

  package init(ledger: Ledger, configuration: LiveLoyaltyConfiguration, time: any TimeSource) {
    self.ledger = ledger
    self.configuration = configuration
    self.time = time
  }

  /// - Throws: `LedgerUnavailable` when the database is away and nothing is known; `DatabaseError`.
  package func callAsFunction(_ customer: Customer) async throws -> Answer {
    let known = ledger.readings.find(customer)
    if let answer = fresh(known) { return answer }
    do {
      let (account, asOf) = try await within(configuration.current.lookUpPatience) { try await ledger.read(customer) }
      return Answer(account: account, asOf: asOf, freshness: .live)
    } catch let error where error.isAway {
      guard let known else { throw error }
      return Answer(account: known.account, asOf: known.asOf, freshness: .stale)
    }
  }

  /// The answer, where memory has one that is fresh: without waiting, and nothing is asked.
  package func ready(_ customer: Customer) -> Answer? { fresh(ledger.readings.find(customer)) }

  private func fresh(_ known: LedgerReadings.Reading?) -> Answer? {
    guard let known, time.uptime - known.seen < configuration.current.balanceTTL else { return nil }
    return Answer(account: known.account, asOf: known.asOf, freshness: .cached)
  }

  /// The database's thread cannot be called back: who waits for it goes, and what it finds is kept for the next.
  private func within<Value: Sendable>(
    _ patience: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let time = time
    return try await withCheckedThrowingContinuation { continuation in
      let end = FirstOutcome(continuation)
      let timer = Task {
        try await time.sleep(for: patience)
        end.resume(.failure(LedgerUnavailable.away(retryAfter: .seconds(1))))
      }
      Task {
        do {
          let value = try await body()
          end.resume(.success(value))
        } catch {
          end.resume(.failure(error))
        }
        timer.cancel()
      }
    }
  }
}

/// Whichever of two comes first is the answer.
private final class FirstOutcome<Value: Sendable>: Sendable {
  private let waiting: Mutex<CheckedContinuation<Value, any Error>?>

  init(_ continuation: CheckedContinuation<Value, any Error>) {
    waiting = Mutex(continuation)
  }

  func resume(_ outcome: Result<Value, any Error>) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(with: outcome)
  }
}

extension Error {
  /// Whether the ledger cannot be asked at the moment.
  package var isAway: Bool {
    if self is LedgerUnavailable { return true }
    if case .unavailable? = self as? DatabaseError { return true }
    return false
  }
}
