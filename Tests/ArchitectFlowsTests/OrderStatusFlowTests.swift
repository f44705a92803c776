import Core
import HTTPClient
import HTTPMessages
import Testing

@testable import ArchitectFlows

@Suite("genesys/flows/order-status.yaml")
struct OrderStatusFlowTests {
  private func player() throws -> CallPlayer { try CallPlayer(flowFile: TestFiles.orderStatus) }

  @Test func aKnownOrderIsReadOut() async throws {
    let ringback = PretendRingback()
    let call = try await player().played(keys: "839201#", on: ringback)
    #expect(call.outcome == .completed)
    #expect(call.prompts.first == "Welcome to Northwind.")
    #expect(call.prompts.contains(PretendRingback.speech))
    #expect(call.keys == ["839201#"])
    #expect(call.participantData("ringback_lookup") == "found live")
    let lookup = try #require(ringback.requests.last)
    #expect(lookup.method == .get)
    #expect(lookup.url == "http://127.0.0.1:8080/v1/orders/839201")
    #expect(lookup.headers["authorization"] == "Bearer token-1")
    #expect(lookup.headers["x-request-id"] == "call-77")
    #expect(lookup.headers["x-caller"] == "+14155550123")
    #expect(lookup.timeout == .seconds(10))
    #expect(lookup.body == nil)
    let token = try #require(ringback.requests.first)
    #expect(token.headers["authorization"] == "Basic " + Base64.standard.encode("dev:s3cret-value".utf8))
    #expect(token.body == Array("grant_type=client_credentials".utf8))
  }

  struct Journey: Sendable, CustomTestStringConvertible {
    let name: String
    let answer: PretendRingback.Answer
    let keys: String
    let outcome: CallOutcome
    let says: String
    var testDescription: String { name }
  }

