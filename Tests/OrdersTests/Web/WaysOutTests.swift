import Core
import HTTPMessages
import Testing

@testable import Orders

/// The two POSTs: what they take, what they refuse, and what they promise.
@Suite struct WaysOutTests {
  @Test func aCallbackIsTakenOn() async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.post(
      "/v1/callbacks",
      #"{"number":"+49 30 1234567","name":"Ada","order_id":"839201","at":"2026-11-21T16:30:00+01:00"}"#)
    #expect(answer.status == 202)
    let id = try #require(answer.json["callback_id"]?.string)
    #expect(answer.json == .object([.init("callback_id", .string(id)), .init("status", "accepted")]))
    #expect(id.hasPrefix("cb_"))
    let record = try #require(await fixture.callback(id))
    #expect(
      record.callback
        == Callback(
          number: "+49301234567", name: "Ada", orderID: OrderID(rawValue: "ORD-839201"),
          at: Timestamp("2026-11-21T15:30:00Z")))
    #expect(record.state == .accepted)
    #expect(fixture.platform.calls.isEmpty)
    #expect(await fixture.get("/v1/callbacks/\(id)").text == #"{"callback_id":"\#(id)","status":"accepted"}"#)
    for unknown in ["cb_0", "%00", "cb_0%00", "%C3%A4"] {
      #expect(await fixture.get("/v1/callbacks/\(unknown)").code == "callback_not_found", "\(unknown)")
    }
  }

  @Test(
    arguments: [
      (#"{"number":"+49301234567","name":"Ada","order_id":null,"at":null}"#, 202, nil),
      (#"{"number":"+49301234567","more":[1]}"#, 202, nil),
      (#"{}"#, 422, "number_invalid"),
      (#"{"number":"110"}"#, 422, "number_invalid"),
      (#"{"number":49301234567}"#, 422, "number_invalid"),
      (#"{"number":"030 1234567"}"#, 422, "number_invalid"),
      (#"{"number":"+49301234567","name":""}"#, 422, "name_invalid"),
      (#"{"number":"+49301234567","name":"  "}"#, 422, "name_invalid"),
      (#"{"number":"+49301234567","name":"A\u0000"}"#, 422, "name_invalid"),
      (#"{"number":"+49301234567","name":["A"]}"#, 422, "name_invalid"),
      (#"{"number":"+49301234567","name":"\#(String(repeating: "a", count: 101))"}"#, 422, "name_invalid"),
      (#"{"number":"+49301234567","order_id":"nope"}"#, 422, "order_id_invalid"),
      (#"{"number":"+49301234567","at":"2026-11-21T11:59:59Z"}"#, 422, "at_in_past"),
      (#"{"number":"+49301234567","at":"2026-11-22"}"#, 422, "at_invalid"),
      (#"{"number":"+49301234567","at":"soon"}"#, 422, "at_invalid"),
      (#"{"number":"+49301234567","at":"2027-11-22T12:00:00Z"}"#, 422, "at_invalid"),
      (#"{"number":"+49301234567","name":"4111 1111 1111 1111"}"#, 422, "card_data_refused"),
      (#"{"number":"+49301234567","note":{"a":["4111111111111111"]}}"#, 422, "card_data_refused"),
      (#"{"number":4111111111111111}"#, 422, "card_data_refused"),
      (#"{"number":"4111-1111-1111-1111"}"#, 422, "card_data_refused"),
      (#"[]"#, 400, "invalid_json"),
      (#"{"number":"+49301234567","number":"+49301234568"}"#, 400, "invalid_json"),
      (#"{"number":"+49301234567""#, 400, "invalid_json"),
      ("", 400, "invalid_json"),
    ] as [(String, Int, String?)])
  func validatesCallbacks(_ body: String, _ status: Int, _ code: String?) async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.post("/v1/callbacks", body)
    #expect(answer.status == status)
    #expect(answer.code == code)
    #expect(!answer.text.contains("4111"))
  }

  @Test func aBodyMustBeJSON() async throws {
    let fixture = try await FeatureFixture()
    let body = #"{"number":"+49301234567"}"#
    #expect(await fixture.post("/v1/callbacks", body, ["content-type": "text/plain"]).status == 415)
    #expect(
      await fixture.post("/v1/callbacks", body, ["content-type": "Application/JSON; charset=utf-8"]).status == 202)
  }

  @Test func nationalNumbersNeedAConfiguredCountry() async throws {
    let fixture = try await FeatureFixture { $0.countryCode = "49" }
    let answer = await fixture.post("/v1/callbacks", #"{"number":"030 1234567"}"#)
    let id = try #require(answer.json["callback_id"]?.string)
    #expect(try await fixture.callback(id)?.callback?.number == "+49301234567")
  }

  @Test func whoDialsAgainGetsTheSameCallback() async throws {
    let fixture = try await FeatureFixture()
    func ask(_ body: String) async -> String? { await fixture.post("/v1/callbacks", body).json["callback_id"]?.string }
    let first = await ask(#"{"number":"+49301234567","order_id":"ORD-839201"}"#)
    fixture.time.advance(by: .seconds(1_799))
    #expect(await ask(#"{"number":"+49 (0)30 123 4567","name":"Ada","order_id":"839201"}"#) == first)
    #expect(await ask(#"{"number":"+49301234568","order_id":"ORD-839201"}"#) != first)
    #expect(await ask(#"{"number":"+49301234567","order_id":"ORD-839202"}"#) != first)
    fixture.time.advance(by: .seconds(1))
    #expect(await ask(#"{"number":"+49301234567","order_id":"ORD-839201"}"#) != first)
  }

  @Test func aTextIsTakenOnWithoutAskingThePlatform() async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.post(
      "/v1/orders/839201/text", #"{"number":"+49301234567"}"#, ["accept-language": "de", "x-postal-code": "10115"])
    #expect(answer.status == 202)
    let id = try #require(answer.json["message_id"]?.string)
    #expect(answer.json == .object([.init("message_id", .string(id)), .init("status", "accepted")]))
    #expect(fixture.platform.calls.isEmpty)
    let text = try #require(await fixture.text(id)?.order)
    #expect(text.orderID.rawValue == "ORD-839201")
    #expect(text.number == "+49301234567")
    #expect(text.language == .german)
    #expect(text.proof == CallerProof(callerNumber: "+49301234567", postalCode: "10115"))
  }

  @Test(arguments: [
    ("nope", #"{"number":"+49301234567"}"#, "order_id_invalid"),
    ("ORD-839201", #"{"number":"x"}"#, "number_invalid"),
    ("ORD-839201", #"{}"#, "number_invalid"),
    ("ORD-839201", #"{"number":"+49301234567","x":"4111111111111111"}"#, "card_data_refused"),
  ])
  func validatesTexts(_ number: String, _ body: String, _ code: String) async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.post("/v1/orders/\(number)/text", body)
    #expect(answer.status == 422)
    #expect(answer.code == code)
  }

  /// What names a person lies in no column in clear.
  @Test func nothingPersonalIsStoredInClear() async throws {
    let fixture = try await FeatureFixture()
    _ = await fixture.post("/v1/callbacks", #"{"number":"+49301234567","name":"Ada Lovelace"}"#)
    _ = await fixture.post("/v1/orders/ORD-839201/text", #"{"number":"+49301234567"}"#, ["x-postal-code": "10115"])
    let dump = try await fixture.dump()
    #expect(dump.contains("cb_") && dump.contains("msg_"))
    for personal in ["301234567", "Lovelace", "10115"] {
      #expect(!dump.contains(personal) && !fixture.written.text.contains(personal))
    }
  }
}
