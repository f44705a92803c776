import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct ControlPlaneTests {
  @Test func theJournalHoldsWhatWasReceivedWithoutSecrets() async {
    let bench = Bench()
    let token = await bench.guideShopToken()
    _ = await bench.genesysToken()
    let shopify = await bench.shopifyToken()
    _ = await bench.send(
      .get, "/guide-shop/orders/ORD-839201?x=1", ["authorization": "Bearer \(token)", "x-request-id": "call-9"])
    _ = await bench.send(
      .post, "/shopify/admin/api/2026-07/graphql.json", ["x-shopify-access-token": shopify], body: #"{"query":"{"}"#)
    let answer = await bench.send(.get, "/_journal/guide-shop")
    let entries = answer.json["entries"]?.array ?? []
    #expect(entries.map { $0["path"]?.string } == ["/guide-shop/oauth/token", "/guide-shop/orders/ORD-839201"])
    #expect(entries[0]["body"]?.string?.contains("client_id=ringback&client_secret=[masked]") == true)
    #expect(entries[1].at("headers.authorization")?.string == "Bearer [masked]")
    #expect(entries[1].at("headers.x-request-id")?.string == "call-9")
    #expect(entries[1]["query"]?.string == "x=1")
    #expect(entries[1]["status"]?.integer == 200)
    #expect(entries[1]["time"]?.string == "2026-11-21T09:30:00.000Z")
    var all = answer.text
    for vendor in ["shopify", "genesys"] { all += await bench.send(.get, "/_journal/\(vendor)").text }
    for secret in [token, shopify, "guide-shop-secret", "shopify-secret", Base64.standard.encode("7b1f0f6e".utf8)] {
      #expect(!all.contains(secret))
    }
  }

  @Test func theJournalIsReadOnFromAPlace() async {
    let bench = Bench()
    for _ in 0..<2 { _ = await bench.send(.get, "/guide-shop/orders/A") }
    bench.time.advance(by: .seconds(5))
    _ = await bench.send(.get, "/guide-shop/orders/B")
    func paths(_ since: String) async -> [String] {
      let answer = await bench.send(.get, "/_journal/guide-shop?since=\(since)")
      return answer.json["entries"]?.array?.compactMap { $0["path"]?.string } ?? []
    }
    #expect(await paths("2026-11-21T09:30:05Z") == ["/guide-shop/orders/B"])
    #expect(await paths("2") == ["/guide-shop/orders/B"])
    #expect(await paths("").count == 3)
    #expect(await bench.send(.get, "/_journal/guide-shop?since=yesterday").status == 422)
    #expect(await bench.send(.get, "/_journal/nobody").status == 404)
  }

  @Test func theJournalIsBoundedAndLongBodiesAreCut() async {
    let bench = Bench()
    let long = String(repeating: "x", count: Journal.bodyLimit + 1)
    _ = await bench.send(.post, "/guide-shop/orders/long", body: long)
    let first = await bench.send(.get, "/_journal/guide-shop").json.at("entries.0")
    #expect(first?["body_cut"]?.bool == true)
    #expect(first?["body"]?.string?.utf8.count == Journal.bodyLimit)
    for _ in 0..<(2 * Journal.capacity) { _ = await bench.send(.get, "/guide-shop/orders/A") }
    let entries = await bench.send(.get, "/_journal/guide-shop").json["entries"]?.array ?? []
    #expect(entries.count == Journal.capacity)
    #expect(entries.last?["seq"]?.integer == Int64(2 * Journal.capacity + 1))
  }

  @Test func droppedAnswersAreJournalled() async {
    let bench = Bench()
    _ = await bench.send(.put, "/_faults/genesys", body: #"{"reset":true}"#)
    _ = await bench.genesysToken()
    let entry = await bench.send(.get, "/_journal/genesys").json.at("entries.0")
    #expect(entry?["outcome"]?.string == "dropped")
    #expect(entry?["status"]?.isNull == true)
  }

  private func fill(_ bench: Bench, text: String) async {
    let headers: Headers = ["authorization": "Bearer \(await bench.genesysToken())"]
    let message: JSONValue = [
      "fromAddress": "+4930999999", "toAddress": "+4930123456701", "toAddressMessengerType": "sms",
      "textBody": .string(text),
    ]
    _ = await bench.send(.post, GenesysTests.api + "/messages/agentless", headers, body: message.text)
    let callback: JSONValue = [
      "queueId": .string(GenesysTests.queue), "callbackNumbers": ["+4930123456701"], "callbackUserName": .string(text),
      "data": .object([.init(text, .string(text))]),
    ]
    _ = await bench.send(.post, GenesysTests.api + "/callbacks", headers, body: callback.text)
    let mail: JSONValue = [
      "senderType": "Outbound", "fromAddress": ["email": .string("a@\(text)")],
      "toAddresses": [["email": .string("b@\(text)")]], "subject": .string(text), "htmlBody": .string(text),
    ]
    _ = await bench.send(.post, GenesysTests.api + "/emails/agentless", headers, body: mail.text)
  }

  @Test func theInboxListsWhatWasSentNewestFirst() async {
    let bench = Bench()
    await fill(bench, text: "Hello")
    bench.time.advance(by: .seconds(3))
    let items = await bench.send(.get, "/_inbox").json["items"]?.array ?? []
    #expect(items.map { $0["kind"]?.string } == ["email", "callback", "text"])
    #expect(items.map { $0["status"]?.string } == ["sent", "scheduled", "delivery-success"])
    #expect(items[2]["body"]?.string == "Hello")
    #expect(items[2]["to"]?.string == "+4930123456701")
    #expect(items[1]["scheduled_at"]?.string == "2026-11-21T09:30:00.000Z")
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</p><svg onload=x>",
  ])
  func theInboxPageShowsTextAsText(hostile: String) async {
    let bench = Bench()
    await fill(bench, text: hostile)
    let page = await bench.send(.get, "/_inbox", ["accept": "text/html,*/*;q=0.8"])
    #expect(page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
    #expect(!page.text.contains(hostile))
    #expect(page.text.components(of: hostile.escapedForHTML) >= 6)
    for mark in ["<script", "<img", "<svg", "http://", "https://", "//"] {
      #expect(!page.text.contains(mark), "\(mark)")
    }
    #expect(page.text.contains("prefers-color-scheme:dark"))
  }

  @Test func ordersFromAFileAreEscapedOnTheIndexPage() async {
    let orders = try? OrdersFile.read(
      yaml: """
        orders:
          - number: ORD-000001
            items: [{sku: A, title: "<script>x</script>", price: 1.00}]
        """)
    let page = await Bench(orders: orders ?? []).send(.get, "/", ["accept": "text/html"])
    #expect(!page.text.contains("<script>"))
    #expect(page.text.contains("&lt;script&gt;x&lt;/script&gt;"))
  }

  @Test func theIndexListsWhatThereIs() async {
    let bench = Bench()
    let json = await bench.send(.get, "/").json
    #expect(json.at("vendors")?.array?.count == Vendor.allCases.count)
    #expect(json.at("clients.guide-shop.client_id")?.string == "ringback")
    #expect(json["endpoints"]?["GET /guide-shop/orders/{order_id}"] != nil)
    let page = await bench.send(.get, "/", ["accept": "text/html"]).text
    #expect(page.contains("ORD-839201") && page.contains("/_inbox"))
  }

  @Test func resetIsAsAtTheStart() async {
    let bench = Bench()
    let token = await bench.genesysToken()
    await fill(bench, text: "Hello")
    _ = await bench.send(.put, "/_faults/genesys", body: #"{"status":503}"#)
    _ = await bench.send(.put, "/_limits", body: #"{"genesys_requests_per_minute":1}"#)
    #expect(await bench.send(.post, "/_reset").status == 204)
    #expect(await bench.send(.get, "/_inbox").json["items"]?.array?.isEmpty == true)
    #expect(await bench.send(.get, "/_journal/genesys").json["entries"]?.array?.isEmpty == true)
    #expect(await bench.send(.get, "/_limits").json["genesys_requests_per_minute"]?.integer == 300)
    #expect(await bench.genesysToken() == token, "the same seed starts again")
    _ = await bench.send(.post, "/_reset")
    let old = await bench.send(.get, GenesysTests.api + "/x", ["authorization": "Bearer \(token)"])
    #expect(old.status == 401)
  }

  @Test(arguments: [
    (#"{"genesys_requests_per_minute":0}"#, 422), (#"{"nonsense":1}"#, 422), ("[]", 422), ("x", 400),
    (#"{"shopify_points":10}"#, 200),
  ])
  func limitsAreChecked(body: String, status: Int) async {
    #expect(await Bench().send(.put, "/_limits", body: body).status == status)
  }

  @Test(arguments: [
    ("/_nothing", "GET", 404), ("/nobody/x", "GET", 404), ("/%zz", "GET", 404), ("/_reset", "GET", 405),
    ("/_inbox", "POST", 405), ("/_faults/shopify", "POST", 405), ("/_orders", "HEAD", 200),
  ])
  func otherPathsAndMethods(path: String, method: String, status: Int) async {
    let answer = await Bench().send(HTTPMessages.Method(method), path)
    #expect(answer.status == status)
    #expect((answer.headers["allow"] != nil) == (status == 405))
  }

  @Test func theSameSeedGivesTheSameAnswers() async {
    func play(_ seed: UInt64) async -> [String] {
      let bench = Bench(seed: seed)
      await fill(bench, text: "Hello")
      return [
        await bench.guideShopToken(), await bench.shopifyToken(), await bench.send(.get, "/_inbox").text,
        await bench.send(.get, "/_journal/genesys").text,
      ]
    }
    let first = await play(1)
    #expect(await play(1) == first)
    #expect(await play(2) != first)
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func components(of part: String) -> Int {
    var (count, rest) = (0, self[...])
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