  @Test(arguments: [
    Journey(
      name: "404, agent", answer: PretendRingback.problem(404, "order_not_found"), keys: "839299#,1",
      outcome: .transferred(queue: "Orders"), says: "could not find an order"),
    Journey(
      name: "404, text", answer: PretendRingback.problem(404, "order_not_found"), keys: "839299#,2",
      outcome: .completed,
      says: "A text message is on its way"),
    Journey(
      name: "429", answer: PretendRingback.problem(429, "too_many_attempts"), keys: "839299#",
      outcome: .transferred(queue: "Orders"), says: "Several numbers did not match"),
    Journey(
      name: "422, asked three times", answer: PretendRingback.problem(422, "order_id_invalid"), keys: "1#,2#,3#",
      outcome: .transferred(queue: "Orders"), says: "does not look like an order number"),
    Journey(
      name: "503, call back", answer: PretendRingback.problem(503, "platform_unavailable"), keys: "839204#,1",
      outcome: .completed, says: "Your call back is booked"),
    Journey(
      name: "504, text", answer: PretendRingback.problem(504, "platform_timeout"), keys: "839204#,2",
      outcome: .completed,
      says: "A text message is on its way"),
    Journey(
      name: "no answer in time", answer: .failure(.timedOut), keys: "839204#,1", outcome: .completed,
      says: "Your call back is booked"),
    Journey(
      name: "500", answer: PretendRingback.problem(500, "internal"), keys: "839204#,0",
      outcome: .transferred(queue: "Orders"), says: "is being worked on"),
    Journey(
      name: "nobody listens", answer: .failure(.notSent(reason: "connection refused")), keys: "839204#,0",
      outcome: .transferred(queue: "Orders"), says: "is being worked on"),
    Journey(
      name: "an answer that fits no contract", answer: PretendRingback.json(200, #"{"speech":12}"#), keys: "839204#",
      outcome: .transferred(queue: "Orders"), says: "An agent will help you"),
    Journey(
      name: "nothing keyed in", answer: .failure(.timedOut), keys: "", outcome: .transferred(queue: "Orders"),
      says: "I did not get that."),
    Journey(
      name: "zero for an agent", answer: .failure(.timedOut), keys: "0#", outcome: .transferred(queue: "Orders"),
      says: "One moment"),
    Journey(
      name: "no choice in the menu", answer: PretendRingback.problem(503, "platform_unavailable"), keys: "839204#,,7,8",
      outcome: .disconnected, says: "busier than usual"),
    Journey(
      name: "hung up", answer: .failure(.timedOut), keys: "839204#,hangup", outcome: .hungUp, says: "Please key in"),
  ])
  func everyBranchHasAWayOut(journey: Journey) async throws {
    let call = try await player().played(keys: journey.keys, on: PretendRingback.lookup(journey.answer))
    #expect(call.outcome == journey.outcome)
    #expect(call.prompts.contains { $0.contains(journey.says) })
    #expect(call.faults == [])
  }

  @Test func aTimeoutTakesTheTimeoutOutputAndNotTheFailure() async throws {
    let call = try await player().played(keys: "839204#", on: PretendRingback.lookup(.failure(.timedOut)))
    #expect(call.branches.contains("Get the order status: timeout"))
    #expect(call.participantData("ringback_lookup") == "timeout")
  }

  @Test func aSecondTryAfterAWrongKeyIsAsked() async throws {
    let call = try await player().played(keys: ",839201#")
    #expect(call.outcome == .completed)
    #expect(call.prompts.contains("Please key in the digits of your order number, then press hash."))
  }

  @Test func theCallBackCarriesItsKeyAndNumber() async throws {
    let ringback = PretendRingback.lookup(PretendRingback.problem(503, "platform_unavailable"))
    _ = try await player().played(keys: "839204#,1", on: ringback)
    let request = try #require(ringback.requests.last)
    #expect(request.url == "http://127.0.0.1:8080/v1/callbacks")
    #expect(request.headers["idempotency-key"] == "call-77-callback")
    let body = try JSONValue(parsing: request.body ?? [])
    #expect(body == ["number": "+14155550123", "order_id": "839204"])
  }

  @Test func theTextGoesToTheOrderKeyedIn() async throws {
    let ringback = PretendRingback.lookup(PretendRingback.problem(404, "order_not_found"))
    _ = try await player().played(keys: "839204#,2", on: ringback)
    let request = try #require(ringback.requests.last)
    #expect(request.url == "http://127.0.0.1:8080/v1/orders/839204/text")
    #expect(request.headers["idempotency-key"] == "call-77-text")
    #expect(try JSONValue(parsing: request.body ?? []) == ["number": "+14155550123"])
  }

  @Test func aTokenIsUsedAgainAndRenewedOnceOn401() async throws {
    let ringback = PretendRingback { request in
      request.headers["authorization"] == "Bearer token-1"
        ? PretendRingback.problem(401, "token_expired") : PretendRingback.order(request)
    }
    let runner = DataActionRunner.toTest(ringback)
    for _ in 0..<2 {
      let call = try await player().played(keys: "839201#", runner: runner)
      #expect(call.outcome == .completed)
    }
    #expect(ringback.tokenCount == 2)
    #expect(ringback.requests.count == 5)
  }

  @Test func aWithheldNumberIsNotSent() async throws {
    let ringback = PretendRingback()
    let options = CallOptions(callerNumber: "sip:anonymous@anonymous.invalid", conversationID: "call-77")
    let call = try await player().played(keys: "839201#", on: ringback, options: options)
    #expect(call.outcome == .completed)
    #expect(ringback.requests.last?.headers["x-caller"] == nil)
  }

  @Test func nothingSecretOrPersonalIsWritten() async throws {
    let ringback = PretendRingback.lookup(PretendRingback.problem(503, "platform_unavailable"))
    let call = try await player().played(keys: "839204#,1", on: ringback)
    for secret in ["4155550123", "s3cret-value", "token-1", "cb_1"] { #expect(!call.written.contains(secret)) }
    #expect(call.written.contains(#""path":"/v1/orders/839204""#))
  }

  @Test func requestsOfSecureActionsShowTheirTemplate() async throws {
    let ringback = PretendRingback.lookup(PretendRingback.problem(404, "order_not_found"))
    let call = try await player().played(keys: "839204#,2", on: ringback)
    let paths = call.events.compactMap { if case .request(_, _, let path, _, _, _) = $0.kind { path } else { nil } }
    #expect(paths.last == "/v1/orders/$esc.uriEncode(${input.orderId})/text")
  }
}
