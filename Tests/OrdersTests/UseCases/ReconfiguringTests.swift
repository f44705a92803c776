import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Orders

/// What an operator changes while calls come in.
@Suite struct ReconfiguringTests {
  @Test func whoMayHearIsJudgedAnewForAnAnswerThatIsWrittenAlready() async throws {
    let fixture = try LookUpFixture()
    let answer = try await fixture.ask()
    #expect(answer.copy.answer(.english, .cached) { [1] } == [1])
    fixture.reconfigure { $0.verification = .callerNumber }
    #expect(await fixture.error() == .notFound)
    let proven = try await fixture.ask(proof: CallerProof(callerNumber: "+49301234567"))
    #expect(proven.freshness == .cached)
    #expect(proven.copy.answer(.english, .cached) { [2] } == [1], "the answer itself is the same")
    fixture.reconfigure { $0.verification = .none }
    #expect(try await fixture.ask().freshness == .cached)
    #expect(fixture.platform.calls.count == 1)
  }

  @Test func aShorterLifeEndsTheCopiesThatAreThere() async throws {
    let fixture = try LookUpFixture()
    _ = try await fixture.ask()
    #expect(await fixture.error("ORD-999999") == .notFound)
    fixture.time.advance(by: .seconds(30))
    fixture.reconfigure { $0.timeToLive = .seconds(30) }
    #expect(try await fixture.ask().freshness == .live)
    #expect(await fixture.error("ORD-999999") == .notFound)
    #expect(fixture.platform.calls.count == 4)
    fixture.reconfigure { $0.timeToLiveByStatus[.shipped] = .seconds(300) }
    fixture.time.advance(by: .seconds(299))
    #expect(try await fixture.ask().freshness == .cached)
  }

  @Test func aStaleCopyIsServedForAsLongAsIsSaidNow() async throws {
    let fixture = try LookUpFixture()
    _ = try await fixture.ask()
    fixture.platform.step = .failure(.unavailable(reason: "x"))
    fixture.time.advance(by: .seconds(100))
    #expect(try await fixture.ask().freshness == .stale)
    fixture.reconfigure { $0.staleLimit = .seconds(99) }
    #expect(await fixture.error() != nil)
  }

  @Test func theTimeLimitAndItsPeakPeriods() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(.timedOut)
    fixture.reconfigure { $0.timeout = .seconds(3) }
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(3)))
    fixture.reconfigure { $0.peakPeriods = [PeakPeriod("2026-11-21")].compactMap(\.self) }
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(15)))
    fixture.reconfigure { $0.peakTimeout = .seconds(20) }
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(20)))
    #expect(fixture.platform.calls.map(\.context.deadline) == [.seconds(3), .seconds(15), .seconds(20)])
  }

  @Test func attemptsThatWereMadeCountAgainstTheNewLimit() async throws {
    let fixture = try LookUpFixture()
    for index in 0..<3 { #expect(await fixture.error("ORD-10000\(index)") == .notFound) }
    fixture.reconfigure { $0.attemptLimit = 2 }
    #expect(await fixture.error() == .tooManyAttempts(retryAfter: .seconds(900)))
    fixture.reconfigure { $0.attemptWindow = .seconds(60) }
    #expect(await fixture.error() == .tooManyAttempts(retryAfter: .seconds(60)))
    fixture.reconfigure { $0.attemptLimit = 4 }
    #expect(try await fixture.ask().freshness == .live)
  }

  @Test func theNumberOfFailuresThatOpenTheBreakerStays() async throws {
    let fixture = try LookUpFixture()
    fixture.reconfigure { $0.failureLimit = 1 }
    fixture.platform.step = .failure(.unavailable(reason: "x"))
    for index in 0..<5 { _ = await fixture.error("ORD-10000\(index)") }
    #expect(
      await fixture.error() == .platformUnavailable(.breakerOpen(failures: 5), retryAfter: .seconds(15)))
    #expect(fixture.platform.calls.count == 5)
  }

  /// A probe may take as long as any call; if it counted as lost before, a second one would follow it.
  @Test func aProbeIsGivenTheNewTimeLimit() async throws {
    let fixture = try LookUpFixture()
    fixture.platform.step = .failure(.unavailable(reason: "x"))
    for index in 0..<5 { _ = await fixture.error("ORD-10000\(index)") }
    fixture.reconfigure { $0.timeout = .seconds(60) }
    fixture.time.advance(by: .seconds(15))
    fixture.platform.step = .silence
    async let probe = fixture.error()
    #expect(await eventually { fixture.platform.calls.count == 6 && fixture.time.sleeperCount == 2 })
    fixture.time.advance(by: .seconds(30))
    #expect(await fixture.error("ORD-100001") != nil)
    #expect(fixture.platform.calls.count == 6, "no second probe")
    fixture.time.advance(by: .seconds(30))
    #expect(await probe == .platformTimeout(limit: .seconds(60)))
  }

  @Test func theWaysOut() async throws {
    let fixture = try await FeatureFixture()
    var next = OrdersConfiguration(idFormat: try OrderIDFormat(pattern: "[0-9]{4}", prefix: ""))
    next.countryCode = "49"
    next.callbackWindow = .seconds(60)
    let before = await fixture.post("/v1/callbacks", #"{"number": "030 1234567"}"#)
    #expect(before.response.status == 422)
    fixture.feature.apply(next)
    let path = "/v1/callbacks"
    let first = await fixture.post(path, #"{"number": "030 1234567", "order_id": "ORD-839201"}"#)
    #expect(first.response.status == 202, "and the form of order numbers is what it was")
    fixture.time.advance(by: .seconds(61))
    let second = await fixture.post(path, #"{"number": "+49301234567"}"#)
    #expect(second.response.status == 202)
    #expect(first.response.body != second.response.body)
    let text = await fixture.post("/v1/orders/ORD-839201/text", #"{"number": "030 1234567"}"#)
    #expect(text.response.status == 202)
  }
}
