import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@testable import Orders

/// A caller asks and hangs up; then everything goes wrong that can, in any order.
@Suite struct ReturnFaultTests {
  private struct Died: Error {}

  /// However it goes: the shop has one return at most, the customer is told of each state once at most, and it ends.
  @Test(arguments: 0..<40)
  func neverLostAndNeverDoubled(_ seed: Int) async throws {
    try await ReturnsFixture.with { fixture in
      let random = SeededRandom(seed: UInt64(seed))
      let id = try await fixture.newReturn()
      for _ in 0..<25 { try await step(fixture, id, random) }
      // From here on nothing goes wrong, and nobody tells anything.
      for call in ["returnable", "submit", "find", "read"] { fixture.platform.fails(call) }
      fixture.contactCentre.fails()
      for _ in 0..<60 {
        fixture.time.advance(by: .seconds(86_400))
        try await fixture.returns.reconcile()
        try? await attempt(fixture, id)
      }
      #expect(try await fixture.state(id)?.isFinal == true)
      #expect(fixture.platform.submissions <= 1)
      let subjects = fixture.contactCentre.mails.map(\.text)
      #expect(Set(subjects).count == subjects.count)
      #expect(try await fixture.record(id)?.details == nil)
    }
  }

  private func step(_ fixture: ReturnsFixture, _ id: String, _ random: SeededRandom) async throws {
    let faults: [ScriptedReturnPlatform.Fault] = [
      .lostAnswer, .error(.unknown(reason: "reset")), .error(.notDone(reason: "503", retryAfter: nil)),
    ]
    switch random.number(below: 8) {
    case 0:
      let call = ["returnable", "submit", "find", "read"][Int(random.number(below: 4))]
      fixture.platform.fails(call, faults[Int(random.number(below: 3))])
    case 1:
      fixture.contactCentre.fails(
        with: [.unknown(reason: "reset"), .notDone(reason: "503", retryAfter: nil)][Int(random.number(below: 2))])
    case 2: fixture.time.advance(by: .seconds(Int64(random.number(below: 40))))
    case 3: fixture.time.advance(by: .seconds(Int64(random.number(below: 20_000))))
    case 4:
      let states: [PlatformReturn.State] = [.submitted, .authorized, .received, .refunded, .declined(reason: "X")]
      fixture.platform.move(id, to: states[Int(random.number(below: 5))], rmaNumber: "RMA-1")
    case 5: _ = try? await fixture.returns.submit.attempt(id) { throw Died() }
    case 6: try await fixture.returns.reconcile()
    default: try await attempt(fixture, id)
    }
  }

  /// One attempt of each job that there may be.
  private func attempt(_ fixture: ReturnsFixture, _ id: String) async throws {
    _ = try await fixture.submit(id)
    _ = try await fixture.refresh(id)
    for state in ReturnState.allCases { _ = try await fixture.tell(id, state) }
  }
}
