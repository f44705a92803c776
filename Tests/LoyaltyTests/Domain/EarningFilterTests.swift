import Core
import Testing

@testable import Loyalty

@Suite struct EarningFilterTests {
  private static let guide = """
    {"event_id":"e-1","interaction_id":"c-1","type":"WebChat","state":"closed","timestamp":"2026-11-21T10:00:00Z"}
    """
  private static let envelope = """
    {"version":"0","id":"e-2","detail-type":"v2.detail.events.conversation.{id}.customer.end","time":"2026-11-21T11:00:00Z",
     "detail":{"eventBody":{"conversationId":"c-2","mediaType":"MESSAGE","eventTime":1795255200000}}}
    """
  private static let dataAction = """
    {"event_id":"e-3","event":"survey","conversation_id":"c-3","customer_id":"u-4711","channel":"voice","amount":"1250",
     "occurred_at":"2026-11-21T10:00:00Z"}
    """
  private static let message = """
    {"id":"m-4","type":"Text","channel":{"platform":"Open","to":{"id":"u-4711"},"time":"2026-11-21T10:00:00Z"},
     "metadata":{"conversation_id":"c-4"}}
    """
  private static let ten = Timestamp("2026-11-21T10:00:00Z")

  private func read(
    _ event: String, when: String = "true", _ change: (inout EarningFilter.Paths) throws -> Void = { _ in }
  ) throws -> EarnedEvent? {
    var paths = EarningFilter.Paths()
    try change(&paths)
    let filter = EarningFilter(when: try FilterExpression(when), eventType: "chat", paths: paths)
    return try EarningFilter.read(try JSONValue(parsing: Array(event.utf8)), by: [filter])
  }

  @Test(
    arguments: [
      (guide, "event:WebChat/e-1", EarnedEvent.Subject.conversation("c-1")),
      (envelope, "event:MESSAGE/e-2", .conversation("c-2")),
      (dataAction, "event:voice/e-3", .customer("u-4711")),
    ])
  func knowsWhereEachShapeHasIt(_ event: String, _ key: String, _ subject: EarnedEvent.Subject) throws {
    let earned = try #require(try read(event))
    #expect(earned.key.key == key)
    #expect(earned.subject == subject)
    #expect(earned.occurredAt == Self.ten)
    #expect(earned.amount == nil && earned.type == "chat")
  }

  @Test func takesWhatTheEntrySays() throws {
    let earned = try #require(
      try read(Self.message) { paths in
        paths.customer = try FilterExpression(value: "$.channel.to.id")
        paths.channel = try FilterExpression(value: "'survey'")
        paths.eventID = try FilterExpression(value: "$.metadata.conversation_id")
      })
    #expect(
      earned.key.key == "event:survey/c-4" && earned.subject == .customer("u-4711") && earned.occurredAt == Self.ten)
    #expect(try read(Self.dataAction) { $0.amount = try FilterExpression(value: "$.amount") }?.amount == 1_250)
    // An entry that says where the customer is means it: nobody looks elsewhere.
    let gone = try read(Self.dataAction) { $0.customer = try FilterExpression(value: "$.gone") }
    #expect(gone?.subject == .conversation("c-3"))
  }

  @Test func theFirstEntryThatMeansItCounts() throws {
    let filters = try [("$.type = 'Voice'", "call"), ("$.state = 'closed'", "chat"), ("true", "other")].map {
      EarningFilter(when: try FilterExpression($0.0), eventType: $0.1)
    }
    let event = try JSONValue(parsing: Array(Self.guide.utf8))
    #expect(try EarningFilter.read(event, by: filters)?.type == "chat")
    #expect(try read(Self.guide, when: "$.type = 'Voice'") == nil)
  }

  @Test(
    arguments: [
      (#"{"interaction_id":"c"}"#, EarningError.eventIDUnusable),
      (#"{"event_id":"a b","interaction_id":"c"}"#, .eventIDUnusable),
      (#"{"event_id":"","interaction_id":"c"}"#, .eventIDUnusable),
      (#"{"event_id":"e","interaction_id":"c","type":"a/b"}"#, .channelUnusable),
      (#"{"event_id":"e"}"#, .subjectMissing), (#"{"event_id":"e","interaction_id":""}"#, .subjectMissing),
      (#"{"event_id":"e","interaction_id":"c","n":1.5}"#, .amountUnusable),
      (#"{"event_id":"e","interaction_id":"c","n":"many"}"#, .amountUnusable),
    ])
  func saysWhatIsMissing(_ event: String, _ error: EarningError) {
    #expect(throws: error) { try read(event) { $0.amount = try FilterExpression(value: "n") } }
  }
}
