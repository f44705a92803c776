import Core
import EventLoop
import HTTPClient
import HTTPServer
import Synchronization
import Testing

@testable import ArchitectFlows

/// Both flows against a server that answers as the contract says, with a connection between them.
@Suite("genesys/flows/loyalty.yaml, loyalty-messaging.yaml")
struct LoyaltyFlowTests {
  enum Channel: String, CaseIterable, Sendable {
    case loyalty
    case loyaltyMessaging = "loyalty-messaging"

    /// How the flow ends by itself.
    var end: CallOutcome { self == .loyalty ? .completed : .disconnected }
  }

  struct Journey: Sendable, CustomTestStringConvertible {
    let name: String
    var server: @Sendable (inout PointsServer.State) -> Void = { _ in }
    var line: [String: [FaultyLine.Turn]] = [:]
    /// Wants a reward, the first one, yes; as keys, and as it is written.
    var keys = "1,1,1"
    var texts = ["yes", "1", "yes"]
    var reachesAgent = false
    let says: [String]
    var pauses: [Duration] = []
    var lookups = 1
    /// Keys under which something was redeemed.
    var redeemed: [String] = []
    var testDescription: String { name }
  }

  private static let lookup = "/balance/lookup"
  private static let done = ["call-77-redeem-1"]
  private static let half = Duration.milliseconds(500)
  private static let received = "Coffee for two is on its way to you by e-mail. You have 700 points left."
  private static let maintenance = "Our points system is being worked on."

  static let journeys = [
    Journey(
      name: "enough",
      says: [
        "You have 3200 points to spend.", "Your tier is silver, and 800 points are missing to gold.",
        "300 points end on 31 December 2026.", "You take Coffee for two for 2500 points.", received,
      ], redeemed: done),
    Journey(
      name: "not enough, something smaller then", keys: "1,2,3,1", texts: ["yes", "two", "3", "ok"],
      says: ["Weekend away costs 9000 points. You have 3200, so 5800 are missing.", "Tote bag is on its way"],
      redeemed: done),
    Journey(
      name: "not enough three times", keys: "1,2,2,2", texts: ["yes", "2", "2", "2"], reachesAgent: true,
      says: ["5800 are missing"]),
    Journey(name: "stopped", keys: "1,1,2", texts: ["yes", "1", "no"], says: ["Nothing is redeemed."]),
    Journey(
      name: "409, spent elsewhere", line: ["/redeem": [.after { $0.change { $0.available -= 2_000 } }]],
      keys: "1,1,1,1,3,1", texts: ["yes", "1", "yes", "yes", "3", "yes"],
      says: [
        "Your points have changed in the meantime. Nothing was redeemed.", "You have 1200 points to spend.",
        "Tote bag is on its way to you by e-mail. You have 700 points left.",
      ], lookups: 2, redeemed: ["call-77-redeem-2"]),
    Journey(
      name: "409, another price", line: ["/redeem": [.after { $0.change { $0.rewards[0].cost = 2_600 } }]],
      keys: "1,1,1,1,1,1", texts: ["yes", "1", "yes", "yes", "1", "yes"],
      says: [
        "The price has changed in the meantime.", "You take Coffee for two for 2600 points.",
        "You have 600 points left.",
      ],
      lookups: 2, redeemed: ["call-77-redeem-2"]),
    Journey(
      name: "422", line: ["/redeem": [.answer(422, "tier_too_low")]], keys: "1,1,1,", texts: ["yes", "1", "yes", "no"],
      says: ["This reward cannot be had."], lookups: 2),
    // The data action itself has fetched a new token and asked once more by then.
    Journey(
      name: "401, then 200", line: [lookup: [.answer(401, "token_invalid"), .answer(401, "token_invalid")]],
      says: [received], pauses: [.seconds(5)], lookups: 3, redeemed: done),
    Journey(
      name: "401 for ever", line: [lookup: Array(repeating: .answer(401, "token_invalid"), count: 9)],
      reachesAgent: true,
      says: [], pauses: [.seconds(5)], lookups: 4),
    Journey(name: "403", line: [lookup: [.answer(403, "insufficient_scope")]], reachesAgent: true, says: []),
    Journey(
      name: "503, then 200", line: [lookup: [.answer(503, "ledger_unavailable")]], says: [maintenance, received],
      pauses: [.seconds(15)], lookups: 2, redeemed: done),
    Journey(
      name: "503 for ever", line: [lookup: Array(repeating: .answer(503, "ledger_unavailable"), count: 9)],
      reachesAgent: true, says: [maintenance], pauses: [.seconds(15)], lookups: 2),
    Journey(
      name: "429 and 500, then 200", line: [lookup: [.answer(429, "ledger_overloaded"), .answer(500, "internal")]],
      says: [received], pauses: [half, half], lookups: 3, redeemed: done),
    Journey(
      name: "slow, then 200", line: [lookup: [.silent, .silent]], says: [received], pauses: [half, half], lookups: 3,
      redeemed: done),
    Journey(
      name: "slow for ever", line: [lookup: Array(repeating: .silent, count: 9)], reachesAgent: true,
      says: [maintenance], pauses: [half, half, .seconds(15), half, half], lookups: 6),
    Journey(
      name: "no session at first", line: ["/sessions": [.answer(503, "ledger_unavailable")]],
      says: [maintenance, received],
      pauses: [.seconds(15)], redeemed: done),
    Journey(
      name: "no catalogue at first", line: ["/catalog": [.silent, .answer(503, "ledger_unavailable")]],
      says: [maintenance, received], pauses: [half, .seconds(15)], redeemed: done),
    Journey(
      name: "the session is over", line: ["/redeem": [.answer(401, "session_ended")]], says: [received],
      pauses: [.seconds(5)], redeemed: done),
    Journey(
      name: "redeemed, but the answer is late", line: ["/redeem": [.late, .late]], says: [received],
      pauses: [half, half], redeemed: done),
    Journey(
      name: "503 while redeeming", line: ["/redeem": [.answer(503, "ledger_unavailable")]],
      says: [maintenance, received],
      pauses: [.seconds(15)], redeemed: done),
    Journey(
      name: "redeemed, and never heard of", line: ["/redeem": Array(repeating: .late, count: 9)], reachesAgent: true,
      says: ["We do not know yet whether your reward was redeemed."],
      pauses: [half, half, .seconds(15), half, half], redeemed: done),
    Journey(
      name: "last known numbers", server: { $0.freshness = "stale" },
      says: ["You have 3200 points to spend.", "These are the last numbers we know."]),
    Journey(
      name: "no account", server: { $0.version = 0 }, keys: "", texts: ["no"], says: ["You have 0 points to spend."]),
    Journey(name: "no rewards", server: { $0.rewards = [] }, says: ["There are no rewards at the moment."]),
  ]

