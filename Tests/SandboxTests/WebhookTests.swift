import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Security
import Testing

@testable import Sandbox

@Suite struct WebhookTests {
  let receiver = WebhookReceiver()

  private func faults(_ bench: Bench, _ body: String) async {
    let answer = await bench.send(.put, "/_webhooks/guide-shop/faults", body: body)
    #expect(answer.status == 200, "\(answer.text)")
  }

  /// So many, each with its number.
  private func messages(_ count: Int, _ bench: Bench) {
    let emit = bench.sandbox.current.webhooks.emitter(of: .guideShop)
    for number in 0..<count { emit("return.updated", ["number": .integer(number)], "evt_\(number)") }
  }

  private func waits(_ bench: Bench) async -> Bool {
    await bench.deliveries().contains { $0["state"]?.string == "waiting" }
  }

  /// The numbers of `messages`, as they arrived.
  private var arrived: [Int64] {
    receiver.received.compactMap { (try? JSONValue(parsing: $0.body ?? []))?["number"]?.integer }
  }

  @Test func theShopSignsWhatItTells() async throws {
    let bench = Bench(receiver: receiver)
    let id = await bench.askForReturn().json["return_request_id"]?.string
    await bench.until("delivered")
    let request = try #require(receiver.received.first)
    #expect(request.url == Bench.returnsURL)
    #expect(request.method == .post)
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["x-topic"] == "return.updated")
    #expect(request.headers["x-timestamp"] == "\(Timestamp("2026-11-21T09:30:00Z")!.seconds)")
    let signature = try #require(request.headers["x-signature"].flatMap { [UInt8](hex: $0) })
    let body = try #require(request.body)
    #expect(HMACSHA256.isValid(signature, for: body, key: Array("guide-shop-webhook-secret".utf8)))
    let told = try JSONValue(parsing: body)
    #expect(told["type"]?.string == "return.updated")
    #expect(told["return_request_id"]?.string == id)
    #expect(told["order_id"]?.string == "ORD-839201")
    #expect(told["external_reference"]?.string == "ret_1")
    let listed = await bench.deliveries()
    #expect(listed.first?["delivery_id"]?.string == request.headers["x-delivery-id"])
    #expect(listed.first?.at("attempts.0.status")?.integer == 204)
  }

  @Test func theMerchantsDecisionIsToldWithoutBeingAskedFor() async {
    let bench = Bench(receiver: receiver)
    await bench.askForReturn()
    while bench.time.sleeperCount < 1 { try? await Task.sleep(for: .milliseconds(1)) }
    bench.time.advance(by: .seconds(2))
    while receiver.received.count < 2 { try? await Task.sleep(for: .milliseconds(1)) }
    let told = receiver.received.compactMap { (try? JSONValue(parsing: $0.body ?? []))?["status"]?.string }
    #expect(told.sorted() == ["authorized", "pending"])
  }

  @Test func triesAgainOnTheVendorsSchedule() async {
    let bench = Bench(receiver: receiver)
    receiver.answer(
      .success(503), .failure(.timedOut), .success(302), .failure(.notSent(reason: "refused")), .success(401))
    messages(1, bench)
    var pauses: [Int64] = []
    for attempts in 1...5 {
      while await (bench.deliveries().first?["attempts"]?.array?.count ?? 0) < attempts {
        try? await Task.sleep(for: .milliseconds(1))
      }
      guard let next = await bench.deliveries().first?["next_attempt_at"]?.string.flatMap({ Timestamp($0) }) else {
        break
      }
      let pause = next - bench.time.now
      pauses.append(pause.components.seconds)
      while bench.time.sleeperCount < 1 { try? await Task.sleep(for: .milliseconds(1)) }
      bench.time.advance(by: pause - .milliseconds(1))
      for _ in 0..<100 { await Task.yield() }
      #expect(receiver.received.count == attempts, "not a moment too soon")
      bench.time.advance(by: .milliseconds(1))
    }
    #expect(pauses == [10, 60, 300, 1_800])
    #expect(receiver.received.count == 5)
    let delivery = await bench.deliveries().first
    #expect(delivery?["state"]?.string == "failed")
    #expect(
      delivery?["attempts"]?.array?.map { $0["error"]?.string ?? $0["status"].map(\.text) } == [
        "503", "no answer in time", "302", "not connected: refused", "401",
      ])
    #expect(Set(receiver.received.map { $0.headers["x-delivery-id"] }).count == 1)
    #expect(Set(receiver.received.map { $0.headers["x-timestamp"] }).count == 5)
  }

  @Test func schedulesAreTheVendors() {
    #expect(WebhookStyle.guideShopRetries.map(\.components.seconds) == [10, 60, 300, 1_800])
    #expect(WebhookStyle.shopifyRetries.count == 8)
    #expect(WebhookStyle.shopifyRetries.reduce(.zero, +) == .seconds(4 * 3_600))
  }

  @Test func aShareComesTwiceWithTheSameID() async {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"duplicate":0.5}"#)
    messages(40, bench)
    await bench.until("delivered")
    let ids = receiver.received.compactMap { $0.headers["x-delivery-id"] }
    #expect(Set(ids).count == 40)
    #expect((50...70).contains(ids.count))
    #expect(await bench.deliveries().filter { $0["duplicate"]?.bool == true }.count == ids.count - 40)
  }

  @Test func aShareNeverComes() async {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"drop":0.5}"#)
    messages(40, bench)
    while await bench.deliveries().contains(where: { !["dropped", "delivered"].contains($0["state"]?.string) }) {
      await Task.yield()
    }
    let dropped = await bench.deliveries().filter { $0["state"]?.string == "dropped" }.count
    #expect((10...30).contains(dropped))
    #expect(receiver.received.count == 40 - dropped)
  }

  @Test func laterOnesOvertake() async {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"reorder":true,"delay_ms":500}"#)
    messages(10, bench)
    for _ in 0..<30 {
      while await bench.deliveries().contains(where: { $0["state"]?.string == "sending" }) {
        try? await Task.sleep(for: .milliseconds(1))
      }
      if receiver.received.isEmpty { #expect(bench.time.uptime <= .milliseconds(2_500)) }
      while await waits(bench), bench.time.sleeperCount < 1 { try? await Task.sleep(for: .milliseconds(1)) }
      guard await waits(bench) else { break }
      bench.time.advance(by: .milliseconds(100))
      for _ in 0..<100 { await Task.yield() }
    }
    #expect(bench.time.uptime >= .milliseconds(500))
    #expect(arrived.sorted() == Array(0..<10))
    #expect(arrived != Array(0..<10))
  }

  @Test func whatIsHeldGoesOutWhenItIsReleased() async {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"hold":true}"#)
    messages(2, bench)
    #expect(await bench.deliveries().map { $0["state"]?.string } == ["held", "held"])
    #expect(await bench.send(.post, "/_webhooks/guide-shop/release").json["released"]?.integer == 2)
    await bench.until("delivered")
    messages(1, bench)
    #expect(await bench.deliveries().last?["state"]?.string == "held")
    #expect(await bench.send(.delete, "/_webhooks/guide-shop/faults").status == 204)
    await bench.until("delivered")
    #expect(receiver.received.count == 3)
  }

  @Test func signaturesAndTimesThatAreWrong() async throws {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"corrupt_signature":1,"stale_timestamp":true}"#)
    messages(1, bench)
    await bench.until("delivered")
    let request = try #require(receiver.received.first)
    let signature = try #require(request.headers["x-signature"].flatMap { [UInt8](hex: $0) })
    #expect(signature.count == 32)
    #expect(!HMACSHA256.isValid(signature, for: request.body ?? [], key: Array("guide-shop-webhook-secret".utf8)))
    #expect(request.headers["x-timestamp"] == "\(Timestamp("2026-11-21T09:20:00Z")!.seconds)")
    #expect(await bench.deliveries().first?.at("attempts.0.corrupt_signature")?.bool == true)
  }

  @Test func withoutATargetOrAClientTheyAreRecorded() async {
    let alone = Bench()
    _ = await alone.send(.put, "/_webhooks/guide-shop", body: #"{"url":"http://127.0.0.1:1/"}"#)
    await alone.askForReturn()
    #expect(await alone.deliveries().map { $0["state"]?.string } == ["recorded"])
    let bench = Bench(receiver: receiver)
    #expect(await bench.send(.delete, "/_webhooks/guide-shop").status == 204)
    await bench.askForReturn()
    #expect(await bench.deliveries().map { $0["state"]?.string } == ["recorded"])
    #expect(receiver.received.isEmpty)
    #expect(await bench.send(.put, "/_webhooks/guide-shop", body: #"{"url":"ftp://x"}"#).status == 422)
  }

  @Test func resetForgetsAllButWhereTheyGo() async {
    let bench = Bench(receiver: receiver)
    await faults(bench, #"{"hold":true}"#)
    messages(3, bench)
    let old = bench.sandbox.current.webhooks
    #expect(await bench.send(.post, "/_reset").status == 204)
    #expect(await bench.deliveries().isEmpty)
    #expect(await bench.send(.get, "/_webhooks/guide-shop/faults").json == [:])
    #expect(await bench.send(.get, "/_webhooks").json["guide-shop"]?.string == Bench.returnsURL)
    _ = old.release(.guideShop)
    messages(1, bench)
    await bench.until("delivered")
    #expect(arrived == [0])
  }

  @Test func theSameSeedMisbehavesInTheSameWay() async {
    func play(_ seed: UInt64) async -> [JSONValue] {
      let bench = Bench(receiver: WebhookReceiver(), seed: seed)
      await faults(bench, #"{"hold":true,"drop":0.3,"duplicate":0.3}"#)
      messages(20, bench)
      return await bench.deliveries()
    }
    let first = await play(1)
    #expect(await play(1) == first)
    #expect(await play(2) != first)
  }

  @Test(arguments: [
    (#"{"duplicate":1.5}"#, 422), (#"{"nonsense":1}"#, 422), ("[]", 422), ("x", 400), (#"{"delay_ms":-1}"#, 422),
    ("{}", 200),
  ])
  func faultsAreChecked(body: String, status: Int) async {
    #expect(await Bench().send(.put, "/_webhooks/guide-shop/faults", body: body).status == status)
  }

  @Test func theSoonestComesFirstAndThenTheFirst() {
    var agenda = Agenda<Int>()
    for (item, due) in [(1, 5), (2, 3), (3, 5), (4, 1), (5, 3)] { agenda.add(item, due: .seconds(due)) }
    #expect(agenda.takeDue(at: .seconds(0)) == nil)
    var taken: [Int] = []
    while let item = agenda.takeDue(at: .seconds(9)) { taken.append(item) }
    #expect(taken == [4, 2, 5, 1, 3])
  }
}
