import Core
import Storage
import Testing

@testable import Orders

@Suite struct RequestCallbackTests {
  /// Without its job the call-back would never be booked, and would stand in the way of the next one.
  @Test func theRowStandsOrFallsWithItsJob() async throws {
    let fixture = try await FeatureFixture()
    let requestCallback = RequestCallback(
      table: CallbackTable(personal: .test), jobs: fixture.jobs,
      identifiers: IdentifierSource(time: fixture.time, random: SeededRandom(seed: 1)),
      configuration: LiveOrdersConfiguration(OrdersConfiguration(idFormat: try OrderIDFormat(prefix: "ORD-"))),
      time: fixture.time)
    let callback = Callback(number: "+49301234567", name: nil, orderID: nil, at: nil)
    _ = try await fixture.database.write { try $0.execute("ALTER TABLE jobs RENAME TO no_jobs") }
    await #expect(throws: DatabaseError.self) {
      try await fixture.database.write {
        try requestCallback(callback, clientID: "dev", requestID: "call-77", in: $0)
      }
    }
    #expect(try await fixture.dump().isEmpty)
  }
}
