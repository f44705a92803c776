import Core
import DatabaseTesting
import HTTPMessages
import Storage
import Telemetry
import Testing

@testable import Loyalty

struct RewardMetricsTests {
  private static let redemptions = "ringback_loyalty_redemptions_total"
  private static let sessions = "ringback_loyalty_sessions_total"

  @Test func allSeriesAreThereFromTheStart() {
    let metrics = Metrics()
    _ = RewardsObserver(metrics)
    let text = String(decoding: metrics.render(), as: UTF8.self)
    for outcome in RewardsObserver.Redemption.allCases {
      #expect(text.contains("\(Self.redemptions){outcome=\"\(outcome.rawValue)\"} 0\n"))
    }
    for outcome in RewardsObserver.Session.allCases {
      #expect(text.contains("\(Self.sessions){outcome=\"\(outcome.rawValue)\"} 0\n"))
    }
  }

  @Test(arguments: Engine.available)
  func aRedemptionIsCountedByWhatCameOfIt(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1"])
      try await fixture.addReward("RWD-DEAR", codes: ["B-1"], with: [.init("point_cost", 9_000)])
      try await fixture.addReward("RWD-GOLD", codes: ["C-1"], with: [.init("tier", "gold")])
      try await fixture.addReward("RWD-ONE", codes: ["D-1", "D-2"], with: [.init("limit_per_customer", 1)])
      try await fixture.addReward("RWD-OFF", codes: ["E-1"], with: [.init("active", false)])
      try await fixture.earn(450)
      let token = try await fixture.session()
      for (id, cost, method, key, more, status) in [
        ("RWD-1", 100, "code", "k1", [], 201), ("RWD-1", 100, "code", "k1", [], 200),
        ("RWD-1", 100, "code", "k2", [], 409), ("RWD-1", 99, "code", "k1", [], 422),
        ("RWD-ONE", 100, "code", "k3", [], 201), ("RWD-ONE", 100, "code", "k4", [], 409),
        ("RWD-DEAR", 9_000, "code", "k5", [], 409), ("RWD-DEAR", 9, "code", "k6", [], 409),
        ("RWD-GOLD", 100, "code", "k7", [], 422), ("RWD-OFF", 100, "code", "k8", [], 422),
        ("RWD-NONE", 100, "code", "k9", [], 404), ("RWD-DEAR", 9_000, "webhook", "k10", [], 422),
        ("RWD-ONE", 100, "code", "k11", [.init("customer_hash", "bert")], 403),
      ] as [(String, Int64, String, String, [JSONValue.Member], Int)] {
        let answer = await fixture.redeem(token, id, cost: cost, by: method, key: key, more)
        #expect(answer.status == status, "\(id) \(key): \(answer.code ?? "")")
      }
      #expect(
        fixture.counted(Self.redemptions) == [
          "confirmed": 2, "repeated": 1, "out_of_stock": 1, "ledger_refused": 1, "limit_reached": 1,
          "insufficient_points": 1, "price_changed": 1, "tier_too_low": 1, "reward_not_available": 1,
          "reward_not_found": 1, "fulfillment_method_unknown": 1,
        ])
    }
  }

  @Test func whatIsGivenBackIsCountedOnce() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward()
      try await fixture.earn(100)
      let answer = await fixture.redeem(try await fixture.session(), by: "email", key: "k1")
      let receipt = try #require(answer.json["receipt_id"]?.string)
      fixture.mail.fail(.refused(reason: "no such address"))
      for _ in 0..<2 { _ = try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {} }
      #expect(fixture.counted(Self.redemptions) == ["confirmed": 1, "given_back": 1])
    }
  }

  /// Once each, however often it is said; a token that is good is not counted.
  @Test func aSessionIsCountedByWhatBecomesOfIt() async throws {
    try await RewardsFixture.with { fixture in
      let made = await fixture.send(
        .post, "/v1/portal/sessions", ["customer_id": "anna"], headers: ["idempotency-key": "s-1"])
      let again = await fixture.send(
        .post, "/v1/portal/sessions", ["customer_id": "anna"], headers: ["idempotency-key": "s-1"])
      #expect(again.json == made.json)
      let token = try #require(made.json["session_token"]?.string)
      let id = try #require(made.json["session_id"]?.string)
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).status == 200)
      #expect(fixture.counted(Self.sessions) == ["opened": 1])
      for _ in 0..<2 { _ = await fixture.send(.delete, "/v1/portal/sessions/\(id)") }
      #expect(await fixture.send(.get, "/v1/portal/account", token: token).code == "session_ended")
      #expect(await fixture.send(.get, "/v1/portal/account", token: "pst_none").code == "session_ended")
      #expect(fixture.counted(Self.sessions) == ["opened": 1, "revoked": 1, "refused": 2])
    }
  }
}
