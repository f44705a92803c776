import Core
import Foundation
import HTTPMessages
import Loyalty
import Synchronization
import Testing
import Webhooks
import YAML

@testable import App

@Suite struct LoyaltySettingsTests {
  private func load(_ yaml: String, environment: [String: String] = [:]) throws -> Configuration {
    try LoadedConfiguration.load(
      try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: environment
    ).configuration
  }

  private func problems(_ entry: String) throws -> [String] {
    do {
      _ = try load("loyalty:\n  earning:\n    - \(entry)\n")
      return []
    } catch let problems as ConfigurationProblems {
      return problems.problems.map { "\($0.origin): \($0.message)" }
    }
  }

  @Test func theGuidesFilterIsTakenAsItIsWritten() throws {
    let settings = try load(
      """
      loyalty:
        earning:
          - source: genesys
            when: "$.type = 'WebChat' AND $.state = 'closed'"
            event_type: chat
            amount: $.minutes
          - when: "`detail-type` = 'v2.detail.events.conversation.{id}.customer.end'"
            event_type: call
            event_id: $.detail.eventBody.conversationId
      """
    ).loyalty
    #expect(settings.earning.map(\.source) == ["genesys", "genesys"])
    #expect(settings.earning.map(\.filter.eventType) == ["chat", "call"])
    #expect(settings.earning[0].filter.when.matches(["type": "WebChat", "state": "closed"]))
    #expect(settings.earning[0].filter.paths.amount?.text == "$.minutes")
    #expect(settings.earning[1].filter.paths.eventID != nil && settings.earning[1].filter.paths.amount == nil)
    #expect(try load("").loyalty.earning.isEmpty)
  }

  @Test(arguments: [
    ("{event_type: chat}", "An entry of loyalty.earning needs \"loyalty.earning[0].when\""),
    ("{when: a}", "An entry of loyalty.earning needs \"loyalty.earning[0].event_type\""),
    (
      "{when: \"$.type == 'x'\", event_type: chat}",
      "ringback.yaml:3:8: loyalty.earning[0].when is not understood at column 8: write one = to compare."
    ),
    (
      "{when: a, event_type: chat, customer: \"a = 1\"}",
      "loyalty.earning[0].customer is not understood at column 1: this is a question"
    ),
    ("{when: a, event_type: Chat Room}", "it takes 1 to 64 small letters"),
    ("{when: a, event_type: chat, source: shopify}", "loyalty.earning[0].source is \"shopify\"; it takes genesys."),
    ("{when: a, event_type: chat, filter: b}", "unknown key"),
  ])
  func whatIsWrongIsSaid(_ entry: String, _ expected: String) throws {
    let problems = try problems(entry)
    #expect(problems.count == 1 && problems.first?.contains(expected) == true, "\(problems)")
  }

  @Test func genesysIsBelievedByItsSecretsKeysAndTokens() throws {
    let environment = [
      "RINGBACK_WEBHOOKS_GENESYS_SECRET": "a", "RINGBACK_WEBHOOKS_GENESYS_OLD_SECRET": "b",
      "RINGBACK_WEBHOOKS_GENESYS_API_KEY": "a key of 20 letters.",
      "RINGBACK_WEBHOOKS_GENESYS_OLD_API_KEY": "the one before it...",
    ]
    let inbox = try load("webhooks: {backlog: 7, genesys: {api_key_header: X-Key}}", environment: environment)
      .webhooks.inbox()
    #expect(inbox.backlog == 7)
    let source = try #require(inbox.sources.first { $0.name == "genesys" })
    #expect(source.keys.count == 4)
    #expect(source.scheme.scope == "webhooks:send")
    #expect(Scopes.all.contains { $0.key == "webhooks:send" })
    let delivery = try source.scheme.verify(
      ["x-key": "a key of 20 letters."], body: Array(#"{"event_id":"e"}"#.utf8), keys: source.keys,
      now: Timestamp(seconds: 0))
    #expect(delivery.id == "e")
  }

  @Test func aKeyThatCanBeGuessedStopsTheStart() throws {
    #expect(throws: CommandFailure.self) {
      try load("", environment: ["RINGBACK_WEBHOOKS_GENESYS_API_KEY": "short"]).webhooks.inbox()
    }
    #expect(throws: ConfigurationProblems.self) { try load("webhooks: {genesys: {api_key_header: Authorization}}") }
  }

