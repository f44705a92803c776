import Core
import Storage
import Testing

@testable import Orders

/// The ways out, from the request to the contact centre, by the queue's own runner.
@Suite struct RunnerTests {
  @Test func whatIsAskedForIsDone() async throws {
    let fixture = try await FeatureFixture()
    let callback = await fixture.newCallback()
    let text = await fixture.newText()
    let done = await fixture.runJobs {
      fixture.log.count("callback done") == 1 && fixture.log.count("text done") == 1
    }
    #expect(done)
    #expect(fixture.contactCentre.booked.map(\.reference) == [callback])
    #expect(fixture.contactCentre.texts.map(\.number) == ["+49301234567"])
    #expect(try await fixture.callback(callback)?.state == .done)
    #expect(try await fixture.text(text)?.state == .done)
  }

  @Test func oneCallerOneJob() async throws {
    let fixture = try await FeatureFixture()
    for _ in 0..<3 { _ = await fixture.newCallback() }
    let jobs = try await fixture.database.read { try $0.query("SELECT id FROM jobs").count }
    #expect(jobs == 1)
  }
}
