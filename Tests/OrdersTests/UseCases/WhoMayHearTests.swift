import Core
import Testing

@testable import Orders

@Suite struct WhoMayHearTests {
  private let owner = CallerProof(callerNumber: "+49301234567")
  private let stranger = CallerProof(callerNumber: "+49309999999")

  private func fixture(_ change: (inout OrdersConfiguration) -> Void = { _ in }) throws -> LookUpFixture {
    try LookUpFixture {
      $0.verification = .callerNumber
      change(&$0)
    }
  }

  @Test func theOwnerHearsIt() async throws {
    let fixture = try fixture()
    #expect(try await fixture.ask(proof: owner).freshness == .live)
  }

  @Test func aStrangerHearsWhatTheAskerForAnUnknownOrderHears() async throws {
    let fixture = try fixture()
    #expect(await fixture.error(proof: stranger) == .notFound)
    #expect(await fixture.error("ORD-999999", proof: stranger) == .notFound)
    // Both were asked upstream, and both are remembered: neither the first nor the second time tells them apart.
    #expect(fixture.platform.calls.count == 2)
    #expect(await fixture.error(proof: stranger) == .notFound)
    #expect(await fixture.error("ORD-999999", proof: stranger) == .notFound)
    #expect(fixture.platform.calls.count == 2)
    #expect(try await fixture.ask(proof: owner).freshness == .cached)
  }

  @Test func anOutageDoesNotTellThemApartEither() async throws {
    let fixture = try fixture()
    _ = try await fixture.ask(proof: owner)
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .failure(.timedOut)
    let foreign = await fixture.error(proof: stranger)
    let unknown = await fixture.error("ORD-999999", proof: stranger)
    #expect(foreign == unknown)
    #expect(try await fixture.ask(proof: owner).freshness == .stale)
  }

  @Test func afterFiveMissesTheAskerMustWait() async throws {
    let fixture = try fixture()
    for index in 0..<4 { #expect(await fixture.error("ORD-90000\(index)", from: "+15550001111") == .notFound) }
    #expect(await fixture.error(from: "+1 (555) 000-1111", proof: stranger) == .notFound)
    #expect(
      await fixture.error(from: "+15550001111", proof: owner) == .tooManyAttempts(retryAfter: .seconds(900)))
    #expect(try await fixture.ask(from: "+15550002222", proof: owner).freshness == .cached)
    #expect(try await fixture.ask(from: nil, proof: owner).freshness == .cached)
    fixture.time.advance(by: .seconds(900))
    #expect(try await fixture.ask(from: "+15550001111", proof: owner).freshness == .live)
  }

  @Test func guessingAProofDuringAnOutageCountsToo() async throws {
    let fixture = try fixture { $0.failureLimit = 1_000 }
    _ = try await fixture.ask(proof: owner)
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .failure(.timedOut)
    for _ in 0..<5 { _ = await fixture.error(from: "+15550001111", proof: stranger) }
    #expect(
      await fixture.error(from: "+15550001111", proof: owner) == .tooManyAttempts(retryAfter: .seconds(900)))
  }

  @Test func whatIsFoundIsNoMiss() async throws {
    let fixture = try fixture()
    for _ in 0..<20 { _ = try await fixture.ask(proof: owner) }
    for _ in 0..<20 { #expect(await fixture.error("bad", from: "+15550001111") == .invalidID) }
    #expect(try await fixture.ask(from: "+15550001111", proof: owner).freshness == .cached)
  }
}
