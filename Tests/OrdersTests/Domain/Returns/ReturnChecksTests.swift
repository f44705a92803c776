import Core
import Testing

@testable import Orders

@Suite struct ReturnChecksTests {
  private static let created = Timestamp("2026-11-21T12:00:00Z")!
  private static let end = created + .seconds(14 * 86_400)

  /// Slower and slower, once at the end of the window, then daily.
  @Test func theScheduleSlowsDown() {
    var now = Self.created
    var waits: [Int64] = []
    for done in 0..<8 {
      let next = ReturnChecks.next(after: done, now: now, expiresAt: Self.end)
      waits.append((next - now).components.seconds)
      now = next
    }
    #expect(waits == [30, 300, 900, 3_600, 21_600, 86_400, 86_400, 86_400])
    #expect(ReturnChecks.next(after: 9, now: Self.end - .seconds(5), expiresAt: Self.end) == Self.end)
    #expect(ReturnChecks.next(after: 9, now: Self.end, expiresAt: Self.end) == Self.end + .seconds(86_400))
  }

  @Test(arguments: [
    (ReturnState.requested, 0, ReturnChecks.Action.submit),
    (.requested, 400, .submit),
    (.submitted, 0, .refresh),
    (.authorized, 14, .refresh),
    (.authorized, 15, .end(.expired, detail: "window_passed")),
    (.submitted, 15, .end(.expired, detail: "window_passed")),
    (.received, 15, .refresh),
    (.received, 44, .end(.closed, detail: "not_heard_of_again")),
    (.refunded, 44, .end(.closed, detail: "not_heard_of_again")),
  ])
  func everyReturnEndsAtLast(_ state: ReturnState, _ days: Int, _ action: ReturnChecks.Action) {
    let now = Self.created + .seconds(days * 86_400)
    #expect(ReturnChecks.action(for: state, expiresAt: Self.end, now: now) == action)
    if case .end(let next, _) = action { #expect(state.canBecome(next)) }
  }

  @Test func selfServiceEndsWithTheWindowOrTheReturn() {
    let almost = Self.end - .microseconds(1)
    #expect(SelfService(state: .authorized, expiresAt: Self.end, now: almost) == .open)
    #expect(SelfService(state: .refunded, expiresAt: Self.end, now: almost) == .open)
    #expect(SelfService(state: .closed, expiresAt: Self.end, now: almost) == .settled)
    #expect(SelfService(state: .authorized, expiresAt: Self.end, now: Self.end) == .windowPassed)
    #expect(SelfService(state: .expired, expiresAt: Self.end, now: Self.end) == .windowPassed)
  }
}
