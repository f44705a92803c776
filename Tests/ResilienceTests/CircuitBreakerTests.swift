import Core
import Resilience
import Testing

@Suite struct CircuitBreakerTests {
  private func tripped(at now: Duration = .zero) -> CircuitBreaker {
    var breaker = CircuitBreaker()
    for _ in 0..<5 { breaker.report(.failure, of: permit(&breaker, now)!, now: now) }
    return breaker
  }

  private func permit(_ breaker: inout CircuitBreaker, _ now: Duration) -> CircuitBreaker.Permit? {
    if case .allowed(let permit) = breaker.ask(now: now) { permit } else { nil }
  }

  @Test(arguments: [
    ("fffff", CircuitBreaker.State.open), ("ffff", .closed), ("ffffsf", .closed), ("ffffsffff", .closed),
    ("ffffsfffff", .open), ("ffiffif", .open), ("iiiiiiii", .closed), ("", .closed),
  ])
  func fiveFailuresInARowOpenIt(outcomes: String, state: CircuitBreaker.State) throws {
    var breaker = CircuitBreaker()
    for outcome in outcomes {
      let permit = try #require(permit(&breaker, .zero))
      breaker.report(outcome == "f" ? .failure : outcome == "s" ? .success : .ignored, of: permit, now: .zero)
    }
    #expect(breaker.state == state)
  }

  @Test(
    arguments: [
      (Duration.zero, Duration.seconds(15)), (.milliseconds(14_999), .milliseconds(1)), (.seconds(15), nil),
      (.seconds(900), nil),
    ] as [(Duration, Duration?)])
  func staysOpenForFifteenSeconds(now: Duration, retryAfter: Duration?) {
    var breaker = tripped()
    #expect(breaker.retryAfter(now: now) == retryAfter)
    let decision = breaker.ask(now: now)
    if let retryAfter {
      #expect(decision == .refused(retryAfter: retryAfter))
      #expect(breaker.state == .open)
    } else {
      guard case .allowed(let permit) = decision else { return #expect(Bool(false), "no probe") }
      #expect(permit.isProbe)
      #expect(breaker.state == .halfOpen)
    }
  }

  @Test func oneProbeAtATime() throws {
    var breaker = tripped()
    let probe = try #require(permit(&breaker, .seconds(15)))
    #expect(breaker.ask(now: .seconds(15)) == .refused(retryAfter: .seconds(1)))
    breaker.report(.success, of: probe, now: .seconds(16))
    #expect(breaker.state == .closed)
    #expect(breaker.retryAfter(now: .seconds(16)) == nil)
    #expect(breaker.transitions.opened == 1 && breaker.transitions.halfOpened == 1 && breaker.transitions.closed == 1)
  }

  @Test func aFailedProbeOpensItForAsLongAgain() throws {
    var breaker = tripped()
    let probe = try #require(permit(&breaker, .seconds(15)))
    breaker.report(.failure, of: probe, now: .seconds(20))
    #expect(breaker.state == .open)
    #expect(breaker.retryAfter(now: .seconds(20)) == .seconds(15))
    #expect(breaker.transitions.opened == 2)
  }

  @Test func aProbeThatSaidNothingMakesRoomForAnother() throws {
    var breaker = tripped()
    let probe = try #require(permit(&breaker, .seconds(15)))
    breaker.report(.ignored, of: probe, now: .seconds(16))
    #expect(breaker.state == .halfOpen)
    #expect(try #require(permit(&breaker, .seconds(16))).isProbe)
  }

  @Test func aProbeThatIsNeverReportedDoesNotWedgeIt() throws {
    var breaker = tripped()
    let lost = try #require(permit(&breaker, .seconds(15)))
    #expect(permit(&breaker, .milliseconds(34_999)) == nil)
    let second = try #require(permit(&breaker, .seconds(35)))
    breaker.report(.failure, of: lost, now: .seconds(36))
    #expect(breaker.state == .halfOpen, "the lost probe is not heard any more")
    breaker.report(.success, of: second, now: .seconds(37))
    #expect(breaker.state == .closed)
  }

  @Test(arguments: [CircuitBreaker.Outcome.success, .failure, .ignored])
  func anOutcomeFromBeforeTheTripIsNotHeard(outcome: CircuitBreaker.Outcome) throws {
    var breaker = CircuitBreaker()
    let early = try (0..<8).map { _ in try #require(permit(&breaker, .zero)) }
    for permit in early.prefix(5) { breaker.report(.failure, of: permit, now: .seconds(1)) }
    breaker.report(outcome, of: early[5], now: .seconds(2))
    #expect(breaker.state == .open)
    #expect(breaker.retryAfter(now: .seconds(2)) == .seconds(14), "a late failure does not prolong it")
    let probe = try #require(permit(&breaker, .seconds(16)))
    breaker.report(outcome, of: early[6], now: .seconds(16))
    #expect(breaker.state == .halfOpen)
    breaker.report(.success, of: probe, now: .seconds(17))
    for _ in 0..<5 { breaker.report(.failure, of: early[7], now: .seconds(18)) }
    #expect(breaker.state == .closed)
  }
}