  private static let chats = "loyalty: {earning: [{when: \"$.type = 'WebChat'\", event_type: chat}]}"
  private static let calls =
    "loyalty: {earning: [{when: \"$.type = 'Voice'\", event_type: call, amount: $.minutes}, {when: a, event_type: b}]}"

  @Test func whatEarnsPointsMayChange() throws {
    let file = Mutex(Self.chats)
    let live = try LiveConfiguration {
      try LoadedConfiguration.load(
        try YAMLDocument(parsing: file.withLock { $0 }), path: "ringback.yaml", environment: [:])
    }
    for (text, types) in [(Self.calls, ["call", "b"]), ("", []), (Self.chats, ["chat"])] {
      file.withLock { $0 = text }
      #expect(try live.reload { _ in } == [], "none needs a restart")
      #expect(live.current.loyalty.earning.map(\.filter.eventType) == types)
    }
  }

  @Test func anEventIsReadByTheEntriesOfNow() async throws {
    let earning = LiveEarning(try load(Self.chats).loyalty.earning)
    let posted = Mutex<[LedgerCommand.Action]>([])
    let consumer = try #require(
      LoyaltyEvents.consumers(
        earning, customer: { _ in .account(1_000) }, conversations: Nobody(),
        post: { command in
          posted.withLock { $0.append(command.action) }
          return CreditedEvent(transactionID: "txn_1", points: 1, isReplay: false)
        }, time: ManualTime())["genesys"])
    let call: JSONValue = ["type": "Voice", "event_id": "e-1", "customer_id": "u-1", "minutes": 7]
    let delivery = InboxDelivery(
      id: "inb_1", source: "genesys", deliveryID: "e-1", topic: "", body: call.bytes,
      receivedAt: Timestamp(seconds: 9), requestID: "r-1")
    let context = CallContext(requestID: "r-1", trace: TraceContext(random: SeededRandom(seed: 1)))
    let ignored = "no entry of loyalty.earning means it"
    #expect(consumer.triage(topic: "", body: call) == .ignore(reason: ignored))
    earning.apply(try load(Self.calls).loyalty.earning)
    #expect(consumer.triage(topic: "", body: call) == .take(lane: "loyalty/account/1000"))
    #expect(await consumer.consume(delivery, context: context) == .applied(note: "txn_1, 1 points"))
    let earned = EarningEvent(type: "call", amount: 7, occurredAt: Timestamp(seconds: 9))
    #expect(posted.withLock { $0 } == [.earn(earned)])
    // It had been taken, and nothing means it by the time it is worked on.
    earning.apply([])
    #expect(await consumer.consume(delivery, context: context) == .ignored(reason: ignored))
    #expect(posted.withLock { $0.count } == 1)
  }

  private struct Nobody: ConversationCustomer {
    func customerID(
      ofConversation id: String, context: CallContext
    ) async throws(ConversationCustomerError) -> String? { nil }
  }

  @Test(arguments: [("", false), (chats, true)])
  func theSourceIsThereWhileItEarnsSomething(_ yaml: String, _ isThere: Bool) throws {
    let environment = ["RINGBACK_WEBHOOKS_GENESYS_API_KEY": "a key of 20 letters."]
    let names = try load(yaml, environment: environment).inbox().sources.map(\.name)
    #expect(names.contains("genesys") == isThere)
    #expect(names.contains("shopify"), "others are as they were")
  }

  /// The examples of docs/how-to/earn-points-from-genesys.md can be started with.
  @Test func theExamplesOfTheHowToAreTaken() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/how-to/earn-points-from-genesys.md"), encoding: .utf8)
    let examples = page.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    #expect(examples.count >= 4)
    for example in examples {
      // There are no secrets here to be read.
      let lines = example.split(separator: "\n").filter { !$0.contains("_file:") }
      #expect(throws: Never.self, "\(example)") { try load(lines.joined(separator: "\n")) }
    }
  }
}
