import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct GenesysTests {
  static let api = "/genesys/api/v2/conversations"
  static let queue = "11111111-2222-3333-4444-555555555555"

  private func headers(_ bench: Bench) async -> Headers { ["authorization": "Bearer \(await bench.genesysToken())"] }

  private func sendText(_ bench: Bench, _ headers: Headers, to number: String) async -> Response {
    let body: JSONValue = [
      "fromAddress": "+4930999999", "toAddress": .string(number), "toAddressMessengerType": "sms", "textBody": "Hello",
    ]
    return await bench.send(.post, Self.api + "/messages/agentless", headers, body: body.text)
  }

  @Test(arguments: ["/genesys/login/oauth/token", "/genesys/oauth/token", "/oauth/token"])
  func signsInWhereTheSDKsLook(path: String) async {
    let bench = Bench()
    let credentials = Base64.standard.encode("7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10:genesys-secret".utf8)
    let answer = await bench.send(
      .post, path, ["authorization": "Basic \(credentials)", "content-type": "application/x-www-form-urlencoded"],
      body: "grant_type=client_credentials")
    #expect(answer.json["token_type"]?.string == "bearer")
    #expect(answer.json["expires_in"]?.integer == 86_400)
    #expect(answer.json["refresh_token"] == nil)
    let wrong = await bench.send(.post, path, ["authorization": "Basic eDp5"], body: "grant_type=client_credentials")
    #expect(wrong.status == 401)
    #expect(wrong.json["error"]?.string == "invalid_client")
  }

  @Test func badTokensAreRefusedInGenesysWords() async {
    let bench = Bench()
    let path = Self.api + "/callbacks/\(Self.queue)"
    let none = await bench.send(.get, path)
    #expect(none.status == 401)
    #expect(none.json["code"]?.string == "authentication.required")
    let wrong = await bench.send(.get, path, ["authorization": "Bearer x"])
    #expect(wrong.json["code"]?.string == "bad.credentials")
    #expect(wrong.json["contextId"]?.string == wrong.headers["inin-correlation-id"])
    #expect(wrong.headers["inin-correlation-id"]?.isUUID == true)
    let good = await headers(bench)
    bench.time.advance(by: .seconds(86_400))
    #expect(await bench.send(.get, path, good).status == 401)
  }

  @Test func callbacksAreMadeReadRescheduledAndEnded() async {
    let bench = Bench()
    let headers = await headers(bench)
    let body: JSONValue = [
      "queueId": .string(Self.queue), "callbackNumbers": ["+4930123456701"], "callbackUserName": "Alex",
      "callbackScheduledTime": "2026-11-22T10:00:00.000Z", "data": ["ringback_ref": "cb_1"],
      "validateCallbackNumbers": true,
    ]
    let made = await bench.send(.post, Self.api + "/callbacks", headers, body: body.text)
    #expect(made.status == 201)
    let id = made.json.at("conversation.id")?.string ?? ""
    #expect(id.isUUID)
    #expect(made.json.at("callbackIdentifiers.0.type")?.string == "ACD")
    let read = await bench.send(.get, Self.api + "/callbacks/\(id)", headers).json
    #expect(read.at("participants.0.callbackNumbers.0")?.string == "+4930123456701")
    #expect(read.at("participants.0.callbackScheduledTime")?.string == "2026-11-22T10:00:00.000Z")
    #expect(read.at("participants.0.attributes.ringback_ref")?.string == "cb_1")
    #expect(read.at("participants.1.queue.id")?.string == Self.queue)
    let later: JSONValue = ["conversationId": .string(id), "callbackScheduledTime": "2026-11-23T10:00:00Z"]
    #expect(await bench.send(.patch, Self.api + "/callbacks", headers, body: later.text).status == 200)
    let moved = await bench.send(.get, Self.api + "/callbacks/\(id)", headers).json
    #expect(moved.at("participants.0.callbackScheduledTime")?.string == "2026-11-23T10:00:00.000Z")
    let ended = await bench.send(.patch, Self.api + "/callbacks/\(id)", headers, body: #"{"state":"disconnected"}"#)
    #expect(ended.json.at("participants.0.callbacks.0.state")?.string == "disconnected")
    #expect(await bench.send(.patch, Self.api + "/callbacks", headers, body: later.text).status == 409)
  }

  @Test(
    arguments: [
      (#"{"callbackNumbers":["+4930123456701"]}"#, 400, "queueId"),
      (#"{"queueId":"nope","callbackNumbers":["+4930123456701"]}"#, 400, "queueId"),
      (#"{"queueId":"00000000-0000-0000-0000-000000000000","callbackNumbers":["+4930123456701"]}"#, 404, nil),
      (#"{"queueId":"11111111-2222-3333-4444-555555555555"}"#, 400, "callbackNumbers"),
      (#"{"queueId":"11111111-2222-3333-4444-555555555555","callbackNumbers":["call me"]}"#, 400, "callbackNumbers"),
      (
        #"{"queueId":"11111111-2222-3333-4444-555555555555","callbackNumbers":["030123456"],"validateCallbackNumbers":true}"#,
        400, "callbackNumbers"
      ),
      (
        #"{"queueId":"11111111-2222-3333-4444-555555555555","callbackNumbers":["+4930123456"],"callbackScheduledTime":"soon"}"#,
        400, "callbackScheduledTime"
      ),
      (
        #"{"queueId":"11111111-2222-3333-4444-555555555555","callbackNumbers":["+4930123456"],"data":{"a":1}}"#, 400,
        "data"
      ),
      ("[]", 400, nil), ("", 400, nil),
    ] as [(String, Int, String?)])
  func badCallbacksAreRefused(body: String, status: Int, field: String?) async {
    let bench = Bench()
    let answer = await bench.send(.post, Self.api + "/callbacks", await headers(bench), body: body)
    #expect(answer.status == status)
    #expect(answer.json["status"]?.integer == Int64(status))
    #expect(answer.json["message"]?.string?.isEmpty == false)
    #expect(answer.json.at("details.0.fieldName")?.string == field)
    #expect(bench.sandbox.current.inbox.all.isEmpty)
  }

  @Test(
    arguments: [
      ("+4930123456701", ["queued", "sent", "delivery-success"], 2, nil),
      ("+4930123450001", ["queued", "sent", "delivery-failed"], 2, "InvalidDestination"),
      ("+4930123450002", ["queued", "failed", "failed"], 1, "RecipientOptedOut"),
      ("+4930123450003", ["queued", "sent", "sent"], 1, nil),
    ] as [(String, [String], Int, String?)])
  func messagesMoveOnWithTime(number: String, statuses: [String], receipts: Int, reason: String?) async {
    let bench = Bench()
    let headers = await headers(bench)
    let sent = await sendText(bench, headers, to: number)
    #expect(sent.status == 202)
    #expect(sent.json.at("message.status")?.string == "queued")
    let id = sent.json["id"]?.string ?? ""
    let conversation = sent.json["conversationId"]?.string ?? ""
    #expect(!id.isEmpty && conversation.isUUID)
    var details = JSONValue.null
    for status in statuses {
      details = await bench.send(.get, Self.api + "/messages/\(id)/details", headers).json
      #expect(details["status"]?.string == status)
      bench.time.advance(by: .milliseconds(1_500))
    }
    #expect(details["normalizedReceipts"]?.array?.count == receipts)
    #expect(details["normalizedReceipts"]?.array?.last?.at("reasons.0.code")?.string == reason)
    let listed = await bench.send(.get, Self.api + "/messages/\(conversation)", headers).json
    #expect(listed.at("participants.0.messages.0.messageId")?.string == id)
  }

  @Test(arguments: [
    ("toAddressMessengerType", "pigeon"), ("toAddressMessengerType", "whatsapp"), ("toAddress", "030 123"),
    ("toAddress", "+4930123450004"), ("fromAddress", "shop"), ("textBody", ""),
    ("textBody", String(repeating: "x", count: 766)),
  ])
  func badMessagesAreRefused(field: String, value: String) async {
    let bench = Bench()
    let good: [(String, String)] = [
      ("fromAddress", "+4930999999"), ("toAddress", "+4930123456701"), ("toAddressMessengerType", "sms"),
      ("textBody", String(repeating: "x", count: 765)),
    ]
    func send(_ fields: [(String, String)]) async -> Response {
      let body = JSONValue.object(fields.map { .init($0.0, .string($0.1)) })
      return await bench.send(.post, Self.api + "/messages/agentless", await headers(bench), body: body.text)
    }
    #expect(await send(good).status == 202)
    let answer = await send(good.map { $0.0 == field ? (field, value) : $0 })
    #expect(answer.status == 400)
    #expect(answer.json.at("details.0.fieldName")?.string == field)
  }

  @Test func mailsGoToTheInbox() async {
    let bench = Bench()
    let body: JSONValue = [
      "senderType": "Outbound", "fromAddress": ["email": "shop@example.com"],
      "toAddresses": [["email": "alex.morgan@example.com"]], "subject": "Your order", "textBody": "It is on its way.",
    ]
    let sent = await bench.send(.post, Self.api + "/emails/agentless", await headers(bench), body: body.text)
    #expect(sent.status == 202)
    #expect(sent.json["dateCreated"] != nil)
    #expect(bench.sandbox.current.inbox.all.map(\.kind) == [.email])
  }

  @Test func attributesAreMerged() async {
    let bench = Bench()
    let headers = await headers(bench)
    let make: JSONValue = [
      "queueId": .string(Self.queue), "callbackNumbers": ["+4930123456701"], "data": ["ref": "cb_1", "kept": "yes"],
    ]
    let made = await bench.send(.post, Self.api + "/callbacks", headers, body: make.text).json
    let id = made.at("conversation.id")?.string ?? ""
    let conversation = await bench.send(.get, Self.api + "/\(id)", headers).json
    let participant = conversation.at("participants.0.id")?.string ?? ""
    let patch = #"{"attributes":{"ref":"cb_2","new":"1"}}"#
    let path = "/participants/\(participant)/attributes"
    #expect(await bench.send(.patch, Self.api + "/\(id)\(path)", headers, body: patch).status == 202)
    let merged = await bench.send(.patch, Self.api + "/callbacks/\(id)\(path)", headers, body: #"{"attributes":{}}"#)
    #expect(merged.json["attributes"] == ["ref": "cb_2", "kept": "yes", "new": "1"])
    let bad = await bench.send(.patch, Self.api + "/\(id)\(path)", headers, body: #"{"attributes":{"a":1}}"#)
    #expect(bad.status == 400)
  }

  private func search(_ bench: Bench, _ headers: Headers, _ body: String) async -> Response {
    await bench.send(.post, Self.api + "/participants/attributes/search", headers, body: body)
  }

  /// The search takes no attributes: rows are found by time, in pages, once the index knows them.
  @Test func conversationsAreFoundByTimeInPages() async {
    let bench = Bench()
    let headers = await headers(bench)
    for number in 0..<60 {
      let make: JSONValue = [
        "queueId": .string(Self.queue), "callbackNumbers": ["+4930123456701"], "data": ["ref": .string("cb_\(number)")],
      ]
      _ = await bench.send(.post, Self.api + "/callbacks", headers, body: make.text)
    }
    _ = await sendText(bench, headers, to: "+4930123456701")
    let range = """
      "query":[{"type":"DATE_RANGE","fields":["startTime"],"startValue":"2026-11-21T08:00:00Z","endValue":"2026-11-21T10:00:00Z"}]
      """
    #expect(await search(bench, headers, "{\(range)}").json["results"]?.array?.isEmpty == true, "the index lags")
    bench.time.advance(by: .seconds(5))
    let first = await search(bench, headers, "{\(range)}").json
    #expect(first["results"]?.array?.count == 50)
    let cursor = first["cursor"]?.string ?? ""
    let second = await search(bench, headers, "{\(range),\"cursor\":\"\(cursor)\"}").json
    #expect(second["cursor"] == nil)
    let rows = (first["results"]?.array ?? []) + (second["results"]?.array ?? [])
    let references = rows.compactMap { $0.at("participantData.0.participantAttributes.ref")?.string }
    #expect(Set(references).count == 60, "what has no attributes is not stored")
    let id = rows[0]["conversationId"]?.string ?? ""
    let one = await search(
      bench, headers, "{\"query\":[{\"type\":\"EXACT\",\"fields\":[\"conversationId\"],\"value\":\"\(id)\"}]}")
    #expect(one.json["results"]?.array?.count == 1)
  }

  @Test(arguments: [
    #"{"query":[{"type":"EXACT","fields":["participantData.ref"],"value":"x"}]}"#,
    #"{"query":[{"type":"DATE_RANGE","fields":["segments.start"],"startValue":"2026-11-21","endValue":"2026-11-21"}]}"#,
    #"{"query":[{"type":"EXACT","fields":["conversationId"],"value":"x","operator":"OR"}]}"#,
    #"{"query":[{"type":"DATE_RANGE","fields":["startTime"],"startValue":"2026-11-19","endValue":"2026-11-21"}]}"#,
    #"{"query":[]}"#, "{}",
  ])
  func whatCannotBeSearchedIsRefused(body: String) async {
    let bench = Bench()
    let answer = await search(bench, await headers(bench), body)
    #expect(answer.status == 400)
    #expect(answer.json["code"]?.string == "bad.request")
  }

  @Test(arguments: [("PAUSED", "PAUSED"), ("paused", "PAUSED"), ("ACTIVE", "ACTIVE")])
  func recordingIsPausedAndResumed(word: String, state: String) async {
    let bench = Bench()
    let headers = await headers(bench)
    let id = await sendText(bench, headers, to: "+4930123456701").json["conversationId"]?.string ?? ""
    let body = "{\"recordingState\":\"\(word)\"}"
    #expect(await bench.send(.patch, Self.api + "/\(id)/recordingstate", headers, body: body).status == 202)
    let conversation = await bench.send(.get, Self.api + "/\(id)", headers).json
    #expect(conversation["recordingState"]?.string == state)
    #expect(conversation["securePause"]?.bool == (state == "PAUSED"))
    let bad = await bench.send(.patch, Self.api + "/\(id)/recordingstate", headers, body: #"{"recordingState":"OFF"}"#)
    #expect(bad.status == 400)
  }

  @Test func theRateLimitIsShownAndBites() async {
    let bench = Bench()
    let headers = await headers(bench)
    let path = Self.api + "/callbacks/\(Self.queue)"
    let first = await bench.send(.get, path, headers)
    #expect(first.status == 404)
    #expect(first.headers["inin-ratelimit-count"] == "1")
    #expect(first.headers["inin-ratelimit-allowed"] == "300")
    #expect(first.headers["inin-ratelimit-reset"] == "60")
    bench.time.advance(by: .seconds(20))
    for _ in 2...300 { #expect(await bench.send(.get, path, headers).status == 404) }
    let refused = await bench.send(.get, path, headers)
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"] == "40")
    #expect(refused.json["code"]?.string == "too.many.requests.retry.after")
    #expect(refused.json["message"]?.string == "Rate limit exceeded the maximum. Retry the request in [40] seconds")
    #expect(refused.json.at("limit.value")?.integer == 300)
    let other = await self.headers(bench)
    #expect(await bench.send(.get, path, other).status == 404, "the limit is a token's")
    bench.time.advance(by: .seconds(40))
    #expect(await bench.send(.get, path, headers).status == 404)
  }

  @Test(arguments: ["/genesys/api/v2/users/me", "/genesys/api/v2/conversations/callbacks/x/y/z", "/genesys/x"])
  func whatIsNotSimulatedIsNotFound(path: String) async {
    let bench = Bench()
    let answer = await bench.send(.get, path, await headers(bench))
    #expect(answer.status == 404)
    #expect(answer.json["code"]?.string == "not.found")
  }
}
