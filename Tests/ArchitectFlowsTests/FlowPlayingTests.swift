import Core
import FoundationEssentials
import HTTPClient
import HTTPMessages
import Testing

@testable import ArchitectFlows

@Suite("Other people's flows")
struct FlowPlayingTests {
  static let confirmPayment = """
    {"name": "Confirm payment", "category": "Till", "secure": false,
     "config": {
       "request": {"requestUrlTemplate": "https://till.example.com/confirm", "requestType": "POST",
         "headers": {"X-Amount": "${input.amount}"}, "requestTemplate": "${input.rawRequest}"},
       "response": {"translationMap": {"skus": "$.lines[*].sku", "note": "$.note"}, "translationMapDefaults": {"note": "\\"none\\""},
         "successTemplate": "{\\"items\\": [{\\"sku\\": ${successTemplateUtils.firstFromArray(\\"${skus}\\")}}], \\"note\\": ${note}}"}},
     "contract": {
       "input": {"inputSchema": {"type": "object", "required": ["reference"], "properties": {"reference": {"type": "string"},
         "amount": {"type": "number"}, "currency": {"type": "string", "default": "EUR"},
         "customer": {"type": "object", "properties": {"name": {"type": "string"}}}}}},
       "output": {"successSchema": {"type": "object", "properties": {"note": {"type": "string"},
         "items": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}}}}}}
    """

  static let checkPIN = """
    {"name": "Check PIN", "secure": true,
     "config": {"request": {"requestUrlTemplate": "https://bank.example.com/pins/${input.pin}", "requestType": "GET", "headers": {},
       "requestTemplate": ""}, "response": {"translationMap": {}, "translationMapDefaults": {}, "successTemplate": "${rawResult}"}},
     "contract": {"input": {"inputSchema": {"type": "object", "properties": {"pin": {"type": "string"}, "ani": {"type": "string"}}}},
       "output": {"successSchema": {"type": "object", "properties": {"valid": {"type": "boolean"}, "customer": {"type": "string"}}}}}}
    """

  private func player(_ name: String, values: [String: String] = [:]) throws -> CallPlayer {
    try CallPlayer(
      flow: (name, try TestFiles.text(TestFiles.flow("\(name).yaml"))),
      dataActions: [("confirm.json", Self.confirmPayment), ("pin.json", Self.checkPIN)], values: values)
  }

  struct MenuCase: Sendable, CustomTestStringConvertible {
    let keys: String
    let outcome: CallOutcome
    let says: String
    var values: [String: String] = [:]
    var schedules: [String: String] = [:]
    var testDescription: String { "\(keys) \(outcome.words)" }
  }

  @Test(arguments: [
    MenuCase(keys: "1", outcome: .disconnected, says: "[prompt opening_hours]"),
    MenuCase(keys: "2", outcome: .transferred(queue: "Support"), says: "Connecting you."),
    MenuCase(
      keys: "2", outcome: .transferred(queue: "Sales"), says: "Connecting you.", values: ["Flow.target": "Sales"]),
    MenuCase(keys: "9,9,9,2", outcome: .transferred(queue: "Support"), says: "Connecting you."),
    MenuCase(keys: "3,#,*", outcome: .disconnected, says: "pound to go back"),
    MenuCase(keys: "3,1,*", outcome: .disconnected, says: "Members only."),
    MenuCase(
      keys: "3,1", outcome: .transferredToFlow("Lounge", isSecure: false), says: "Welcome back.",
      values: ["flow.isvip": "yes"]),
    MenuCase(keys: "5,5,2", outcome: .disconnected, says: "Press 1"),
    MenuCase(keys: "", outcome: .disconnected, says: "Press 1"),
    MenuCase(keys: "", outcome: .disconnected, says: "We are closed.", schedules: ["Weekdays": "inactive"]),
  ])
  func menusAreFollowed(menu: MenuCase) async throws {
    let options = CallOptions(conversationID: "c", schedules: menu.schedules)
    let call = try await player("main-menu", values: menu.values).played(keys: menu.keys, options: options)
    #expect(call.outcome == menu.outcome)
    #expect(call.prompts.contains { $0.contains(menu.says) })
  }

  @Test func aMenuIsSaidAgainAsOftenAsItIsSet() async throws {
    let call = try await player("main-menu").played(keys: "")
    #expect(call.prompts.count == 2)
    #expect(call.events.contains { $0.kind == .noEntry(after: .seconds(10)) })
  }

