import Core
import Testing

@testable import Orders

/// When the platform is left alone.
@Suite struct BreakerTests {
  private func opened(_ failure: OrderPlatformError = .unavailable(reason: "x")) async throws -> LookUpFixture {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(failure)
    for index in 0..<5 { _ = await fixture.error("ORD-10000\(index)") }
    return fixture
  }

  @Test(arguments: [
    OrderPlatformError.timedOut, .unavailable(reason: "x"), .unauthorized(reason: "x"),
  ])
  func fiveFailuresInARowOpenIt(_ failure: OrderPlatformError) async throws {
    let fixture = try await opened(failure)
    fixture.time.advance(by: .seconds(3))
    #expect(
      await fixture.error("ORD-100009")
        == .platformUnavailable(.breakerOpen(failures: 5), retryAfter: .seconds(12)))
    #expect(fixture.platform.calls.count == 5)
    #expect(fixture.log.count("breaker scripted open") == 1)
  }

  @Test func fourFailuresDoNot() async throws {
    let fixture = try LookUpFixture()
    for _ in 0..<3 {
      fixture.platform.step = .failure(.timedOut)
      for index in 0..<4 { _ = await fixture.error("ORD-10000\(index)") }
      fixture.platform.step = .orders([])
      #expect(await fixture.error("ORD-\(fixture.platform.calls.count)00000", from: "+49301234567") == .notFound)
    }
    #expect(fixture.log.count("breaker scripted open") == 0)
  }

  @Test func anUnknownOrderIsNoFailure() async throws {
    let fixture = try LookUpFixture { $0.attemptLimit = 1_000 }
    for index in 0..<10 { #expect(await fixture.error("ORD-10000\(index)") == .notFound) }
    #expect(try await fixture.ask().freshness == .live)
  }

  @Test func afterAWhileOneCallProbes() async throws {
    let fixture = try await opened()
    fixture.time.advance(by: .seconds(15))
    fixture.platform.step = .slowly(.seconds(1), [.sample])
    let probe = Task { try await fixture.ask() }
    #expect(await eventually { fixture.platform.calls.count == 6 && fixture.time.sleeperCount == 2 })
    #expect(await fixture.error("ORD-100009") != nil)
    #expect(fixture.platform.calls.count == 6)
    fixture.time.advance(by: .seconds(1))
    #expect(try await probe.value.freshness == .live)
    fixture.platform.step = .orders([.sample.with { $0.id = OrderID(rawValue: "ORD-100009") }])
    #expect(try await fixture.ask("ORD-100009").freshness == .live)
    #expect(
      fixture.log.all.filter { $0.hasPrefix("breaker") }
        == ["breaker scripted open", "breaker scripted half_open", "breaker scripted closed"])
  }

  @Test func aProbeThatFailsOpensItAgain() async throws {
    let fixture = try await opened()
    fixture.time.advance(by: .seconds(15))
    #expect(await fixture.error("ORD-100007") == .platformUnavailable(.failing, retryAfter: .seconds(1)))
    #expect(
      await fixture.error("ORD-100008")
        == .platformUnavailable(.breakerOpen(failures: 5), retryAfter: .seconds(15)))
    #expect(fixture.platform.calls.count == 6)
  }

  @Test func openItStillServesCopies() async throws {
    let fixture = try LookUpFixture()
    _ = try await fixture.ask()
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .failure(.timedOut)
    for index in 0..<5 { _ = await fixture.error("ORD-10000\(index)") }
    #expect(try await fixture.ask().freshness == .stale)
    #expect(fixture.platform.calls.count == 6)
  }

  @Test func aPlatformThatThrottlesIsLeftAloneForAsLongAsItAsks() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(.throttled(retryAfter: .seconds(3)))
    _ = await fixture.error()
    fixture.time.advance(by: .seconds(1))
    #expect(await fixture.error() == .platformUnavailable(.throttled, retryAfter: .seconds(2)))
    #expect(fixture.platform.calls.count == 1)
    fixture.time.advance(by: .seconds(2))
    fixture.platform.step = .orders([.sample])
    #expect(try await fixture.ask().freshness == .live)
  }

  @Test func throttlingNeverOpensIt() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(.throttled(retryAfter: nil))
    for _ in 0..<10 {
      _ = await fixture.error()
      fixture.time.advance(by: .seconds(1))
    }
    #expect(fixture.platform.calls.count == 10)
    #expect(fixture.log.count("breaker scripted open") == 0)
  }

  @Test func aPauseHasABound() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(.throttled(retryAfter: .seconds(86_400)))
    #expect(await fixture.error() == .platformUnavailable(.throttled, retryAfter: .seconds(60)))
  }
}
