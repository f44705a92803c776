import Core
import HTTPClient
import HTTPMessages
import Orders
import Sandbox
import Testing

@testable import GenesysCloud

/// What Genesys Cloud is told of a return, against the simulated one.
@Suite struct ReturnsTests {
  private static let conversation = "0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"
  private static let schema = "5b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10"
  private static let path = "/api/v2/conversations/\(conversation)"

  let bench = Bench()

  private var attributes: ReturnAttributes {
    ReturnAttributes(returnRequestID: "ret_01K", rmaStatus: .authorized, returnCreatedAt: bench.time.now)
  }

  private func beginCall(contact: String? = nil) async {
    var call: [JSONValue.Member] = [.init("id", .string(Self.conversation))]
    if let contact { call.append(.init("external_contact_id", .string(contact))) }
    await bench.control(.post, "/_genesys/conversations", JSONValue.object(call).text)
  }

  private func endCall() async { await bench.control(.post, "/_genesys/conversations/\(Self.conversation)/end") }

  private func record(_ client: GenesysClient) async -> ContactCentreError? {
    do throws(ContactCentreError) {
      try await client.record(attributes, conversation: Self.conversation, context: bench.context())
      return nil
    } catch {
      return error
    }
  }

  /// The requests of the API, as `GET /path`.
  private var asked: [String] {
    bench.http.sent.map { "\($0.method) \($0.url.dropFirst("http://sandbox/genesys".count))" }
      .filter { !$0.hasSuffix("/oauth/token") }
  }

  private func ask(
    _ method: HTTPMessages.Method, _ path: String, _ body: JSONValue? = nil
  ) async throws -> JSONValue {
    let answer = try await bench.tokens.send(
      OutgoingRequest(
        method, "http://sandbox/genesys" + path, headers: ["content-type": "application/json"], body: body?.bytes))
    return try JSONValue(parsing: answer.body)
  }

  private func newContact(_ more: [JSONValue.Member] = []) async throws -> String {
    let contact = JSONValue.object(
      [.init("firstName", "Alex"), .init("lastName", "Morgan"), .init("surveyOptOut", true)] + more)
    return try #require(try await ask(.post, "/api/v2/externalcontacts/contacts", contact)["id"]?.string)
  }

  private static let withSchema: [JSONValue.Member] = [
    .init("schema", ["id": .string(schema), "version": 3]), .init("customFields", ["loyalty_text": "gold"]),
  ]

  // MARK: - While the conversation lasts

  @Test func theCustomerOfTheCallGetsThreeAttributes() async throws {
    await beginCall()
    #expect(await record(bench.client()) == nil)
    let participants = try #require(try await ask(.get, Self.path)["participants"]?.array)
    #expect(
      participants.map { $0["attributes"] } == [
        [
          "return_request_id": "ret_01K", "rma_status": "authorized", "return_created_at": "2026-11-21T10:00:00.000Z",
        ], [:],
      ])
    #expect(bench.http.sent.filter { $0.method == .patch }.map(\.headers["x-request-id"]) == ["call-77"])
  }

  @Test func anUnknownConversationIsRefused() async {
    #expect(await record(bench.client()) == .refused(reason: "Genesys Cloud answered 404 not.found"))
  }