  @Test func loopsTasksAndSwitchesCount() async throws {
    let call = try await player("counting").played(keys: "")
    #expect(call.faults == [])
    #expect(call.outcome == .completed)
    // 3 and 5 are passed over, 4 is added, 6 ends the loop.
    #expect(call.variable("Flow.total") == 4)
    #expect(call.variable("Flow.words") == ["n4"])
    #expect(call.variable("Task.answer") == 8)
    #expect(call.variable("Flow.half") == .number("0.5"))
    #expect(call.branches.contains("Double it: Small"))
    #expect(call.prompts == ["It is small.", "The answer is 8 of one \"word\""])
    #expect(call.events.contains { $0.kind == .pause(.seconds(60), reason: "wait") })
  }

  @Test func secureValuesAreNeverWritten() async throws {
    let bank = PretendRingback { _ in PretendRingback.json(200, #"{"valid":true,"customer":"cust-88412"}"#) }
    let call = try await player("pin-check").played(keys: "7391", on: bank)
    #expect(call.outcome == .transferredToFlow("Payments", isSecure: true))
    #expect(bank.requests.first?.url == "https://bank.example.com/pins/7391")
    #expect(call.keys == ["••••"])
    #expect(call.prompts.last == "The PIN that ends in [secure] is checked.")
    for secret in ["7391", "91", "cust-88412", "4155550123"] { #expect(!call.written.contains(secret)) }
    #expect(call.written.contains("/pins/${input.pin}"))
  }

  @Test func whatComesOfASecretIsASecret() async throws {
    let call = try await player("secrets-travel").played(keys: "4826")
    #expect(call.outcome == .completed)
    #expect(call.faults == [])
    #expect(call.branches.contains("Which: case 1"))
    #expect(call.prompts == ["Your code.", "[secure]", "[secure]"])
    for secret in ["4826", "Zanzibar"] { #expect(!call.written.contains(secret)) }
  }

  @Test func tooFewDigitsAreTheFailureOutput() async throws {
    let call = try await player("pin-check").played(keys: "739")
    #expect(call.branches == ["PIN: failure"])
    #expect(call.outcome == .disconnected)
  }

  @Test func aWorkflowReadsItsEvent() async throws {
    let event = #"{"webhooksInvocation":{"body":{"name":"Ada","payment":{"reference":"pay_1"}}}}"#
    let till = PretendRingback { _ in PretendRingback.json(200, #"{"lines":[{"sku":"A"},{"sku":"B"}]}"#) }
    let player = try player("webhook", values: ["category": "Till", "Flow.jsonData": event])
    let call = try await player.played(keys: "", on: till)
    #expect(call.faults == [])
    #expect(call.outcome == .completed)
    let body = try JSONValue(parsing: try #require(till.requests.first?.body))
    let sent: JSONValue = ["reference": "pay_1", "customer": ["name": "Hello Ada"], "amount": 12, "currency": "EUR"]
    #expect(body == sent)
    #expect(till.requests.first?.headers["x-amount"] == "12")
    #expect(call.variable("Flow.skus") == ["A"])
    #expect(call.participantData("payment") == "pay_1")
  }

  @Test func anEventWithoutItsPartsGoesToErrorHandling() async throws {
    let player = try player("webhook", values: ["category": "Till", "Flow.jsonData": "{}"])
    let call = try await player.played(keys: "")
    #expect(call.faults == ["property \"body\" of NOT_SET"])
    #expect(call.outcome == .failed(reason: "property \"body\" of NOT_SET"))
  }

  @Test func messagesAreAnsweredAndHandedOn() async throws {
    let player = try player("text-us", values: ["Message.Message.body": "hi"])
    let call = try await player.played(keys: "")
    #expect(call.prompts == ["Thanks.  You wrote: hi", "One moment."])
    #expect(call.outcome == .transferred(queue: "Texts"))
    let closed = CallOptions(conversationID: "c", schedules: ["Retail": "closed"])
    #expect(try await player.played(keys: "", options: closed).prompts.last == "We are closed.")
  }

  @Test func anInQueueFlowHasNoReference() async throws {
    let call = try await player("in-queue", values: ["Call.CurrentQueue": "Orders"]).played(keys: "")
    #expect(call.outcome == .completed)
    #expect(call.prompts == Array(repeating: "You are number 1 for Orders", count: 2))
    #expect(call.events.contains { $0.kind == .pause(.seconds(30), reason: "hold music") })
  }

  @Test func aFlowThatCirclesEndsAtTheCap() async throws {
    let call = try await player("circles").played(keys: "")
    #expect(call.faults == ["the flow ran more than 10000 actions"])
    #expect(call.prompts == ["Sorry."])
    #expect(call.outcome == .transferred(queue: "Rescue"))
  }

  @Test func errorHandlingThatCirclesEndsToo() async throws {
    let text = try TestFiles.text(TestFiles.flow("circles.yaml"))
      .replacing("queue: {targetQueue: {lit: {name: Rescue}}}", by: "task: {targetTaskRef: \"./tasks/task[a]\"}")
    let call = try await CallPlayer(flow: ("circles", text), dataActions: []).played(keys: "")
    #expect(call.faults == ["the flow ran more than 10000 actions", "the flow ran more than 11000 actions"])
    #expect(call.outcome == .failed(reason: "the flow ran more than 11000 actions"))
  }
}

@Suite("Running data actions")
struct DataActionRunnerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let answer: PretendRingback.Answer
    /// Of the failure outputs.
    let status: Int
    let code: String
    var testDescription: String { name }
  }

  private static func flow(timeout: String) -> String {
    """
    inboundCall:
      startUpRef: "./tasks/task[a]"
      variables:
        - integerVariable: {name: Flow.status, initialValue: {noValue: true}}
        - stringVariable: {name: Flow.code, initialValue: {noValue: true}}
      tasks:
        - task:
            refId: a
            actions:
              - callData:
                  name: Confirm
                  timeout: {lit: {seconds: \(timeout)}}
                  category:
                    Till:
                      dataAction:
                        Confirm payment:
                          inputs: {reference: {lit: r}}
                          failureOutputs: {status: {var: Flow.status}, errorCode: {var: Flow.code}}
    """
  }

  private func play(_ http: any HTTPRequesting, timeout: String = "10") async throws -> PlayedCall {
    let action = FlowPlayingTests.confirmPayment
    let player = try CallPlayer(flow: ("flow.yaml", Self.flow(timeout: timeout)), dataActions: [("a.json", action)])
    return try await player.played(keys: "", on: http)
  }

  @Test(arguments: [
    Case(
      name: "a problem document", answer: PretendRingback.problem(404, "order_not_found"), status: 404,
      code: "order_not_found"),
    Case(
      name: "no JSON", answer: .success(IncomingResponse(status: 503, headers: [:], body: Array("busy".utf8))),
      status: 503, code: "http.503"),
    Case(
      name: "a redirect", answer: .success(IncomingResponse(status: 302, headers: [:], body: [])), status: 302,
      code: "http.302"),
    Case(name: "no connection", answer: .failure(.notSent(reason: "refused")), status: 502, code: "bad.gateway"),
    Case(
      name: "an answer that is not JSON", answer: PretendRingback.json(200, "<html>"), status: 400, code: "bad.request"),
    Case(
      name: "a broken contract", answer: PretendRingback.json(200, #"{"note":1}"#), status: 400, code: "bad.request"),
  ])
  func failuresAreTold(case: Case) async throws {
    let call = try await play(PretendRingback { _ in `case`.answer })
    #expect(call.branches == ["Confirm: failure"])
    #expect(call.variable("Flow.status") == .integer(`case`.status))
    #expect(call.variable("Flow.code") == .string(`case`.code))
  }

  @Test func theNodesTimeoutAndTheIntegrationsTimeoutDiffer() async throws {
    let slow = PretendRingback { _ in .failure(.timedOut) }
    #expect(try await play(slow, timeout: "10").branches == ["Confirm: timeout"])
    // The integration gives up after 60 s, before the flow does.
    let call = try await play(slow, timeout: "90")
    #expect(call.branches == ["Confirm: failure"])
    #expect(call.variable("Flow.code") == "gateway.timeout")
  }

  @Test func anEmptyAnswerIsAnEmptyObject() async throws {
    let text = try TestFiles.text(TestFiles.flow("pin-check.yaml"))
    let player = try CallPlayer(flow: ("pin-check", text), dataActions: [("pin.json", FlowPlayingTests.checkPIN)])
    let bank = PretendRingback { _ in .success(IncomingResponse(status: 204, headers: [:], body: [])) }
    let call = try await player.played(keys: "7391", on: bank)
    #expect(call.branches == ["PIN: success", "Check: success"])
  }

  @Test func anotherHostIsNotRewritten() async throws {
    let till = PretendRingback()
    _ = try await play(till)
    #expect(till.requests.first?.url == "https://till.example.com/confirm")
  }
}
