import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct FaultTests {
  private func fault(_ bench: Bench, _ vendor: String, _ body: String) async -> Response {
    await bench.send(.put, "/_faults/\(vendor)", body: body)
  }

  @Test(arguments: [
    ("", 400, "not JSON"), ("[]", 422, "JSON object"), ("{}", 422, "empty"), (#"{"rate":0.5}"#, 422, "does nothing"),
    (#"{"latencyms":5}"#, 422, "Did you mean \"latency_ms\""), (#"{"latency_ms":-1}"#, 422, "latency_ms"),
    (#"{"latency_ms":"5"}"#, 422, "latency_ms"), (#"{"latency_ms":600001}"#, 422, "600000"),
    (#"{"status":99}"#, 422, "200 to 599"), (#"{"status":503,"rate":0}"#, 422, "rate"),
    (#"{"status":503,"rate":1.5}"#, 422, "rate"), (#"{"status":503,"reset":true}"#, 422, "Only one"),
    (#"{"hang":true,"reset":true}"#, 422, "Only one"), (#"{"hang":"yes"}"#, 422, "hang"),
    (#"{"latency_ms":5,"body":"x"}"#, 422, "status"), (#"{"status":429,"retry_after":-1}"#, 422, "retry_after"),
    (#"{"status":503,"for_requests":0}"#, 422, "for_requests"), (#"{"status":503,"path":"orders"}"#, 422, "path"),
    (#"{"status":503,"body_contains":""}"#, 422, "body_contains"),
  ])
  func nonsenseIsRefusedWithTheReason(body: String, status: Int, reason: String) async {
    let answer = await fault(Bench(), "shopify", body)
    #expect(answer.status == status)
    #expect((answer.json["detail"]?.string ?? "").contains(reason) || answer.text.contains(reason))
  }

  @Test func unknownVendorsAreNamed() async {
    let answer = await fault(Bench(), "amazon", #"{"status":503}"#)
    #expect(answer.status == 404)
    #expect(answer.json["detail"]?.string?.contains("guide-shop") == true)
  }

  @Test func faultsAreSetShownCountedDownAndRemoved() async {
    let bench = Bench()
    let path = "/guide-shop/orders/ORD-839201"
    let set = await fault(
      bench, "guide-shop", #"{"status":503,"body":{"oops":true},"retry_after":7,"for_requests":2,"path":"/orders"}"#)
    #expect(set.json["for_requests"]?.integer == 2)
    let token = await bench.guideShopToken()
    #expect(!token.isEmpty, "another path is not struck")
    let headers: Headers = ["authorization": "Bearer \(token)"]
    for _ in 0..<2 {
      let answer = await bench.send(.get, path, headers)
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "7")
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.text == #"{"oops":true}"#)
    }
    #expect(await bench.send(.get, path, headers).status == 200)
    #expect(await bench.send(.get, "/_faults/guide-shop").json == [:])
    _ = await fault(bench, "guide-shop", #"{"status":500,"body":"down"}"#)
    #expect(await bench.send(.get, "/_faults").json.at("guide-shop.status")?.integer == 500)
    #expect(await bench.send(.get, path, headers).text == "down")
    #expect(await bench.send(.delete, "/_faults/guide-shop").status == 204)
    #expect(await bench.send(.get, path, headers).status == 200)
  }

  @Test func oneVendorsFaultIsNotAnothers() async {
    let bench = Bench()
    _ = await fault(bench, "genesys", #"{"status":503}"#)
    #expect(await bench.shopifyToken() != "")
    #expect(await bench.genesysToken() == "")
    #expect(await bench.send(.delete, "/_faults").status == 204)
    #expect(await bench.genesysToken() != "")
  }

  @Test func latencyIsWaitedOnTheGivenClock() async {
    let bench = Bench()
    _ = await fault(bench, "guide-shop", #"{"latency_ms":2000,"jitter_ms":500}"#)
    async let answer = bench.guideShopToken()
    while bench.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    bench.time.advance(by: .milliseconds(1_999))
    #expect(bench.time.sleeperCount == 1)
    bench.time.advance(by: .milliseconds(501))
    #expect(await answer != "")
  }

  @Test func resetDropsWithoutActing() async {
    let bench = Bench()
    let token = await bench.genesysToken()
    _ = await fault(bench, "genesys", #"{"reset":true}"#)
    let answer = await text(bench, token)
    #expect(answer.disposition == .drop)
    #expect(bench.sandbox.current.inbox.all.isEmpty)
  }

  /// The hardest case for a client: it was done, and nobody says so.
  @Test(arguments: [
    (#"{"lose_answer":true}"#, true, 503), (#"{"lose_answer":true,"status":502}"#, false, 502),
  ])
  func actsAndThenLosesTheAnswer(body: String, drops: Bool, status: Int) async {
    let bench = Bench()
    let token = await bench.genesysToken()
    _ = await fault(bench, "genesys", body)
    let answer = await text(bench, token)
    #expect((answer.disposition == .drop) == drops)
    #expect(answer.status == status)
    #expect(bench.sandbox.current.inbox.all.count == 1)
  }

  @Test func hangEndsAfterTwoMinutes() async {
    let bench = Bench()
    _ = await fault(bench, "shopify", #"{"hang":true}"#)
    async let answer = bench.send(.post, "/shopify/admin/oauth/access_token")
    while bench.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    bench.time.advance(by: .seconds(119))
    #expect(bench.time.sleeperCount == 1)
    bench.time.advance(by: .seconds(1))
    #expect(await answer.disposition == .drop)
  }

  @Test func aClientThatGoesEndsTheWait() async {
    let bench = Bench()
    _ = await fault(bench, "shopify", #"{"hang":true}"#)
    let task = Task { await bench.send(.post, "/shopify/admin/oauth/access_token") }
    while bench.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    #expect(await task.value.disposition == .drop)
  }

  @Test func theRateIsDrawnFromTheSeed() async {
    func statuses(_ seed: UInt64) async -> [Int] {
      let bench = Bench(seed: seed)
      _ = await fault(bench, "guide-shop", #"{"status":503,"rate":0.5}"#)
      var statuses: [Int] = []
      for _ in 0..<200 { statuses.append(await bench.send(.get, "/guide-shop/orders/ORD-839201").status) }
      return statuses
    }
    let first = await statuses(1)
    #expect(await statuses(1) == first)
    #expect(await statuses(2) != first)
    #expect((60...140).contains(first.count { $0 == 503 }))
  }

  private func text(_ bench: Bench, _ token: String) async -> Response {
    await bench.send(
      .post, GenesysTests.api + "/messages/agentless", ["authorization": "Bearer \(token)"],
      body: """
        {"fromAddress":"+4930999999","toAddress":"+4930123456701","toAddressMessengerType":"sms","textBody":"Hello"}
        """)
  }
}
