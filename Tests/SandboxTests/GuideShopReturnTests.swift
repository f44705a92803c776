import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct GuideShopReturnTests {
  private func read(_ bench: Bench, _ path: String) async -> Response {
    await bench.send(.get, "/guide-shop" + path, await bench.returnsHeaders())
  }

  @Test func aReturnIsTakenAndAllowedLater() async {
    let bench = Bench()
    let answer = await bench.askForReturn()
    #expect(answer.status == 202)
    #expect(answer.json["status"]?.string == "pending")
    #expect(answer.json["created_at"]?.string == "2026-11-21T09:30:00.000Z")
    let id = answer.json["return_request_id"]?.string ?? ""
    #expect(id.hasPrefix("RR-"))
    var found = await read(bench, "/returns/\(id)").json
    #expect(found["status"]?.string == "pending")
    #expect(found["rma_number"]?.isNull == true)
    bench.time.advance(by: .seconds(2))
    found = await read(bench, "/returns/\(id)").json
    #expect(found["status"]?.string == "authorized")
    #expect(found["rma_number"]?.string == "RMA-100001")
    #expect(found["external_reference"]?.string == "ret_1")
    #expect(found["customer_reference"]?.string == "call-98765")
    #expect(found.at("items.0.reason_code")?.string == "DEFECTIVE")
    for query in ["external_reference=ret_1", "order_id=ORD-839201", "order_id=ORD-839201&external_reference=ret_1"] {
      #expect(await read(bench, "/returns?\(query)").json["returns"] == [found])
    }
    for query in ["external_reference=ret_2", "order_id=ORD-839202", "order_id=ORD-839202&external_reference=ret_1"] {
      #expect(await read(bench, "/returns?\(query)").json["returns"] == [])
    }
    #expect(await read(bench, "/returns").status == 400)
    #expect(await read(bench, "/returns/RR-0").status == 404)
  }

  @Test(arguments: [
    ("ORD-000000", "SKU-12345", 1, "DEFECTIVE", 404, "order_not_found"),
    ("ORD-839202", "SKU-30016", 1, "DEFECTIVE", 409, "not_eligible"),
    ("ORD-839203", "SKU-41190", 1, "DEFECTIVE", 409, "window_passed"),
    ("ORD-839201", "SKU-99999", 1, "DEFECTIVE", 422, "sku_not_in_order"),
    ("ORD-839201", "SKU-12345", 2, "DEFECTIVE", 422, "quantity_exceeded"),
    ("ORD-839201", "SKU-12345", 1, "BORED", 422, "unknown_reason"),
    ("ORD-839201", "SKU-12345", 0, "DEFECTIVE", 400, "invalid_request"),
  ])
  func refusals(order: String, sku: String, quantity: Int, reason: String, status: Int, code: String) async {
    let bench = Bench()
    let answer = await bench.askForReturn(order, sku: sku, quantity: quantity, reason: reason)
    #expect(answer.status == status)
    #expect(answer.json["error"]?.string == code)
    #expect(await bench.send(.get, "/_returns/guide-shop").json["returns"] == [])
  }

  @Test func whatIsReturnedCannotBeReturnedAgainUntilItIsDeclined() async {
    let bench = Bench()
    #expect(await bench.askForReturn(sku: "SKU-20871", quantity: 1).status == 202)
    #expect(await bench.askForReturn(sku: "SKU-20871", quantity: 2).json["error"]?.string == "quantity_exceeded")
    let second = await bench.askForReturn(sku: "SKU-20871", quantity: 1).json["return_request_id"]?.string ?? ""
    #expect(await bench.askForReturn(sku: "SKU-20871").status == 422)
    #expect(await act(bench, second, "decline").status == 200)
    #expect(await bench.askForReturn(sku: "SKU-20871").status == 202)
  }

  @Test func theSameKeyIsTheSameReturn() async {
    let bench = Bench()
    let first = await bench.askForReturn(key: "ret_1")
    bench.time.advance(by: .seconds(5))
    let again = await bench.askForReturn(key: "ret_1")
    #expect(again.status == 202)
    #expect(again.json == first.json)
    #expect(await bench.askForReturn(sku: "SKU-20871", key: "ret_1").json["error"]?.string == "idempotency_key_reused")
    let listed = await bench.send(.get, "/_returns/guide-shop").json["returns"]?.array ?? []
    #expect(listed.map { $0["mutations"]?.integer } == [2])
    #expect(listed.first?["reference"]?.string == "ret_1")
    #expect(listed.first?["rma_number"]?.string == "RMA-100001")
  }

  @Test func aPlainShopKeepsNoReferences() async {
    let bench = Bench()
    _ = await bench.send(.put, "/_limits", body: #"{"guide_shop_keeps_references":0}"#)
    _ = await bench.askForReturn(sku: "SKU-20871", key: "ret_1")
    _ = await bench.askForReturn(sku: "SKU-20871", key: "ret_1")
    #expect(await read(bench, "/returns?external_reference=ret_1").status == 400)
    let found = await read(bench, "/returns?order_id=ORD-839201").json["returns"]?.array ?? []
    #expect(found.count == 2)
    #expect(found.first?["external_reference"]?.isNull == true)
  }

  @Test func aTokenForOrdersCreatesNone() async {
    let bench = Bench()
    let headers: Headers = ["authorization": "Bearer \(await bench.guideShopToken())"]
    #expect(await bench.send(.post, "/guide-shop/returns", headers, body: "{}").status == 403)
    #expect(await bench.send(.get, "/guide-shop/returns?order_id=ORD-839201", headers).status == 200)
    #expect(await bench.send(.get, "/guide-shop/returns?order_id=ORD-839201").status == 401)
  }

  // MARK: - By hand

  private func act(_ bench: Bench, _ id: String, _ action: String) async -> Response {
    await bench.send(
      .post, "/_returns/guide-shop/\(id)", body: #"{"action":"\#(action)","reason":"not_as_sold"}"#)
  }

  @Test(arguments: [
    (["authorize", "receive", "refund", "close"], ["authorized", "received", "refunded", "closed"]),
    (["decline", "authorize"], ["declined", nil]), (["cancel", "close"], ["cancelled", nil]),
    (["authorize", "cancel"], ["authorized", "cancelled"]), (["receive", "refund"], [nil, nil]),
    (["authorize", "decline"], ["authorized", nil]),
  ])
  func theMerchantDecides(actions: [String], states: [String?]) async {
    let bench = Bench()
    let id = await bench.askForReturn().json["return_request_id"]?.string ?? ""
    for (action, state) in zip(actions, states) {
      let answer = await act(bench, id, action)
      #expect(answer.status == (state == nil ? 409 : 200))
      if let state { #expect(answer.json["state"]?.string == state) }
    }
    let last = await read(bench, "/returns/\(id)").json["status"]?.string
    bench.time.advance(by: .seconds(60))
    if last != "pending" { #expect(await read(bench, "/returns/\(id)").json["status"]?.string == last) }
  }

  @Test func actionsThatMakeNoSense() async {
    let bench = Bench()
    let id = await bench.askForReturn().json["return_request_id"]?.string ?? ""
    #expect(await act(bench, id, "burn").status == 422)
    #expect(await act(bench, "RR-0", "authorize").status == 404)
    #expect(await bench.send(.post, "/_returns/genesys/1", body: #"{"action":"close"}"#).status == 404)
    #expect(await bench.send(.get, "/_returns/nobody").status == 404)
    #expect(await bench.send(.post, "/_returns", body: "{}").status == 405)
    #expect(await act(bench, id, "decline").json["state"]?.string == "declined")
    #expect(await read(bench, "/returns/\(id)").json["reason"]?.string == "not_as_sold")
  }
}
