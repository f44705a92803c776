import Core
import HTTPMessages
import Synchronization
import Testing

@testable import Loyalty

@Suite struct AccrueFromEventTests {
  private static let now = Timestamp(seconds: 1_795_255_200)
  private static let chat: JSONValue = [
    "event_id": "e-1", "interaction_id": "c-1", "type": "WebChat", "state": "closed",
    "timestamp": "2026-11-21T09:00:00Z",
  ]
  private let keys = CustomerKeys(
    [
      .init(version: 1, bytes: Redacted([UInt8](repeating: 1, count: 32))),
      .init(version: 2, bytes: Redacted([UInt8](repeating: 2, count: 32))),
    ], programme: "p")
  private let ledger = FakeLedger()

  private func accrue(_ conversations: (any ConversationCustomer)? = FakeCentre()) throws -> AccrueFromEvent {
    let when = try FilterExpression("$.type = 'WebChat' AND $.state = 'closed'")
    return AccrueFromEvent(
      filters: [EarningFilter(when: when, eventType: "chat")], customer: { [keys] in .hashes(keys.hashes($0)) },
      conversations: conversations, post: ledger.post, time: ManualTime(now: Self.now))
  }

  private func run(_ event: JSONValue, by accrue: AccrueFromEvent) async -> AccrueFromEvent.Outcome {
    await accrue(
      event, receivedAt: Self.now, context: CallContext(requestID: "r", trace: TraceContext(random: SystemRandom())))
  }

  @Test func makesAnAccrualOfAnEvent() async throws {
    #expect(await run(Self.chat, by: try accrue()) == .credited(note: "txn_1, 50 points"))
    let command = try #require(ledger.commands.first)
    #expect(command.key == "event:WebChat/e-1")
    #expect(command.customer == .hashes(keys.hashes("u-4711")))
    #expect(command.keptUntil == Self.now + .seconds(30 * 86_400))
    let nine = try #require(Timestamp("2026-11-21T09:00:00Z"))
    #expect(command.action == .earn(EarningEvent(type: "chat", occurredAt: nine)))
  }

  /// The same event with other contents has the fingerprint of the first: it is the same event.
  @Test func theFingerprintIsTheEventsOwn() async throws {
    let accrue = try accrue()
    _ = await run(Self.chat, by: accrue)
    _ = await run(Self.chat.with("timestamp", "2026-11-21T09:30:00Z"), by: accrue)
    #expect(Set(ledger.commands.map(\.fingerprint)).count == 1)
    _ = await run(Self.chat.with("event_id", "e-2"), by: accrue)
    #expect(Set(ledger.commands.map(\.fingerprint)).count == 2)
  }

  @Test func theFutureIsNotReachedInto() async throws {
    _ = await run(Self.chat.with("timestamp", "2027-01-01T00:00:00Z"), by: try accrue())
    #expect(ledger.commands.first?.action == .earn(EarningEvent(type: "chat", occurredAt: Self.now)))
  }

  @Test(
    arguments: [
      (LedgerRefusal.noRule, AccrueFromEvent.Outcome.nothing(reason: "no rule gives points for it")),
      (.accountClosed, .nothing(reason: "the account is closed")),
      (.keyReused, .nothing(reason: "this event was credited by another request")),
      (.versionConflict(current: 1), .retry(reason: "the account has moved on")),
      (.outOfRange, .failed(reason: "the account cannot hold so many points")),
    ])
  func aRefusalIsFinalWhereItIs(_ refusal: LedgerRefusal, _ outcome: AccrueFromEvent.Outcome) async throws {
    ledger.fail(refusal)
    #expect(await run(Self.chat, by: try accrue()) == outcome)
  }

  @Test func aLedgerThatIsAwayIsAskedAgain() async throws {
    ledger.fail(CancellationError())
    #expect(await run(Self.chat, by: try accrue()) == .retry(reason: "the ledger does not take it now"))
  }

  @Test(
    arguments: [
      (.success(nil), .nothing(reason: "the customer of the conversation is not known")),
      (.failure(.unavailable(reason: "no token", retryAfter: .seconds(1))), .retry(reason: "no token")),
      (.failure(.refused(reason: "no such conversation")), .failed(reason: "no such conversation")),
    ] as [(Result<String?, ConversationCustomerError>, AccrueFromEvent.Outcome)])
  func withoutACustomerNothingIsCredited(
    _ answer: Result<String?, ConversationCustomerError>, _ outcome: AccrueFromEvent.Outcome
  ) async throws {
    #expect(await run(Self.chat, by: try accrue(FakeCentre(answer: answer))) == outcome)
    #expect(ledger.commands.isEmpty)
  }

  @Test func nobodyIsAskedWhereTheEventSaysIt() async throws {
    let event = Self.chat.with("customer_id", "u-1")
    #expect(await run(event, by: try accrue(nil)) == .credited(note: "txn_1, 50 points"))
    #expect(ledger.commands.first?.customer == .hashes(keys.hashes("u-1")))
    guard case .failed = await run(Self.chat, by: try accrue(nil)) else {
      Issue.record("without a contact centre nobody can be asked")
      return
    }
  }

  @Test func theLaneIsAConversationOrAHash() throws {
    let accrue = try accrue()
    #expect(accrue.lane(of: Self.chat) == "loyalty/c-1")
    let lane = accrue.lane(of: Self.chat.with("customer_id", "canary@example.com"))
    #expect(lane == "loyalty/" + keys.hash("canary@example.com").handle)
    #expect(accrue.lane(of: ["type": "Voice"]) == nil)
    #expect(!accrue.isMeant(["type": "Voice"]) && accrue.isMeant(Self.chat))
  }
}

extension JSONValue {
  fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { $0.name != name } + [.init(name, value)])
  }
}

private struct FakeCentre: ConversationCustomer {
  var answer: Result<String?, ConversationCustomerError> = .success("u-4711")

  func customerID(
    ofConversation id: String, context: CallContext
  ) async throws(ConversationCustomerError) -> String? { try answer.get() }
}

private final class FakeLedger: Sendable {
  private struct State {
    var commands: [LedgerCommand] = []
    var failure: (any Error)?
  }

  private let state = Mutex(State())

  var commands: [LedgerCommand] { state.withLock { $0.commands } }

  func fail(_ error: any Error) { state.withLock { $0.failure = error } }

  var post: PostToLedger {
    { [self] command in
      try state.withLock { state in
        if let failure = state.failure { throw failure }
        state.commands.append(command)
        return CreditedEvent(transactionID: "txn_\(state.commands.count)", points: 50, isReplay: false)
      }
    }
  }
}