  /// What a caller gave as reference is put into a path.
  @Test(arguments: ["", "..", "a/b", "x?y", "call 77"])
  func whatIsNoIDIsNotAsked(conversation: String) async {
    let client = bench.client()
    await #expect(throws: ContactCentreError.refused(reason: "this is no id of a conversation")) {
      try await client.record(attributes, conversation: conversation, context: bench.context())
    }
    #expect(bench.http.sent.isEmpty)
  }

  // MARK: - Once it is over

  @Test func theExternalContactGetsThemAndKeepsTheRest() async throws {
    let contact = try await newContact(Self.withSchema)
    await beginCall(contact: contact)
    await endCall()
    let before = try await ask(.get, "/api/v2/externalcontacts/contacts/\(contact)")
    bench.time.advance(by: .seconds(1))
    let client = bench.client { $0.contactFields.rmaStatus = "state_of_return_text" }
    #expect(await record(client) == nil)
    let after = try await ask(.get, "/api/v2/externalcontacts/contacts/\(contact)")
    #expect(
      after["customFields"] == [
        "loyalty_text": "gold", "return_request_id_text": "ret_01K", "state_of_return_text": "authorized",
        "return_created_at_datetime": "2026-11-21T10:00:01.000Z",
      ])
    for name in ["firstName", "lastName", "surveyOptOut", "schema", "createDate"] {
      #expect(after[name] == before[name], "\(name)")
    }
    #expect(try await ask(.get, Self.path).text.contains("ret_01K") == false)
  }

  @Test func theSameAgainIsNotWritten() async throws {
    let contact = try await newContact(Self.withSchema)
    await beginCall(contact: contact)
    await endCall()
    let client = bench.client()
    #expect(await record(client) == nil)
    #expect(await record(client) == nil)
    #expect(asked.count { $0.hasPrefix("PUT") } == 1)
  }

  @Test func aContactWithoutASchemaGetsTheConfiguredOne() async throws {
    let contact = try await newContact()
    await beginCall(contact: contact)
    await endCall()
    #expect(await record(bench.client()) == nil)
    #expect(asked.allSatisfy { !$0.hasPrefix("PUT") }, "nothing to write to is no failure")
    #expect(await record(bench.client { $0.contactFields.schema = .init(id: Self.schema, version: 2) }) == nil)
    let after = try await ask(.get, "/api/v2/externalcontacts/contacts/\(contact)")
    #expect(after["schema"] == ["id": .string(Self.schema), "version": 2])
    #expect(after["customFields"]?["rma_status_text"] == "authorized")
  }

  @Test(arguments: [nil, "0b8f6a54-0000-4f0a-9c35-6d6c6f1f5a10", "no/id"])
  func withoutAContactNothingIsWritten(contact: String?) async {
    await beginCall(contact: contact)
    await endCall()
    #expect(await record(bench.client()) == nil)
    #expect(asked.allSatisfy { $0.hasPrefix("GET") })
  }

  @Test func aContactThatChangedMeanwhileIsReadAgain() async throws {
    let contact = try await newContact(Self.withSchema)
    await beginCall(contact: contact)
    await endCall()
    let client = bench.client()
    bench.http.answerNext(.put, status: 409, times: 2)
    #expect(await record(client) == nil)
    #expect(asked.suffix(6).map { $0.prefix(3) } == ["GET", "PUT", "GET", "PUT", "GET", "PUT"])
    bench.time.advance(by: .seconds(1))
    bench.http.answerNext(.put, status: 409, times: 3)
    #expect(
      await record(client) == .notDone(reason: "Genesys Cloud answered 409 without a code", retryAfter: nil))
  }

  @Test func aCallThatEndsBetweenTheRequestsIsOver() async throws {
    let contact = try await newContact(Self.withSchema)
    await beginCall(contact: contact)
    bench.http.before(.patch) { await endCall() }
    #expect(await record(bench.client()) == nil)
    let after = try await ask(.get, "/api/v2/externalcontacts/contacts/\(contact)")
    #expect(after["customFields"]?["return_request_id_text"] == "ret_01K")
  }

  // MARK: - What failures mean

  @Test(arguments: [
    #"{"status":500}"#, #"{"reset":true}"#, #"{"status":200,"body":"x"}"#, #"{"status":200,"body":"[]"}"#,
  ])
  func aReadThatFailsHasDoneNothing(fault: String) async {
    await beginCall()
    let client = bench.client()
    #expect(await record(client) == nil)
    await bench.control(.put, "/_faults/genesys", fault)
    guard case .notDone = await record(client) else {
      Issue.record("it is not notDone")
      return
    }
  }

  @Test func aLostAnswerToAWriteIsUnknown() async {
    await beginCall()
    bench.http.answerNext(.patch, status: 500, times: 1)
    #expect(await record(bench.client()) == .unknown(reason: "Genesys Cloud answered 500 without a code"))
  }

  // MARK: - E-mail and opt-out

  private let mail = EmailMessage(address: "alex@example.com", subject: "Your return", text: "RMA-1 until 5 December.")

  @Test func sendsAnEmail() async throws {
    let client = bench.client {
      $0.emailFrom = "returns@northwind.example"
      $0.emailFromName = "Northwind"
    }
    let id = try await client.sendEmail(mail, context: bench.context())
    #expect(
      try JSONValue(parsing: try #require(bench.http.sent.last?.body)) == [
        "senderType": "Outbound", "fromAddress": ["email": "returns@northwind.example", "name": "Northwind"],
        "toAddresses": [["email": "alex@example.com"]], "subject": "Your return", "textBody": "RMA-1 until 5 December.",
      ])
    let item = await bench.control(.get, "/_inbox")["items"]?[0]
    #expect(item?["kind"] == "email")
    #expect(item?["id"] == .string(id))
  }

  @Test func anEmailThatCannotBeSentIsRefusedUnsent() async throws {
    await #expect(throws: ContactCentreError.refused(reason: "no sender address is configured")) {
      try await bench.client().sendEmail(mail, context: bench.context())
    }
    let client = bench.client { $0.emailFrom = "returns@northwind.example" }
    let long = EmailMessage(address: "a@example.com", subject: String(repeating: "x", count: 401), text: "x")
    await #expect(throws: ContactCentreError.refused(reason: "the subject has more than 400 characters")) {
      try await client.sendEmail(long, context: bench.context())
    }
    #expect(bench.http.sent.isEmpty)
  }

  @Test func anEmailWhoseAnswerIsLostIsUnknown() async {
    let client = bench.client { $0.emailFrom = "returns@northwind.example" }
    bench.http.answerNext(.post, path: "agentless", status: 502, times: 1)
    await #expect(throws: ContactCentreError.unknown(reason: "Genesys Cloud answered 502 without a code")) {
      try await client.sendEmail(mail, context: bench.context())
    }
  }

  @Test func whoOptedOutIsNotToldAgain() async {
    await bench.control(.put, "/_genesys/opt_outs", #"{"numbers":["+4930123456701"]}"#)
    #expect(await bench.failure(bench.client()) == .refused(reason: "opted out"))
  }

  @Test(arguments: ["RecipientOptedOut", "recipient.opted.out"])
  func anOptOutCanBeAnErrorToo(code: String) async {
    let client = bench.client()
    _ = await bench.failure(client)
    let body = JSONValue.object([.init("code", "bad.request"), .init("details", [["errorCode": .string(code)]])]).text
    let fault: JSONValue = ["status": 400, "body": .string(body)]
    await bench.control(.put, "/_faults/genesys", fault.text)
    #expect(await bench.failure(client) == .refused(reason: "opted out"))
  }
}
