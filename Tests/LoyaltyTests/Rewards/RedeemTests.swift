import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Loyalty

struct RedeemTests {
  @Test(arguments: Engine.available)
  func aCodeIsThereAtOnce(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1", "A-2"], with: [.init("stock", 5)])
      try await fixture.earn(250)
      let token = try await fixture.session()
      let answer = await fixture.redeem(token, key: "k1")
      #expect(answer.status == 201)
      let code = try #require(answer.json["code"]?.string)
      #expect(answer.json["status"]?.string == "fulfilled" && ["A-1", "A-2"].contains(code))
      #expect(answer.json["message"]?.string == "Your code for Coffee: \(code)")
      #expect(answer.json["available"]?.integer == 150 && answer.json["balance_version"]?.integer == 2)
      #expect(try await fixture.points() == (150, 0))
      #expect(try await fixture.stock() == 4)
      #expect(try await fixture.freeCodes() == 1)
      #expect(fixture.events.types == ["loyalty.reward_redeemed", "loyalty.reward_fulfilled"])
      #expect(try await fixture.books() == 0)
      // Codes do not lie about in the clear.
      let stored = try await fixture.database.rows("SELECT code FROM loyalty_reward_codes")
      #expect(
        try stored.allSatisfy { !String(decoding: try $0.get(0, as: [UInt8].self), as: UTF8.self).contains("A-") })
    }
  }

  @Test(arguments: Engine.available)
  func theSameKeyIsTheSameReceipt(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1", "A-2"])
      try await fixture.earn(250)
      let first = await fixture.redeem(try await fixture.session(), key: "k1")
      // Meanwhile all has changed, and it is asked from another device.
      _ = await fixture.send(.patch, "/v1/rewards/RWD-1", ["point_cost": 7, "active": false])
      fixture.time.advance(by: .seconds(60))
      let again = await fixture.redeem(try await fixture.session(), key: "k1")
      #expect(again.status == 200 && again.response.headers["idempotency-replayed"] == "true")
      #expect(again.json == first.json)
      #expect(try await fixture.points() == (150, 0))
      let other = await fixture.redeem(try await fixture.session(), cost: 7, key: "k1")
      #expect(other.status == 422 && other.code == "idempotency_key_reused")
    }
  }

  /// What is refused, with nothing changed by it.
  @Test(
    arguments: [
      ("a price from the console", 1, "code", [], 409, "price_changed"),
      ("an unknown reward", 100, "code", [.init("reward_id", "RWD-9")], 404, "reward_not_found"),
      ("a reward that is no id", 100, "code", [.init("reward_id", "' OR 1=1")], 404, "reward_not_found"),
      ("a method that it has not", 100, "webhook", [], 422, "fulfillment_method_unknown"),
      ("another customer", 100, "code", [.init("customer_hash", "bert")], 403, "wrong_customer"),
      ("a version of before", 100, "code", [.init("expected_version", 0)], 409, "balance_changed"),
      ("a price that is none", 100, "code", [.init("point_cost", "100")], 422, "redemption_invalid"),
      ("a card number", 100, "code", [.init("reward_id", "4111111111111111")], 422, "card_data_refused"),
    ] as [(String, Int64, String, [JSONValue.Member], Int, String)])
  func isRefused(
    _ what: String, _ cost: Int64, _ method: String, _ change: [JSONValue.Member], _ status: Int, _ code: String
  ) async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"], with: [.init("stock", 1)])
      try await fixture.earn(250)
      let token = try await fixture.session()
      var body: [JSONValue.Member] = [
        .init("reward_id", "RWD-1"), .init("point_cost", .integer(cost)), .init("fulfillment_method", .string(method)),
        .init("idempotency_key", "k1"),
      ]
      body.removeAll { old in change.contains { $0.name == old.name } }
      let answer = await fixture.send(.post, "/v1/portal/redeem", .object(body + change), token: token)
      #expect(answer.status == status && answer.code == code, "\(what): \(answer.json)")
      if code == "price_changed" { #expect(answer.json["point_cost"]?.integer == 100) }
      #expect(try await fixture.points() == (250, 0))
      #expect(try await fixture.stock() == 1)
      // The same key, meant well this time.
      #expect(await fixture.redeem(token, key: "k1").status == 201)
    }
  }

  @Test(
    arguments: [
      ("tier", [.init("tier", "silver")], 422, "tier_too_low"),
      ("start", [.init("available_from", "2026-11-21T12:00:01Z")], 422, "reward_not_available"),
      ("end", [.init("available_until", "2026-11-21T12:00:00Z")], 422, "reward_not_available"),
      ("active", [.init("active", false)], 422, "reward_not_available"),
      ("stock", [.init("stock", 0)], 409, "out_of_stock"),
      ("points", [.init("point_cost", 251)], 409, "insufficient_points"),
    ] as [(String, [JSONValue.Member], Int, String)])
  func theServerLooksAgain(_ what: String, _ change: [JSONValue.Member], _ status: Int, _ code: String) async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"], with: change)
      try await fixture.earn(250)
      let cost = change.first { $0.name == "point_cost" }?.value.integer ?? 100
      let answer = await fixture.redeem(try await fixture.session(), cost: cost, key: "k1")
      #expect(answer.status == status && answer.code == code, "\(what): \(answer.json)")
      #expect(try await fixture.points() == (250, 0))
      #expect(try await fixture.freeCodes() == 1)
    }
  }

  @Test func thePoolIsTheStockOfWhatComesAsACode() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"])
      try await fixture.earn(250)
      let token = try await fixture.session()
      #expect(await fixture.redeem(token, key: "k1").status == 201)
      #expect(await fixture.redeem(token, key: "k2").code == "out_of_stock")
      #expect(try await fixture.points() == (150, 0))
    }
  }

  @Test(arguments: Engine.available)
  func twoDevicesAtOnceOneWins(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1", "A-2"])
      try await fixture.earn(150)
      let tokens = [try await fixture.session(), try await fixture.session()]
      let answers = await withTaskGroup(of: RewardsFixture.Answer.self) { group in
        for (place, token) in tokens.enumerated() {
          group.addTask { await fixture.redeem(token, key: "device-\(place)") }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.map(\.status).sorted() == [201, 409])
      let loser = try #require(answers.first { $0.status == 409 })
      #expect(loser.code == "insufficient_points")
      #expect(loser.json["detail"]?.string?.contains("another device") == true)
      #expect(try await fixture.points() == (50, 0))
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func theLastOnesGoToAsManyAsThereAre(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(with: [.init("stock", 5)])
      var tokens: [String] = []
      for place in 0..<64 {
        try await fixture.earn(100, "customer-\(place)")
        tokens.append(try await fixture.session("customer-\(place)"))
      }
      let answers = await withTaskGroup(of: RewardsFixture.Answer.self) { [tokens] group in
        for (place, token) in tokens.enumerated() {
          group.addTask { await fixture.redeem(token, by: "email", key: "k-\(place)") }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0.status == 201 } == 5)
      #expect(answers.count { $0.code == "out_of_stock" } == 59)
      #expect(try await fixture.stock() == 0)
      #expect(try await fixture.count("loyalty_receipts") == 5)
      #expect(try await fixture.count("jobs") == 5)
      #expect(try await fixture.books() == 0)
    }
  }

  @Test(arguments: Engine.available)
  func theLimitHoldsHoweverManyAskAtOnce(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: (0..<64).map { "A-\($0)" }, with: [.init("limit_per_customer", 2)])
      try await fixture.earn(6_400)
      var tokens: [String] = []
      for _ in 0..<8 { tokens.append(try await fixture.session()) }
      let answers = await withTaskGroup(of: RewardsFixture.Answer.self) { [tokens] group in
        for place in 0..<64 { group.addTask { await fixture.redeem(tokens[place % 8], key: "k-\(place)") } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0.status == 201 } == 2)
      #expect(answers.count { $0.code == "limit_reached" } == 62)
      #expect(try await fixture.points() == (6_200, 0))
      #expect(try await fixture.freeCodes() == 62)
    }
  }

  /// A lot that ends between the look and the wish moves the version once, not for ever.
  @Test func aVersionThatHasMovedByItselfCanBeReadAgain() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"])
      try await fixture.earn(200)
      _ = try await fixture.ledger.ledger.post(
        LedgerCommand(
          .accrue(points: 50, expiresAt: fixture.time.now + .seconds(60)), for: LedgerFixture.customer("anna"), key: nil
        ))
      fixture.time.advance(by: .seconds(60))
      let token = try await fixture.session()
      let early = await fixture.redeem(token, key: "k1", [.init("expected_version", 2)])
      #expect(early.code == "balance_changed" && early.json["balance_version"]?.integer == 3)
      #expect(await fixture.redeem(token, key: "k1", [.init("expected_version", 3)]).status == 201)
    }
  }
}
