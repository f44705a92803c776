import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Loyalty

struct RewardRoutesTests {
  @Test(arguments: Engine.available)
  func aRewardIsAddedReadAndChanged(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let added = try await fixture.addReward(with: [
        .init("description", ["en": "<b>Hot</b>"]), .init("tier", "silver"), .init("stock", 100),
        .init("available_until", "2026-12-31T23:59:59Z"), .init("image_url", "/pictures/coffee.png"),
      ])
      #expect(added.status == 201 && added.response.headers["location"] == "/v1/rewards/RWD-1")
      #expect(await fixture.send(.get, "/v1/rewards/RWD-1").json == added.json)
      #expect(try await fixture.addReward().code == "reward_exists")
      let edited = await fixture.send(
        .patch, "/v1/rewards/RWD-1", ["tier": nil, "point_cost": 90, "title": ["en": "Tea"]])
      #expect(edited.json["tier"]?.isNull == true && edited.json["point_cost"]?.integer == 90)
      #expect(edited.json["stock"]?.integer == 100 && edited.json["image_url"]?.string == "/pictures/coffee.png")
      #expect(await fixture.send(.get, "/v1/rewards").json["rewards"]?.array?.count == 1)
      #expect(await fixture.send(.get, "/v1/rewards/RWD-2").code == "reward_not_found")
      #expect(await fixture.send(.patch, "/v1/rewards/RWD-1", ["stock": 3]).code == "reward_invalid")
    }
  }

  @Test(
    arguments: [
      ("reward_id", "coffee"), ("reward_id", "RWD-"), ("reward_id", "RWD-a"), ("title", [:]), ("title", "Coffee"),
      ("title", ["en": " "]), ("title", ["not a tag": "Coffee"]), ("point_cost", 0), ("point_cost", "100"),
      ("stock", -1), ("limit_per_customer", 0), ("image_url", "http://shop.example/x.png"),
      ("image_url", "//evil.example/x.png"), ("image_url", "javascript:alert(1)"), ("available_from", "tomorrow"),
      ("fulfillment", ["methods": []]), ("fulfillment", ["methods": ["pigeon"]]),
      ("fulfillment", ["methods": ["webhook"]]),
      ("fulfillment", ["methods": ["email"], "webhook_url": "https://shop.example"]),
      ("fulfillment", ["methods": ["webhook"], "webhook_url": "file:///etc/passwd"]),
      ("fulfillment", ["methods": ["webhook"], "webhook_url": "https://user@shop.example/"]),
      ("colour", "red"),
    ] as [(String, JSONValue)])
  func whatIsNoRewardIsRefused(_ member: String, _ value: JSONValue) async throws {
    try await RewardsFixture.with { fixture in
      let answer = try await fixture.addReward(with: [.init(member, value)])
      #expect(answer.status == 422 && answer.code == "reward_invalid")
      #expect(answer.json["member"]?.string?.hasPrefix(member) == true)
      #expect(try await fixture.count("loyalty_reward_catalog") == 0)
    }
  }

  @Test(arguments: Engine.available)
  func aStockIsNeverBelowZero(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(with: [.init("stock", 2)])
      let path = "/v1/rewards/RWD-1/stock"
      #expect(await fixture.send(.post, path, ["add": 10]).json["stock"]?.integer == 12)
      #expect(await fixture.send(.post, path, ["add": -13]).code == "reward_invalid")
      #expect(await fixture.send(.post, path, ["set": 0]).json["stock"]?.integer == 0)
      #expect(await fixture.send(.post, path, ["set": nil]).json["stock"]?.isNull == true)
      #expect(await fixture.send(.post, path, ["add": 1]).code == "reward_invalid")
      #expect(await fixture.send(.post, path, ["add": 1, "set": 2]).code == "reward_invalid")
      #expect(await fixture.send(.post, "/v1/rewards/RWD-9/stock", ["add": 1]).code == "reward_not_found")
    }
  }

  @Test(arguments: Engine.available)
  func codesThatAreKnownAreLeftOut(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: ["A-1", "A-2"])
      let again = await fixture.send(.post, "/v1/rewards/RWD-1/codes", ["codes": ["A-2", "A-3", "A-3"]])
      #expect(again.json == ["added": 1, "known": 2, "codes_left": 3])
      try await fixture.addReward("RWD-2")
      #expect(await fixture.send(.post, "/v1/rewards/RWD-2/codes", ["codes": ["A-1"]]).code == "reward_invalid")
    }
  }

  @Test func aRetryWithItsKeyAddsOnce() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(with: [.init("stock", 2)])
      for _ in 0..<2 {
        let answer = await fixture.send(
          .post, "/v1/rewards/RWD-1/stock", ["add": 10], headers: ["idempotency-key": "\"delivery-7\""])
        #expect(answer.json["stock"]?.integer == 12)
      }
    }
  }
}
