import Core
import DatabaseTesting
import Storage
import Testing

@testable import Orders

/// What the SQL must do on both engines.
@Suite struct CallbackTableTests {
  private let table = CallbackTable(personal: .test)
  private let callback = Callback(number: "+49301234567", name: "Ada", orderID: nil, at: nil)
  private let noon = Timestamp("2026-11-21T12:00:00Z")!

  private func claim(_ id: String, at now: Timestamp, _ database: any Database) async throws -> String {
    try await database.write {
      let standing = try table.claim(callback, id: id, now: now, window: .seconds(60), in: $0)
      guard standing == id else { return standing }
      try table.insert(callback, id: id, clientID: "dev", requestID: "call-77", now: now, in: $0)
      return id
    }
  }

  @Test(arguments: Engine.available)
  func manyAtOnceGetTheSameCallback(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [OrdersFeature.schema]) { database in
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for index in 0..<8 { group.addTask { try await claim("cb_\(index)", at: noon, database) } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let rows = try await database.read { try $0.query("SELECT id FROM orders_callbacks").count }
      #expect(rows == 1)
    }
  }

  @Test(arguments: Engine.available)
  func aClaimEndsWithItsWindowOrItsFailure(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [OrdersFeature.schema]) { database in
      #expect(try await claim("cb_1", at: noon, database) == "cb_1")
      #expect(try await claim("cb_2", at: noon + .seconds(59), database) == "cb_1")
      #expect(try await claim("cb_3", at: noon + .seconds(60), database) == "cb_3")
      try await database.write { try table.move("cb_3", to: .failed, now: noon, in: $0) }
      #expect(try await claim("cb_4", at: noon + .seconds(61), database) == "cb_4")
    }
  }

  @Test(arguments: Engine.available)
  func readsBackWhatWasWritten(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [OrdersFeature.schema]) { database in
      _ = try await claim("cb_1", at: noon, database)
      let open = try #require(await database.read { try table.find("cb_1", in: $0) })
      #expect(open.callback == callback)
      #expect((open.state, open.requestID, open.createdAt) == (.accepted, "call-77", noon))
      try await database.write { try table.recordBooked("cb_1", conversationID: "c", now: noon, in: $0) }
      let booked = try #require(await database.read { try table.find("cb_1", in: $0) })
      #expect(booked.state == .done)
      #expect(booked.callback == nil)
      #expect(try await database.read { try table.find("cb_2", in: $0)?.id } == nil)
    }
  }

  /// A sealed row that is copied to another id does not open there.
  @Test(arguments: Engine.available)
  func detailsBelongToTheirRow(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [OrdersFeature.schema]) { database in
      _ = try await claim("cb_1", at: noon, database)
      _ = try await database.write { try $0.execute("UPDATE orders_callbacks SET id = 'cb_2'") }
      await #expect(throws: (any Error).self) { try await database.read { try table.find("cb_2", in: $0)?.id } }
    }
  }
}
