import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@testable import Orders

@Suite struct RefreshReturnJobTests {
  private func submitted(_ fixture: ReturnsFixture) async throws -> String {
    let id = try await fixture.newReturn()
    _ = try await fixture.submit(id)
    fixture.platform.forgetCalls()
    return id
  }

  @Test(arguments: Engine.available)
  func takesOnWhatIsRead(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await submitted(fixture)
      fixture.platform.move(id, to: .authorized, rmaNumber: "RMA-1042")
      #expect(try await fixture.refresh(id) == .done())
      let shown = await fixture.get("/v1/returns/\(id)")
      #expect(shown.json["status"] == "authorized")
      #expect(shown.json["rma_number"] == "RMA-1042")
      #expect(fixture.events.list.last?.data.contains(#""rma_number":"RMA-1042""#) == true)
      #expect(try await fixture.transitions(id) == ["submitted job", "authorized webhook"])
      // The same again changes nothing.
      _ = try await fixture.refresh(id)
      #expect(fixture.events.list.count == 3)
    }
  }

  /// Whatever is read, and in whatever order: never backwards.
  @Test(arguments: 0..<20)
  func neverGoesBack(_ seed: Int) async throws {
    try await ReturnsFixture.with { fixture in
      let random = SeededRandom(seed: UInt64(seed))
      let states: [PlatformReturn.State] = [
        .submitted, .authorized, .received, .refunded, .closed, .declined(reason: "X"), .cancelled,
      ]
      let id = try await submitted(fixture)
      var last = ReturnState.submitted
      for _ in 0..<8 {
        fixture.platform.move(id, to: states[Int(random.number(below: UInt64(states.count)))])
        _ = try await fixture.refresh(id)
        let state = try #require(await fixture.state(id))
        #expect(state == last || last.canBecome(state))
        last = state
      }
    }
  }

  @Test func aLateOneIsRefusedAndCounted() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await submitted(fixture)
      fixture.platform.move(id, to: .refunded)
      _ = try await fixture.refresh(id)
      fixture.platform.move(id, to: .authorized, rmaNumber: "RMA-1")
      _ = try await fixture.refresh(id)
      #expect(try await fixture.state(id) == .refunded)
      #expect(fixture.log.count("refused refunded authorized") == 1)
    }
  }

  @Test func aNumberThatComesLaterIsTakenOn() async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.answers(with: .authorized)
      let id = try await submitted(fixture)
      #expect(try await fixture.record(id)?.rmaNumber == nil)
      guard case .retry = try await fixture.tell(id, .authorized) else {
        Issue.record("told without its number")
        return
      }
      fixture.platform.move(id, to: .authorized, rmaNumber: "RMA-1042")
      _ = try await fixture.refresh(id)
      #expect(try await fixture.record(id)?.rmaNumber == "RMA-1042")
      #expect(try await fixture.tell(id, .authorized) == .done())
      #expect(fixture.contactCentre.mails[0].text.contains("RMA-1042"))
    }
  }

  @Test(arguments: [ReturnPlatformError.notDone(reason: "429", retryAfter: .seconds(9)), .unknown(reason: "reset")])
  func triesAgainWhenItCannotBeRead(_ error: ReturnPlatformError) async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await submitted(fixture)
      fixture.platform.fails("read", .error(error))
      #expect(try await fixture.refresh(id) == .retry(after: error.retryAfter, reason: error.reason))
      #expect(try await fixture.state(id) == .submitted)
    }
  }

  // MARK: - Hints

  @Test(arguments: Engine.available)
  func aHintHasItReadOnce(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await submitted(fixture)
      let hints = [
        ReturnHint(platformID: "platform-\(id)"), ReturnHint(platformID: "other", reference: id),
        ReturnHint(orderID: OrderID(rawValue: "ORD-839201")),
      ]
      for hint in hints {
        _ = try await fixture.refresh(id)
        let before = try await fixture.waiting().count
        let applied = try await fixture.returns.hinted.apply(hint, cause: .webhook, requestID: "evt-1")
        #expect(applied == .refreshing([id]))
        #expect(try await fixture.returns.hinted.apply(hint, cause: .webhook, requestID: "evt-2") == .refreshing([]))
        #expect(try await fixture.waiting().count == before + 1)
      }
      for hint in [ReturnHint(), ReturnHint(platformID: "x"), ReturnHint(orderID: OrderID(rawValue: "ORD-1"))] {
        #expect(try await fixture.returns.hinted.apply(hint, cause: .webhook, requestID: "evt-3") == .unknown)
      }
      fixture.platform.move(id, to: .cancelled)
      _ = try await fixture.refresh(id)
      #expect(try await fixture.returns.hinted.apply(hints[0], cause: .webhook, requestID: "e") == .refreshing([]))
    }
  }

  /// A job that is lost does not keep others from being made.
  @Test func aLostRefreshIsAskedForAgain() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await submitted(fixture)
      let hint = ReturnHint(platformID: "platform-\(id)")
      _ = try await fixture.returns.hinted.apply(hint, cause: .webhook, requestID: "evt-1")
      fixture.time.advance(by: .seconds(600))
      let applied = try await fixture.returns.hinted.apply(hint, cause: .webhook, requestID: "evt-2")
      #expect(applied == .refreshing([id]))
    }
  }

  // MARK: - The reconciler

  @Test(arguments: Engine.available)
  func readsWhatNobodyTellsOf(_ engine: Engine) async throws {
    try await ReturnsFixture.with(engine) { fixture in
      let id = try await submitted(fixture)
      var refreshes: [Int64] = []
      for minute in 1...120 {
        fixture.time.advance(by: .seconds(60))
        if try await fixture.returns.reconcile() > 0 { refreshes.append(Int64(minute)) }
      }
      #expect(refreshes == [1, 6, 21, 81])
      fixture.platform.move(id, to: .authorized)
      _ = try await fixture.refresh(id, .reconciler)
      #expect(try await fixture.transitions(id).last == "authorized reconciler")
    }
  }

  @Test(arguments: Engine.available)
  func manyInstancesEnqueueOneJob(_ engine: Engine) async throws {
    try await engine.withDatabases(count: 2, schemas: ReturnsFixture.schemas) { databases in
      let (one, two) = (try ReturnsFixture(on: databases[0]), try ReturnsFixture(on: databases[1]))
      one.platform.has(ReturnableOrder.sample.with { $0.lines[1].bought = 9 })
      for call in 0..<5 {
        _ = try await one.submit(await one.newReturn(ReturnsFixture.body(call: "call-\(call)")))
      }
      let before = try await one.waiting().count
      for fixture in [one, two] { fixture.time.advance(by: .seconds(900)) }
      async let first = one.returns.reconcile()
      async let second = two.returns.reconcile()
      #expect(try await first + second == 5)
      #expect(try await one.waiting().count == before + 5)
    }
  }

  /// The job that was to submit it is gone.
  @Test func aLostSubmissionIsMadeGood() async throws {
    try await ReturnsFixture.with { fixture in
      let id = try await fixture.newReturn()
      _ = try await fixture.database.write { try $0.execute("DELETE FROM jobs") }
      fixture.time.advance(by: .seconds(900))
      #expect(try await fixture.returns.reconcile() == 1)
      #expect(try await fixture.waiting() == ["returns.submit"])
      #expect(await fixture.runJobs { fixture.platform.submissions == 1 })
      #expect(try await fixture.state(id) == .submitted)
    }
  }

  @Test func whatDoesNotComeBackExpires() async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.answers(with: .authorized)
      let id = try await submitted(fixture)
      fixture.time.advance(by: .seconds(1_209_600))
      // It has come back, and nobody said so.
      fixture.platform.move(id, to: .received)
      _ = try await fixture.refresh(id, .reconciler)
      #expect(try await fixture.state(id) == .received)
      let other = try await fixture.newReturn(ReturnsFixture.body())
      _ = try await fixture.submit(other)
      fixture.time.advance(by: .seconds(1_209_600))
      _ = try await fixture.refresh(other, .reconciler)
      #expect(try await fixture.state(other) == .expired)
      // A platform that cannot be asked is not waited for.
      let third = try await fixture.newReturn(ReturnsFixture.body(call: "call-3"))
      _ = try await fixture.submit(third)
      fixture.time.advance(by: .seconds(1_209_600 + 86_400))
      try await fixture.returns.reconcile()
      #expect(try await fixture.state(third) == .expired)
    }
  }

  /// Whatever happens or does not happen, a return ends.
  @Test(arguments: [PlatformReturn.State.submitted, .authorized, .received, .refunded])
  func endsThoughNobodyIsHeardOfAgain(_ state: PlatformReturn.State) async throws {
    try await ReturnsFixture.with { fixture in
      fixture.platform.answers(with: state)
      let id = try await submitted(fixture)
      for _ in 0..<60 {
        fixture.time.advance(by: .seconds(86_400))
        try await fixture.returns.reconcile()
      }
      #expect(try await fixture.state(id)?.isFinal == true)
      #expect(try await fixture.returns.reconcile() == 0)
    }
  }
}
