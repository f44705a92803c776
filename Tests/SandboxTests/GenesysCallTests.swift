import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

/// What happens at the contact centre without a request of ours, and what the API shows of it.
@Suite struct GenesysCallTests {
  private static let api = "/genesys/api/v2"
  private static let conversation = "0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"
  private static let contact = "/genesys/api/v2/externalcontacts/contacts"
  private static let schema = "5b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10"

  private func headers(_ bench: Bench) async -> Headers { ["authorization": "Bearer \(await bench.genesysToken())"] }

  @Test func aCallBeginsIsPausedAndEnds() async {
    let bench = Bench()
    let headers = await headers(bench)
    let begin = #"{"id":"\#(Self.conversation)","number":"+4930123456701","external_contact_id":"c-1"}"#
    #expect(await bench.send(.post, "/_genesys/conversations", body: begin).status == 201)
    let path = Self.api + "/conversations/\(Self.conversation)"
    let call = await bench.send(.get, path, headers).json
    #expect(call["endTime"] == nil)
    #expect(call["recordingState"]?.string == "ACTIVE")
    #expect(call.at("participants.0.purpose")?.string == "customer")
    #expect(call.at("participants.0.externalContactId")?.string == "c-1")
    #expect(call.at("participants.0.calls.0.state")?.string == "connected")
    let pause = await bench.send(.patch, path + "/recordingstate", headers, body: #"{"recordingState":"PAUSED"}"#)
    #expect(pause.status == 202)
    #expect(await bench.send(.get, path, headers).json.at("participants.0.calls.0.securePause")?.bool == true)

    bench.time.advance(by: .seconds(60))
    #expect(await bench.send(.post, "/_genesys/conversations/\(Self.conversation)/end").status == 200)
    let over = await bench.send(.get, path, headers).json
    #expect(over["endTime"]?.string == "2026-11-21T09:31:00.000Z")
    #expect(over.at("participants.0.endTime")?.string == "2026-11-21T09:31:00.000Z")
    #expect(over.at("participants.0.calls.0.state")?.string == "disconnected")
    let late = await bench.send(.patch, path + "/recordingstate", headers, body: #"{"recordingState":"ACTIVE"}"#)
    #expect(late.status == 409)
    let participant = over.at("participants.0.id")?.string ?? ""
    let attributes = await bench.send(
      .patch, path + "/participants/\(participant)/attributes", headers, body: #"{"attributes":{"a":"b"}}"#)
    #expect(attributes.status == 409)
  }

  @Test(arguments: [
    (HTTPMessages.Method.post, "/_genesys/conversations", #"{"id":"x"}"#, 422),
    (.post, "/_genesys/conversations/x/end", "", 404), (.get, "/_genesys/conversations", "", 404),
    (.delete, "/_genesys/opt_outs", "", 405),
  ])
  func theControlRefusesWhatMakesNoSense(
    method: HTTPMessages.Method, path: String, body: String, status: Int
  ) async {
    #expect(await Bench().send(method, path, body: body).status == status)
  }

  @Test func aPutReplacesTheWholeContact() async {
    let bench = Bench()
    let headers = await headers(bench)
    let first = #"{"firstName":"Alex","lastName":"Morgan","surveyOptOut":true}"#
    let made = await bench.send(.post, Self.contact, headers, body: first).json
    let path = Self.contact + "/\(made["id"]?.string ?? "")"
    bench.time.advance(by: .seconds(5))
    let second = """
      {"firstName":"Alex","schema":{"id":"\(Self.schema)","version":1},"customFields":{"rma_status_text":"requested"}}
      """
    let put = await bench.send(.put, path, headers, body: second)
    #expect(put.status == 200)
    let read = await bench.send(.get, path, headers).json
    #expect(read == put.json)
    #expect(read["lastName"] == nil)
    #expect(read["createDate"]?.string == "2026-11-21T09:30:00.000Z")
    #expect(read["modifyDate"]?.string == "2026-11-21T09:30:05.000Z")
    let noSchema = await bench.send(.put, path, headers, body: #"{"customFields":{"a":"b"}}"#)
    #expect(noSchema.status == 400)
    #expect(await bench.send(.get, Self.contact + "/x", headers).status == 404)
    #expect(await bench.send(.put, Self.contact + "/x", headers, body: "{}").status == 404)
  }

  @Test func aTextToWhoOptedOutHasFailedInTheAnswer() async {
    let bench = Bench()
    let headers = await headers(bench)
    let number = "+4930123456701"
    let text: JSONValue = [
      "fromAddress": "+4930999999", "toAddress": .string(number), "toAddressMessengerType": "sms", "textBody": "Hello",
    ]
    let path = Self.api + "/conversations/messages/agentless"
    #expect(await bench.send(.post, path, headers, body: text.text).json.at("message.status")?.string == "queued")
    #expect(await bench.send(.put, "/_genesys/opt_outs", body: #"{"numbers":["\#(number)"]}"#).status == 200)
    #expect(await bench.send(.get, "/_genesys/opt_outs").json == ["numbers": [.string(number)]])
    let answer = await bench.send(.post, path, headers, body: text.text).json
    #expect(answer.at("message.status")?.string == "failed")
    #expect(answer.at("message.normalizedReceipts.0.reasons.0.code")?.string == "RecipientOptedOut")
  }
}