  @Test(arguments: journeys, Channel.allCases)
  func goesAsItShould(_ journey: Journey, on channel: Channel) async throws {
    let (call, line, server) = try await play(journey, channel)
    #expect(call.outcome == (journey.reachesAgent ? .transferred(queue: "Loyalty_Redemptions") : channel.end))
    let said = call.prompts.joined(separator: " ")
    for words in journey.says { #expect(said.contains(words), "\(call.prompts)") }
    #expect(call.pauses == journey.pauses)
    #expect(call.faults == [])
    #expect(line.requests(to: Self.lookup).count == journey.lookups)
    #expect(server.receiptKeys == journey.redeemed)
  }

  /// Nothing of the points, and nothing of the session, is kept with the conversation or shown.
  @Test(arguments: journeys, Channel.allCases)
  func keepsNothingButOpaqueIDs(_ journey: Journey, on channel: Channel) async throws {
    let (call, _, server) = try await play(journey, channel)
    for event in call.events {
      guard case .participantData(let name, let value) = event.kind else { continue }
      let text = value?.string ?? ""
      if name == "ringback_lookup" {
        #expect(["found live", "found stale"].contains(text) || text.hasPrefix("failed "))
      } else {
        #expect(name == "ringback_request_id" && text.hasPrefix("rcp_"))
      }
    }
    #expect(!call.written.contains(PointsServer.token))
    let hasReceipt = call.participantData("ringback_request_id") != nil
    // Who never hears of what was redeemed has no receipt either.
    #expect(hasReceipt == (!server.receiptKeys.isEmpty && !journey.reachesAgent))
  }

  @Test(arguments: Channel.allCases)
  func asksAsTheGuideDoes(_ channel: Channel) async throws {
    let (_, line, _) = try await play(Self.journeys[0], channel)
    let lookup = try #require(line.requests(to: Self.lookup).first)
    #expect(
      try JSONValue(parsing: try #require(lookup.body))
        == [
          "customer_hash": "u-4711", "channel": channel == .loyalty ? "voice" : "messaging", "request_id": "call-77",
        ])
    #expect(lookup.timeout <= .seconds(3))
    let redeem = try #require(line.requests(to: "/redeem").first)
    #expect(
      try JSONValue(parsing: try #require(redeem.body))
        == [
          "customer_hash": "u-4711", "reward_id": "RWD-1", "point_cost": 2_500, "fulfillment_method": "email",
          "idempotency_key": "call-77-redeem-1",
        ])
    #expect(redeem.timeout <= .seconds(3))
  }

  // MARK: - Who it is

  @Test func aNumberThatIsKeyedInIsHeardButNotRedeemed() async throws {
    let journey = Journey(name: "keyed", server: { $0.version = 3 }, keys: "4711#,1", says: [])
    let (unknown, _, _) = try await play(journey, .loyalty, userID: nil)
    #expect(unknown.prompts.contains("We do not know this membership number."))
    let player = try CallPlayer(
      flowFile: Self.file(.loyalty), values: ["Flow.customerId": "u-4711", "Flow.isKeyed": "true"])
    let (call, line, _) = try await play(
      Journey(name: "keyed", keys: "1", says: []), .loyalty, userID: nil, player: player)
    #expect(call.prompts.contains("To redeem them, press 1: an agent will ask who you are."))
    #expect(call.outcome == .transferred(queue: "Loyalty_Redemptions"))
    #expect(line.requests(to: "/sessions").isEmpty)
  }

  @Test func threeNumbersAreTaken() async throws {
    let (call, line, _) = try await play(
      Journey(name: "unknown", keys: "1111#,2222#,3333#,4444#", says: []), .loyalty, userID: nil)
    #expect(call.keys == ["1111#", "2222#", "3333#"])
    #expect(line.requests(to: Self.lookup).count == 3)
    #expect(call.outcome == .transferred(queue: "Loyalty_Redemptions"))
  }

  @Test func whoIsNotSignedInIsNotAnswered() async throws {
    let (call, line, _) = try await play(Self.journeys[0], .loyaltyMessaging, userID: nil)
    #expect(call.prompts.first?.hasPrefix("Please sign in") == true)
    #expect(line.requests(to: "").isEmpty)
  }

  // MARK: - The call

  private static func file(_ channel: Channel) -> String { "\(TestFiles.root)/genesys/flows/\(channel.rawValue).yaml" }

  private func play(
    _ journey: Journey, _ channel: Channel, userID: String? = PointsServer.customer, player: CallPlayer? = nil
  ) async throws -> (PlayedCall, FaultyLine, PointsServer) {
    let loop = try Loop(name: "points-test")
    defer { loop.stop() }
    let (handler, client) = (PointsServer(), try Client(loop: loop))
    handler.change(journey.server)
    let server = try Server.start(ServerConfiguration(), loops: [loop], handler: handler)
    let line = FaultyLine(client, to: handler, turns: journey.line)
    let time = ManualTime()
    let runner = DataActionRunner(
      http: line, time: time, server: ServerAddress(url: server.url),
      credentials: ["clientId": Redacted("dev"), "clientSecret": Redacted("s3cret-value")])
    let keys = try #require(ScriptedKeys(journey.keys))
    let terminal: any CallTerminal = channel == .loyalty ? keys : ScriptedTexts(["My points?"] + journey.texts)
    let options = CallOptions(conversationID: "call-77", participantData: userID.map { ["user_id": $0] } ?? [:])
    let events = Mutex<[CallEvent]>([])
    let flow = try player ?? CallPlayer(flowFile: Self.file(channel))
    let outcome = await flow.play(options, terminal: terminal, dataActions: runner, time: time) { event in
      events.withLock { $0.append(event) }
    }
    await server.drain(deadline: .seconds(5))
    await client.shutdown(grace: .zero)
    return (PlayedCall(outcome: outcome, events: events.withLock { $0 }), line, handler)
  }
}

extension PlayedCall {
  fileprivate var pauses: [Duration] {
    events.compactMap { if case .pause(let duration, _) = $0.kind { duration } else { nil } }
  }
}
