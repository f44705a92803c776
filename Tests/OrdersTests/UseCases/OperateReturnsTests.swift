import Core
import DatabaseTesting
import Security
import Storage
import Testing

@testable import Orders

@Suite struct OperateReturnsTests {
  private func byHand(_ fixture: ReturnsFixture) -> OperateReturns {
    OperateReturns(
      ReturnsConfiguration(), jobs: fixture.jobs,
      announce: { [events = fixture.events] event, connection in connection.afterCommit { events.add(event) } },
      sealer: Sealer(
        current: Sealer.Key(id: 1, bytes: Redacted([UInt8](repeating: 7, count: 32))), random: SystemRandom()),
      hashKey: Redacted([UInt8](repeating: 9, count: 32)), time: fixture.time, random: SystemRandom())
  }

  /// The customer of the return is told by e-mail, so that the move has all that can follow from one.
  @Test(arguments: Engine.available)
  func aMoveByHandHasAllThatFollowsFromOne(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await fixture.newReturn()
      let returns = byHand(fixture)
      try await fixture.database.write {
        try returns.move(id, to: .declined, reason: "agreed with ada@example.com", by: "grace", in: $0)
      }
      #expect(try await fixture.transitions(id) == ["declined operator"])
      #expect(fixture.events.types == ["return.requested", "return.declined"])
      #expect(try await fixture.waiting() == ["returns.submit", "returns.tell_centre", "returns.tell_customer"])
      let (entry, steps) = try #require(try await fixture.database.read { try returns.find(id, in: $0) })
      #expect(entry.state == .declined)
      #expect(steps.map(\.actor) == ["grace"])
      #expect(steps.first?.detail?.contains("agreed with") == true)
      #expect(steps.first?.detail?.contains("ada@example.com") == false)
    }
  }

  @Test func whatIsAgainstTheRulesIsRefused() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      let returns = byHand(fixture)
      let database = fixture.database
      try await database.write { try returns.move(id, to: .received, reason: "it lies here", by: "grace", in: $0) }
      await #expect(
        throws: OperateReturns.Refusal.illegal(
          from: .received, allowed: [.refunded, .closed, .declined, .cancelled])
      ) {
        try await database.write { try returns.move(id, to: .authorized, reason: "no", by: "grace", in: $0) }
      }
      await #expect(throws: OperateReturns.Refusal.notFound) {
        try await database.write { try returns.move("ret_0", to: .closed, reason: "no", by: "grace", in: $0) }
      }
      #expect(try await fixture.transitions(id) == ["received operator"])
    }
  }

  @Test(arguments: Engine.available)
  func aListIsOfAStateAndAnOrder(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let first = try await fixture.newReturn()
      fixture.time.advance(by: .seconds(1))
      let second = try await fixture.newReturn(ReturnsFixture.body(order: "ORD-839202"))
      let returns = byHand(fixture)
      let database = fixture.database
      try await database.write { try returns.move(first, to: .closed, reason: "done", by: "grace", in: $0) }
      func ids(_ state: ReturnState?, _ order: String?, limit: Int = 10) async throws -> [String] {
        try await database.read {
          try returns.list(state, of: order.map { OrderID(rawValue: $0) }, limit: limit, in: $0).map(\.id)
        }
      }
      #expect(try await ids(nil, nil) == [second, first])
      #expect(try await ids(nil, nil, limit: 1) == [second])
      #expect(try await ids(.closed, nil) == [first])
      #expect(try await ids(nil, "ORD-839202") == [second])
      #expect(try await ids(.closed, "ORD-839202") == [])
    }
  }
}
