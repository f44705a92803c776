import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Security
import Testing

@testable import Sandbox

@Suite struct CommercetoolsTests {
  let receiver = WebhookReceiver()
  private static let order = "/commercetools/northwind/orders/00000000-0000-4000-8000-000000839201"
  private static let line = "00000000-0000-4000-9000-000839201002"
  private static let url = "http://ringback/v1/webhooks/standard-webhooks"

  private func bench() -> Bench {
    let bench = Bench(receiver: receiver)
    bench.sandbox.sendWebhooks(of: .commercetools, to: Self.url)
    return bench
  }

  private func token(_ bench: Bench, scope: String? = nil, secret: String = "commercetools-secret") async -> Response {
    let credentials = Base64.standard.encode(Array("ringback-commercetools:\(secret)".utf8))
    var fields = [("grant_type", "client_credentials")]
    if let scope { fields.append(("scope", scope)) }
    return await bench.send(
      .post, "/commercetools/oauth/token",
      ["authorization": "Basic \(credentials)", "content-type": "application/x-www-form-urlencoded"],
      body: fields.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&"))
  }

  private func headers(_ bench: Bench, scope: String = "manage_orders:northwind") async -> Headers {
    let token = await token(bench, scope: scope).json["access_token"]?.string ?? ""
    return ["authorization": "Bearer \(token)", "content-type": "application/json"]
  }

  private func update(_ bench: Bench, version: Int64, _ actions: JSONValue...) async -> Response {
    let body: JSONValue = ["version": .integer(version), "actions": .array(actions)]
    return await bench.send(.post, Self.order, await headers(bench), body: body.text)
  }

  private static let add: JSONValue = [
    "action": "addReturnInfo", "returnTrackingId": "R1",
    "items": [
      ["lineItemId": .string(line), "quantity": 1, "comment": "ret_a SIZE", "shipmentState": "Advised"]
    ],
  ]

  // MARK: - Who calls

  @Test func tokensAreGivenToWhoKnowsTheSecretAndForTheProject() async throws {
    let bench = bench()
    let refused = await token(bench, secret: "guess")
    #expect(refused.status == 401)
    #expect(refused.json["error"]?.string == "invalid_client")
    #expect(await token(bench, scope: "manage_orders:other").json["error"]?.string == "invalid_scope")
    let given = await token(bench).json
    #expect(given["expires_in"]?.integer == 172_800)
    #expect(given["scope"]?.string == "manage_orders:northwind view_orders:northwind")
  }

  @Test func aTokenOpensWhatItsScopeSaysForTwoDays() async {
    let bench = bench()
    #expect(await bench.send(.get, Self.order).json.at("errors.0.code")?.string == "invalid_token")
    let reader = await headers(bench, scope: "view_orders:northwind")
    #expect(await bench.send(.get, Self.order, reader).status == 200)
    let answer = await bench.send(.post, Self.order, reader, body: "{}")
    #expect(answer.status == 403)
    #expect(answer.json.at("errors.0.code")?.string == "insufficient_scope")
    bench.time.advance(by: .seconds(172_800))
    #expect(await bench.send(.get, Self.order, reader).status == 401)
  }

  // MARK: - Orders

  @Test func anOrderIsFoundByItsNumberAndById() async {
    let bench = bench()
    let headers = await headers(bench)
    let byID = await bench.send(.get, Self.order, headers)
    let path = "/commercetools/northwind/orders/order-number="
    #expect(await bench.send(.get, path + "ORD-839201", headers).json == byID.json)
    #expect(byID.json.at("totalPrice.centAmount")?.integer == 129_90)
    #expect(byID.json["returnInfo"] == [])
    let missing = await bench.send(.get, path + "ORD-83920", headers)
    #expect(missing.status == 404)
    #expect(missing.json.at("errors.0.code")?.string == "ResourceNotFound")
    #expect(await bench.send(.get, "/commercetools/other/orders/1", headers).status == 404)
  }

  // MARK: - Updates

  @Test func anUpdateIsForTheVersionThatWasRead() async {
    let bench = bench()
    let first = await update(bench, version: 1, Self.add)
    #expect(first.status == 200)
    #expect(first.json["version"]?.integer == 2)
    #expect(first.json.at("returnInfo.0.items.0.paymentState")?.string == "NonRefundable")
    let stale = await update(bench, version: 1, Self.add)
    #expect(stale.status == 409)
    #expect(stale.json.at("errors.0.code")?.string == "ConcurrentModification")
    #expect(stale.json.at("errors.0.currentVersion")?.integer == 2)
    #expect(await update(bench, version: 2, Self.add).json["returnInfo"]?.array?.count == 2)
  }

  @Test func somebodyElseIsFasterAsOftenAsIsSaid() async {
    let bench = bench()
    #expect(await bench.send(.put, "/_limits", body: #"{"commercetools_conflicts":1}"#).status == 200)
    #expect(await update(bench, version: 1, Self.add).json.at("errors.0.currentVersion")?.integer == 2)
    #expect(await update(bench, version: 2, Self.add).status == 200)
  }

  @Test func allActionsAreDoneOrNone() async {
    let bench = bench()
    #expect(await update(bench, version: 1, Self.add, ["action": "dance"]).status == 400)
    let unknown = await update(
      bench, version: 1, Self.add,
      ["action": "setReturnShipmentState", "returnItemId": "x", "shipmentState": "Returned"])
    #expect(unknown.json.at("errors.0.code")?.string == "InvalidOperation")
    let order = await bench.send(.get, Self.order, await headers(bench)).json
    #expect(order["version"]?.integer == 1)
    #expect(order["returnInfo"] == [])
  }

  @Test func moneyCanGoBackOnceTheGoodsAreThere() async throws {
    let bench = bench()
    let made = await update(bench, version: 1, Self.add).json
    let item = try #require(made.at("returnInfo.0.items.0.id"))
    let back = await update(
      bench, version: 2, ["action": "setReturnShipmentState", "returnItemId": item, "shipmentState": "BackInStock"])
    #expect(back.json.at("returnInfo.0.items.0.paymentState")?.string == "Initial")
    let refunded = await update(
      bench, version: 3, ["action": "setReturnPaymentState", "returnItemId": item, "paymentState": "Refunded"])
    #expect(refunded.json.at("returnInfo.0.items.0.paymentState")?.string == "Refunded")
    let none = await update(bench, version: 4, ["action": "setReturnInfo", "items": []])
    #expect(none.json["returnInfo"] == [])
  }

  // MARK: - The merchant

  @Test func theMerchantsStepsFollowEachOther() async throws {
    let bench = bench()
    _ = await update(bench, version: 1, Self.add)
    let booked = await bench.send(.get, "/_returns/commercetools").json.at("returns.0")
    #expect(booked?["reference"]?.string == "ret_a")
    #expect(booked?["rma_number"]?.string == "R1")
    let id = try #require(booked?["id"]?.string)
    var answers: [String] = []
    for action in ["authorize", "refund", "receive", "cancel", "decline", "refund", "close"] {
      let answer = await bench.send(.post, "/_returns/commercetools/\(id)", body: #"{"action":"\#(action)"}"#)
      answers.append(answer.json["state"]?.string ?? "\(answer.status)")
    }
    #expect(answers == ["409", "409", "Returned", "409", "409", "Refunded", "409"])
    #expect(await bench.send(.post, "/_returns/commercetools/x", body: #"{"action":"close"}"#).status == 404)
  }

  @Test func aBridgeBringsTheMessagesSigned() async throws {
    let bench = bench()
    _ = await update(bench, version: 1, Self.add)
    while receiver.received.isEmpty { await Task.yield() }
    let request = try #require(receiver.received.first)
    #expect(request.url == Self.url)
    let body = try #require(request.body)
    let told = try JSONValue(parsing: body)
    #expect(told["notificationType"]?.string == "Message")
    #expect(told["type"]?.string == "ReturnInfoAdded")
    #expect(told.at("resourceUserProvidedIdentifiers.orderNumber")?.string == "ORD-839201")
    #expect(told.at("resource.typeId")?.string == "order")
    #expect(told["resourceVersion"]?.integer == 2)
    #expect(told.at("returnInfo.items.0.comment")?.string == "ret_a SIZE")
    #expect(request.headers["webhook-id"] == told["id"]?.string)
    let time = try #require(request.headers["webhook-timestamp"])
    let content = Array("\(request.headers["webhook-id"] ?? "").\(time).".utf8) + body
    let code = HMACSHA256.code(for: content, key: Array("commercetools bridge, no secret!".utf8))
    #expect(request.headers["webhook-signature"] == "v1," + Base64.standard.encode(code))
  }
}
