import Core
import FoundationEssentials
import HTTPClient
import HTTPMessages
import Testing

@testable import ArchitectFlows

/// The ways that need a shop are played by `Tests/journeys/journey_returns.py`.
@Suite("genesys/flows/returns.yaml")
struct ReturnsFlowTests {
  struct Journey: Sendable, CustomTestStringConvertible {
    let name: String
    /// The end of the path that is answered differently.
    let path: String
    let answer: PretendRingback.Answer
    let keys: String
    let outcome: CallOutcome
    let says: String
    var testDescription: String { name }
  }

  private static let agent = CallOutcome.transferred(queue: "Returns")

  @Test(arguments: [
    Journey(
      name: "look-up times out", path: "/orders/839204", answer: .failure(.timedOut),
      keys: "839204#,20871#,1,1", outcome: .completed, says: "we can take your return"),
    Journey(
      name: "maintenance", path: "/orders/839204", answer: PretendRingback.problem(502, "bad_gateway"),
      keys: "839204#,20871#,1,1", outcome: .completed, says: "we can take your return"),
    Journey(
      name: "no token", path: "/orders/839204", answer: PretendRingback.problem(403, "insufficient_scope"),
      keys: "839204#", outcome: agent, says: "That did not work."),
    Journey(
      name: "429", path: "/orders/839204", answer: PretendRingback.problem(429, "too_many_attempts"),
      keys: "839204#", outcome: agent, says: "Several numbers did not match."),
    Journey(
      name: "no list of returns", path: "/returns", answer: PretendRingback.problem(503, "database_unavailable"),
      keys: "839204#,1,1", outcome: .completed, says: "Your return is accepted."),
    Journey(
      name: "no reasons", path: "/reasons", answer: .failure(.timedOut), keys: "839204#", outcome: agent,
      says: "Please hold for an agent."),
  ])
  func whenRingbackDoesNotAnswer(_ journey: Journey) async throws {
    let ringback = PretendRingback { request in
      request.url.hasSuffix(journey.path) && request.method == .get ? journey.answer : Self.usual(request)
    }
    let call = try await CallPlayer(flowFile: TestFiles.returns).played(keys: journey.keys, on: ringback)
    #expect(call.outcome == journey.outcome)
    #expect(call.prompts.contains { $0.contains(journey.says) }, "\(call.prompts)")
    #expect(call.faults == [])
  }

  /// Production may give other codes than the runner (docs/reference/flows.md): the status is enough to find the agent.
  @Test(arguments: [
    (422, "quantity_too_large", "That is more than can still be returned"),
    (422, "return_window_passed", "The last day to return this order has passed."),
    (422, "return_not_eligible", "This cannot be returned by telephone."),
    (422, "http.422", "This cannot be returned by telephone."),
    (503, "database_unavailable", "That did not work."),
  ])
  func whenTheReturnIsRefused(_ status: Int, _ code: String, _ says: String) async throws {
    let ringback = PretendRingback { request in
      request.method == .post ? PretendRingback.problem(status, code) : Self.usual(request)
    }
    let call = try await CallPlayer(flowFile: TestFiles.returns).played(keys: "839204#,1,1", on: ringback)
    #expect(call.outcome == Self.agent)
    #expect(call.prompts.contains { $0.contains(says) }, "\(call.prompts)")
    #expect(call.participantData("return_request_id") == nil)
  }

  /// As the guide has it, with the address only where there is a number.
  @Test(arguments: ["tel:+493012345670", "sip:anonymous@example.com"])
  func asksForTheReturn(_ caller: String) async throws {
    let ringback = PretendRingback(Self.usual)
    let call = try await CallPlayer(flowFile: TestFiles.returns).played(
      keys: "839204#,1,1", on: ringback, options: CallOptions(callerNumber: caller, conversationID: "call-77"))
    #expect(call.outcome == .completed)
    #expect(call.participantData("return_request_id") == "ret_01ABCD")
    #expect(call.prompts.contains("Your return is accepted. Your reference ends in A B C D"))
    let request = try #require(ringback.requests.last)
    #expect(request.headers["idempotency-key"] == "call-77-return-SKU-12345-1")
    let body = try JSONValue(parsing: try #require(request.body))
    #expect(body["order_id"] == "839204")
    #expect(body["items"] == [["sku": "SKU-12345", "quantity": 1, "reason_code": "DEFECTIVE"]])
    #expect(body["customer_reference"] == "call-77")
    let isKnown = caller.hasPrefix("tel:")
    #expect(body["notification_channel"] == (isKnown ? "sms" : "none"))
    #expect(body["contact"]?["phone"]?.string == (isKnown ? "+493012345670" : nil))
    #expect(!call.written.contains("493012345670"))
  }

  private static let usual: @Sendable (OutgoingRequest) -> PretendRingback.Answer = { request in
    let url = request.url
    if request.method == .post {
      return PretendRingback.json(
        202,
        #"{"return_request_id":"ret_01ABCD","status":"requested","created_at":"2026-11-20T09:30:00.000Z"}"#)
    }
    if url.hasSuffix("/reasons") {
      return PretendRingback.json(
        200,
        """
        {"speech":"For a defective item, press 1.",
        "reasons":[{"reason_code":"DEFECTIVE","digit":1,"speech":"a defective item"}]}
        """)
    }
    if url.hasSuffix("/returns") { return PretendRingback.json(200, #"{"order_id":"ORD-839204","returns":[]}"#) }
    return PretendRingback.json(
      200,
      """
      {"order_id":"ORD-839204","return_eligible":true,"freshness":"live",
      "items":[{"sku":"SKU-12345","quantity":1,"title":"Trail running shoes"}]}
      """)
  }
}

@Suite("genesys/")
struct GenesysFolderTests {
  private static let flows =
    (try? FileManager.default.contentsOfDirectory(atPath: "\(TestFiles.root)/genesys/flows")) ?? []

  /// Each with its data actions, and nothing that the runner would refuse.
  @Test(arguments: flows)
  func canBePlayed(_ name: String) throws {
    _ = try CallPlayer(flowFile: "\(TestFiles.root)/genesys/flows/\(name)")
  }

  @Test func hasFlows() {
    #expect(Self.flows.contains("returns.yaml"))
  }
}
