import Core
import HTTPMessages
import HTTPServer
import Security
import Synchronization
import Testing

@testable import Sandbox

@Suite struct AdobeCommerceTests {
  let bench = Bench()
  private static let clients = AdobeCommerceClients()

  /// A header that is signed as RFC 5849 says, written out apart from the shop's own check.
  private func signed(
    _ method: String, _ path: String, query: [(String, String)] = [], nonce: String = "n1", at seconds: Int64 = 0,
    secret: String = AdobeCommerceClients().token.secret
  ) -> Headers {
    let oauth = [
      ("oauth_consumer_key", Self.clients.consumer.id), ("oauth_nonce", nonce),
      ("oauth_signature_method", "HMAC-SHA256"), ("oauth_timestamp", "\(bench.time.now.seconds + seconds)"),
      ("oauth_token", Self.clients.token.id),
    ]
    let pairs = (oauth + query).map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }.sorted()
    let base = [method, "http://shop.test" + path, pairs.joined(separator: "&")].map(\.percentEncoded)
    let key = Self.clients.consumer.secret.percentEncoded + "&" + secret.percentEncoded
    let code = HMACSHA256.code(for: Array(base.joined(separator: "&").utf8), key: Array(key.utf8))
    let all = oauth + [("oauth_signature", Base64.standard.encode(code))]
    return [
      "host": "shop.test",
      "authorization": "OAuth " + all.map { "\($0.0)=\"\($0.1.percentEncoded)\"" }.joined(separator: ", "),
    ]
  }

  private static let order = "/adobe-commerce/rest/default/V1/orders/839201"

  private func get(_ headers: Headers) async -> Response { await bench.send(.get, Self.order, headers) }

  // MARK: - Signatures

  @Test func aGoodSignatureIsLetInOnce() async {
    let headers = signed("GET", Self.order)
    #expect(await get(headers).status == 200)
    let again = await get(headers)
    #expect(again.status == 401)
    #expect(again.json["message"]?.string == "The nonce is already being used by the consumer with ID %1")
    #expect(await get(signed("GET", Self.order, nonce: "n2")).status == 200)
  }

  @Test func whatWasNotSignedIsRefused() async {
    #expect(await get(signed("POST", Self.order)).status == 401)
    #expect(await get(signed("GET", Self.order + "0", nonce: "n2")).status == 401)
    #expect(await get(signed("GET", Self.order, query: [("a", "b")], nonce: "n3")).status == 401)
    let wrong = await get(signed("GET", Self.order, nonce: "n4", secret: "guess"))
    #expect(wrong.json["message"]?.string == "The signature is invalid. Verify and try again.")
    #expect(await get(signed("GET", Self.order, nonce: "n5", at: 601)).status == 401)
    #expect(await get(signed("GET", Self.order, nonce: "n6", at: 600)).status == 200)
    #expect(await get(["authorization": "OAuth oauth_token=\"x\""]).status == 400)
  }

  @Test func withoutASignatureTheResourceIsNamed() async {
    let answer = await get([:])
    #expect(answer.status == 401)
    #expect(answer.json["message"]?.string == "The consumer isn't authorized to access %resources.")
    #expect(answer.json.at("parameters.resources")?.string == "Magento_Sales::actions_view")
    #expect(await get(["authorization": "Bearer \(Self.clients.token.id)"]).status == 401)
  }

  @Test func theIdentityServiceGivesTokensForADay() async throws {
    func ask(_ secret: String, scope: String = "openid,commerce.accs") async -> Response {
      await bench.send(
        .post, "/adobe-commerce/ims/token/v3", ["content-type": "application/x-www-form-urlencoded"],
        body: FormFields.encode([
          "grant_type": "client_credentials", "client_id": Self.clients.ims.id, "client_secret": secret, "scope": scope,
        ]))
    }
    #expect(await ask("guess").status == 400)
    #expect(await ask(Self.clients.ims.secret, scope: "openid").status == 400)
    let journal = await bench.send(.get, "/_journal/adobe-commerce").text
    #expect(journal.contains("client_id") && !journal.contains("guess"))
    let token = try #require(await ask(Self.clients.ims.secret).json["access_token"]?.string)
    let headers: Headers = ["authorization": "Bearer \(token)"]
    #expect(await bench.send(.get, "/adobe-commerce/V1/orders/839201", headers).status == 200)
    bench.time.advance(by: .seconds(86_399))
    #expect(await bench.send(.get, "/adobe-commerce/V1/orders/839201", headers).status == 401)
  }

  // MARK: - Searches

  @Test(arguments: [
    ["searchCriteria[filter_groups][0][filters][0][field]", "searchCriteria[filter_groups][0][filters][0][value]"],
    ["searchCriteria[filterGroups][0][filters][0][field]", "searchCriteria[filterGroups][0][filters][0][value]"],
  ])
  func ordersAreFoundInEitherSpelling(names: [String]) async {
    let query = [(names[0], "increment_id"), (names[1], "ord-839207")]
    let text = query.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }.joined(separator: "&")
    let path = "/adobe-commerce/rest/default/V1/orders"
    let answer = await bench.send(.get, path + "?" + text, signed("GET", path, query: query))
    #expect(answer.status == 200)
    #expect(answer.json["total_count"]?.integer == 1)
    #expect(answer.json.at("items.0.increment_id")?.string == "ORD-839207")
    #expect(answer.json.at("items.0.grand_total") == .number("395"))
    #expect(answer.json.at("items.0.items")?.array?.count == 4)
  }

  @Test func aSearchWithoutCriteriaIsRefused() async {
    let path = "/adobe-commerce/rest/default/V1/orders"
    let answer = await bench.send(.get, path, signed("GET", path))
    #expect(answer.status == 400)
    #expect(answer.json.at("parameters.fieldName")?.string == "searchCriteria")
  }

  @Test func theReasonsAreAttributes() async {
    let path = "/adobe-commerce/rest/default/V1/returnsAttributeMetadata"
    let answer = await bench.send(.get, path, signed("GET", path))
    #expect(answer.json.at("2.attribute_code")?.string == "reason")
    #expect(answer.json.at("2.options.1.value")?.string == "10")
  }

  // MARK: - The merchant

  @Test func everyStepIsToldOf() throws {
    let told = Mutex<[(topic: String, payload: JSONValue, id: String)]>([])
    let shop = AdobeCommerceShop(
      orders: .defaults, clients: AdobeCommerceClients(), options: AdobeCommerceOptions(), time: bench.time,
      identities: Identities(seed: 1, name: "test")
    ) { topic, payload, id in told.withLock { $0.append((topic, payload, id)) } }
    let merchant = AdobeCommerceMerchant(shop: shop)
    _ = try shop.returns(
      VendorRequest(
        method: .post, segments: [], query: .none, headers: [:],
        body: Array(
          #"""
          {"rmaDataObject":{"order_id":839201,"items":[{"order_item_id":83920101,"qty_requested":1,"reason":"10",
          "condition":"7","resolution":"5"}]}}
          """#.utf8), requestID: "r", origin: "http://shop.test"), [], isMetadata: false)
    let id = try #require(merchant.returns.first?["entity_id"]?.integer.map(String.init))
    #expect(throws: Problem.self) { try merchant.receive(id) }
    try merchant.authorize(id)
    try merchant.receive(id)
    try merchant.refund(id)
    #expect(throws: Problem.self) { try merchant.cancel(id) }
    #expect(throws: Problem.self) { try merchant.authorize("999") }
    let events = told.withLock { $0 }
    #expect(
      events.map(\.topic) == Array(repeating: "com.adobe.commerce.observer.rma_save_commit_after", count: 4)
        + ["com.adobe.commerce.observer.sales_order_creditmemo_save_after"])
    #expect(
      events.prefix(4).map { $0.payload.at("data.value.status")?.string } == [
        "pending", "authorized", "received", "processed_closed",
      ])
    #expect(events[0].payload["event_id"]?.string == events[0].id)
    #expect(Set(events.map(\.id)).count == 5)
  }
}
