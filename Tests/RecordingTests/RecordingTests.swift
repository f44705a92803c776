import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Recording

@Suite struct RecordingTests {
  @Test(arguments: Engine.available)
  func pausesAndResumesByHand(engine: Engine) async throws {
    try await Fixture.with(engine) { fixture in
      let paused = await fixture.set("paused")
      #expect(paused.status == 200)
      #expect(
        paused.json == [
          "conversation_id": .string(Fixture.conversation), "state": "paused",
          "resumes_at": "2026-11-21T12:05:00.000Z",
        ])
      #expect(fixture.control.recording == .paused)
      let resumed = await fixture.set("active")
      #expect(resumed.status == 200)
      #expect(resumed.json["state"] == "active")
      #expect(resumed.json["resumes_at"]?.isNull == true)
      #expect(fixture.control.recording == .active)
      // The job of the pause finds nothing to do.
      fixture.time.advance(by: .seconds(301))
      try await fixture.runDueJobs()
      #expect(fixture.control.asked == [.paused, .active])
    }
  }

  @Test(arguments: Engine.available)
  func resumesByItself(engine: Engine) async throws {
    try await Fixture.with(engine) { fixture in
      await fixture.set("paused")
      fixture.time.advance(by: .seconds(299))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .paused)
      fixture.time.advance(by: .seconds(1))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .active)
      #expect(try await fixture.waitingJobs() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aSecondPauseLastsLonger(engine: Engine) async throws {
    try await Fixture.with(engine) { fixture in
      await fixture.set("paused")
      fixture.time.advance(by: .seconds(200))
      #expect(await fixture.set("paused").json["resumes_at"] == "2026-11-21T12:08:20.000Z")
      fixture.time.advance(by: .seconds(101))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .paused, "the job of the first pause is void")
      fixture.time.advance(by: .seconds(200))
      try await fixture.runDueJobs()
      #expect(fixture.control.asked == [.paused, .paused, .active])
    }
  }

  /// The process dies after the contact centre has paused and before that is written down: what is in the database then
  /// is what was committed before the contact centre was asked.
  @Test func whateverHappensAfterTheIntentItResumes() async throws {
    try await Fixture.with { fixture in
      let database = fixture.database
      let jobsBefore = Committed()
      fixture.control.meanwhile {
        let rows = try? await database.read { try $0.query("SELECT kind FROM jobs WHERE state = 'ready'").count }
        jobsBefore.set(rows ?? 0)
      }
      fixture.control.fails(with: .unknown(reason: "reset"), doesItAllTheSame: true)
      #expect(await fixture.set("paused").code == "contact_centre_timeout")
      #expect(jobsBefore.value == 1)
      #expect(fixture.control.recording == .paused)
      fixture.time.advance(by: .seconds(300))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .active)
    }
  }

  /// The turn of a holder that crashed ends by itself, before the job of its pause is due.
  @Test func aCrashedHolderHoldsNobodyUp() async throws {
    try await Fixture.with { fixture in
      let table = PauseTable()
      let now = fixture.time.now
      _ = try await fixture.database.write {
        try table.beginPause(Fixture.conversation, resumesAt: now + .seconds(300), now: now, in: $0)
      }
      let busy = await fixture.set("active")
      #expect(busy.code == "recording_busy")
      #expect(busy.response.headers["retry-after"] == "2")
      #expect(fixture.control.asked.isEmpty)
      fixture.time.advance(by: .seconds(30))
      #expect(await fixture.set("active").status == 200)
    }
  }

  /// A pause and a resume on their way at once could arrive in either order, and nobody would know which came last.
  @Test(arguments: [("paused", "active"), ("active", "paused"), ("paused", "paused")])
  func oneChangeAtATime(first: String, second: String) async throws {
    try await Fixture.with { fixture in
      let overtaking = Committed()
      fixture.control.meanwhile { overtaking.set(await fixture.set(second).status) }
      #expect(await fixture.set(first).status == 200)
      #expect(overtaking.value == 409)
      #expect(fixture.control.asked.map(\.rawValue) == [first])
      #expect(await fixture.set(second).status == 200)
    }
  }

  /// The job waits while somebody pauses anew, and is void then.
  @Test func theJobDoesNotEndAPauseThatBeginsAtThatMoment() async throws {
    try await Fixture.with { fixture in
      await fixture.set("paused")
      fixture.time.advance(by: .seconds(300))
      fixture.control.meanwhile { try? await fixture.runDueJobs() }
      #expect(await fixture.set("paused").status == 200)
      try await fixture.runDueJobs()
      #expect(fixture.control.asked == [.paused, .paused])
      #expect(fixture.control.recording == .paused)
    }
  }

  @Test(arguments: [
    (RecordingControlError.notDone(reason: "503", retryAfter: .seconds(7)), 503, "contact_centre_unavailable"),
    (.unknown(reason: "reset"), 504, "contact_centre_timeout"),
    (.unknownConversation, 404, "conversation_not_found"), (.conversationEnded, 409, "conversation_ended"),
  ])
  func neverSaysPausedUnlessItIs(error: RecordingControlError, status: Int, code: String) async throws {
    try await Fixture.with { fixture in
      fixture.control.fails(with: error)
      let answer = await fixture.set("paused")
      #expect(answer.status == status)
      #expect(answer.code == code)
      #expect(answer.json["detail"]?.string?.contains("Do not take card data") == true)
      #expect(answer.response.headers["retry-after"] == (status == 503 ? "7" : status == 504 ? "2" : nil))
    }
  }

  /// An agent who is told so may pause by other means: that pause is not ended by us.
  @Test func aPauseThatWasNotMadeIsNotEnded() async throws {
    try await Fixture.with { fixture in
      fixture.control.fails(with: .notDone(reason: "503", retryAfter: nil))
      await fixture.set("paused")
      fixture.time.advance(by: .seconds(300))
      try await fixture.runDueJobs()
      #expect(fixture.control.asked == [.paused])
    }
  }

  /// The first pause stands and has to end, although the second did not come about.
  @Test func aFailedExtensionLeavesTheEndOfThePause() async throws {
    try await Fixture.with { fixture in
      await fixture.set("paused")
      fixture.control.fails(with: .notDone(reason: "503", retryAfter: nil))
      #expect(await fixture.set("paused").status == 503)
      fixture.time.advance(by: .seconds(300))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .active)
    }
  }

  @Test(arguments: [
    RecordingControlError.notDone(reason: "503", retryAfter: .seconds(9)), .unknown(reason: "reset"),
  ])
  func theJobTriesUntilItIsDone(error: RecordingControlError) async throws {
    try await Fixture.with { fixture in
      await fixture.set("paused")
      fixture.control.fails(with: error, error)
      for _ in 0..<3 {
        fixture.time.advance(by: .seconds(300))
        try await fixture.runDueJobs()
      }
      #expect(fixture.control.asked == [.paused, .active, .active, .active])
      #expect(fixture.control.recording == .active)
      #expect(try await fixture.waitingJobs() == 0)
    }
  }

  @Test(arguments: [RecordingControlError.conversationEnded, .unknownConversation])
  func aConversationThatIsOverHasNothingToResume(error: RecordingControlError) async throws {
    try await Fixture.with { fixture in
      await fixture.set("paused")
      fixture.control.fails(with: error)
      fixture.time.advance(by: .seconds(300))
      try await fixture.runDueJobs()
      #expect(try await fixture.waitingJobs() == 0)
      #expect(fixture.control.asked == [.paused, .active])
      fixture.control.fails(with: .conversationEnded)
      #expect(await fixture.set("active").status == 200)
    }
  }

  /// A resume that failed leaves the job of the pause in force.
  @Test func aFailedResumeIsMadeUpFor() async throws {
    try await Fixture.with { fixture in
      await fixture.set("paused")
      fixture.control.fails(with: .unknown(reason: "reset"))
      let answer = await fixture.set("active")
      #expect(answer.code == "contact_centre_timeout")
      #expect(answer.json["detail"]?.string?.contains("may still be paused") == true)
      fixture.time.advance(by: .seconds(300))
      try await fixture.runDueJobs()
      #expect(fixture.control.recording == .active)
    }
  }

  @Test(arguments: [
    (Fixture.conversation, #"{"state":"none"}"#, 422), (Fixture.conversation, #"{"state":null}"#, 422),
    (Fixture.conversation, "[]", 422), (Fixture.conversation, "paused", 400), ("1234", #"{"state":"paused"}"#, 404),
    ("zzzzzzzz-11f0-4f0a-9c35-6d6c6f1f5a10", #"{"state":"paused"}"#, 404),
  ])
  func whatMakesNoSenseIsNotAsked(conversation: String, body: String, status: Int) async throws {
    try await Fixture.with { fixture in
      #expect(await fixture.set("", of: conversation, body: body).status == status)
      #expect(fixture.control.asked.isEmpty)
      let waiting = try await fixture.waitingJobs()
      #expect(waiting == 0)
    }
  }

  @Test func oldRowsAreForgotten() async throws {
    try await Fixture.with { fixture in
      await fixture.set("active")
      fixture.time.advance(by: PauseTable.retention)
      await fixture.set("paused", of: "1b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10")
      let rows = try await fixture.database.read { try $0.query("SELECT conversation_id FROM recording_pauses").count }
      #expect(rows == 1)
    }
  }

  @Test func describesTheRoutesAndNoOthers() async throws {
    try await Fixture.with { fixture in
      let served = fixture.feature.routes.map { "\($0.method.name.lowercased()) \($0.pattern)" }
      let described = RecordingOpenAPI.paths.members?.flatMap { path in
        path.value.members?.map { "\($0.name) \(path.name)" } ?? []
      }
      #expect(served == described)
      let answer = try #require(await fixture.set("paused").json.members)
      let schema = RecordingOpenAPI.schemas["Recording"]?["properties"]?.members
      #expect(Set(answer.map(\.name)) == Set(schema?.map(\.name) ?? []))
    }
  }
}
