import Core
import Testing

@testable import Orders

@Suite struct ReturnStateTests {
  /// The whole table: from each state, the states that it may become.
  private static let moves: [ReturnState: Set<ReturnState>] = [
    .requested: [
      .submitted, .authorized, .received, .refunded, .closed, .declined, .failed, .cancelled, .expired,
    ],
    .submitted: [.authorized, .received, .refunded, .closed, .declined, .cancelled, .expired],
    .authorized: [.received, .refunded, .closed, .declined, .cancelled, .expired],
    .received: [.refunded, .closed, .declined, .cancelled],
    .refunded: [.closed],
    .closed: [], .declined: [], .failed: [], .cancelled: [], .expired: [],
  ]

  @Test(arguments: ReturnState.allCases, ReturnState.allCases)
  func movesByTheTable(_ from: ReturnState, _ to: ReturnState) throws {
    #expect(from.canBecome(to) == Self.moves[from]?.contains(to))
  }

  @Test(arguments: ReturnState.allCases)
  func whatIsFinalStays(_ state: ReturnState) {
    #expect(state.isFinal == ReturnState.allCases.allSatisfy { !state.canBecome($0) })
  }

  /// However a return is moved, it ends, and is in no state twice.
  @Test(arguments: 0..<200)
  func everyWayEnds(_ seed: Int) {
    let random = SeededRandom(seed: UInt64(seed))
    var state = ReturnState.requested
    var seen: Set<ReturnState> = [state]
    for _ in 0..<1_000 where !state.isFinal {
      let next = ReturnState.allCases[Int(random.number(below: UInt64(ReturnState.allCases.count)))]
      guard state.canBecome(next) else { continue }
      #expect(seen.insert(next).inserted)
      state = next
    }
    #expect(state.isFinal)
  }
}
