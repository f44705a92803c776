import Core
import DatabaseTesting
import Storage
import Testing

@testable import Orders

@Suite struct TextTableTests {
  @Test(arguments: Engine.available)
  func keepsTheTextUntilItIsSent(_ engine: Engine) async throws {
    let table = TextTable(personal: .test)
    let noon = Timestamp("2026-11-21T12:00:00Z")!
    let text = TextOrder(
      number: "+49301234567", orderID: OrderID(rawValue: "ORD-839201"), language: .german,
      proof: CallerProof(callerNumber: "+49301234567", postalCode: "10115"),
      asker: Asker(callerNumber: "+49301234567", address: "127.0.0.1", clientID: "dev"))
    try await engine.withDatabase(schemas: [OrdersFeature.schema]) { database in
      try await database.write {
        try table.insert(text, id: "msg_1", clientID: "dev", requestID: "call-77", now: noon, in: $0)
        try table.move("msg_1", to: .sending, now: noon, in: $0)
      }
      let open = try #require(await database.read { try table.find("msg_1", in: $0) })
      #expect(open.order == text)
      #expect((open.state, open.requestID, open.createdAt) == (.sending, "call-77", noon))
      try await database.write { try table.recordSent("msg_1", messageID: "m", now: noon, in: $0) }
      let sent = try #require(await database.read { try table.find("msg_1", in: $0) })
      #expect(sent.state == .done)
      #expect(sent.order == nil)
    }
  }
}
