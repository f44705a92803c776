import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Jobs
import Storage
import Testing

@testable import Loyalty

struct FulfilmentTests {
  private struct Killed: Error {}

  private static let webhook: [JSONValue.Member] = [
    .init("fulfillment", ["methods": ["webhook"], "webhook_url": "https://shop.example/rewards"]), .init("stock", 3),
  ]

  /// Takes a reward by mail, with a code, or by webhook.
  private static func redeemed(_ fixture: RewardsFixture, by method: String) async throws -> String {
    if method == "email" {
      try await fixture.addReward(
        codes: ["A-1"], with: [.init("fulfillment", ["methods": ["email", "code"]]), .init("stock", 3)])
    } else {
      try await fixture.addReward(with: webhook)
    }
    try await fixture.earn(250)
    let answer = await fixture.redeem(try await fixture.session(), by: method, key: "k1")
    #expect(answer.status == 201 && answer.json["status"]?.string == "pending")
    #expect(answer.json["code"]?.isNull == true)
    #expect(try await fixture.points() == (150, 100))
    #expect(try await fixture.stock() == 2)
    return try #require(answer.json["receipt_id"]?.string)
  }

  private static func isGivenBack(_ fixture: RewardsFixture, _ receipt: String) async throws {
    #expect(try await fixture.status(receipt) == "failed")
    #expect(try await fixture.points() == (250, 0))
    #expect(try await fixture.stock() == 3)
    #expect(try await fixture.books() == 0)
    #expect(fixture.events.types == ["loyalty.reward_redeemed", "loyalty.reward_failed"])
    let token = try await fixture.session()
    let history = await fixture.send(.get, "/v1/portal/history", token: token).json["history"]
    #expect(history?[0]?["type"]?.string == "release" && history?[0]?["points"]?.integer == 100)
    #expect(history?[0]?["reason"]?.string == "Coffee could not be delivered")
    let shown = await fixture.send(.get, "/v1/portal/receipts", token: token).json["receipts"]?[0]
    #expect(shown?["status"]?.string == "failed")
    #expect(shown?["message"]?.string == "Coffee could not be delivered. You have 100 points back.")
  }

  @Test(arguments: Engine.available)
  func aMailIsSentOnceAndThePointsAreSpentThen(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      #expect(try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {} == .done(result: "mail-1"))
      #expect(try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {} == .done())
      #expect(fixture.mail.sent.map(\.address) == ["anna@example.com"])
      #expect(fixture.mail.sent.first?.subject == "Your reward: Coffee")
      #expect(fixture.mail.sent.first?.text.contains("Your code: A-1") == true)
      #expect(try await fixture.points() == (150, 0))
      #expect(try await fixture.status(receipt) == "fulfilled")
      #expect(fixture.events.types.last == "loyalty.reward_fulfilled")
      // The address has served.
      let address = try await fixture.database.rows("SELECT address FROM loyalty_receipts")
      #expect(address.map(\.values) == [[.null]])
    }
  }

  @Test(arguments: Engine.available)
  func aMailThatIsRefusedGivesAllBack(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      fixture.mail.fail(.refused(reason: "no such address"))
      let outcome = try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {}
      #expect(outcome == .failed(reason: "no such address"))
      try await Self.isGivenBack(fixture, receipt)
      #expect(try await fixture.freeCodes() == 1)
      // What failed does not count towards a limit, and is not begun anew.
      #expect(
        try await fixture.rewards.mailReward.attempt(receipt, byHand: true) {}
          == .failed(reason: "the points were given back"))
    }
  }

  @Test func aMailThatWasNotSentIsTriedAgainAndGivenUpInTime() async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      fixture.mail.fail(.notSent(reason: "busy", retryAfter: .seconds(7)))
      let job = fixture.rewards.mailReward
      #expect(try await job.attempt(receipt, byHand: false) {} == .retry(after: .seconds(7), reason: "busy"))
      #expect(try await fixture.status(receipt) == "pending")
      fixture.time.advance(by: FulfilmentPatience.mail)
      #expect(
        try await job.attempt(receipt, byHand: false) {} == .failed(reason: "it could not be sent in time"))
      try await Self.isGivenBack(fixture, receipt)
    }
  }

  /// Killed between the mark and the record: it may have been sent.
  @Test(arguments: Engine.available)
  func aMailInDoubtIsNotSentAgain(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      let job = fixture.rewards.mailReward
      _ = try await fixture.database.write {
        try $0.execute("UPDATE loyalty_receipts SET status = 'sending' WHERE id = $1", [receipt])
      }
      #expect(
        try await job.attempt(receipt, byHand: false) {} == .unknown(reason: "interrupted while it was sent"))
      #expect(try await job.attempt(receipt, byHand: false) {} == .unknown(reason: "it is in doubt"))
      #expect(fixture.mail.sent.isEmpty)
      #expect(try await fixture.points() == (150, 100))
      // A person knows better.
      #expect(try await job.attempt(receipt, byHand: true) {} == .done(result: "mail-1"))
      #expect(try await fixture.points() == (150, 0))
    }
  }

  @Test func nothingIsSentThatCannotBeMarked() async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      await #expect(throws: Killed.self) {
        try await fixture.rewards.mailReward.attempt(receipt, byHand: false) { throw Killed() }
      }
      #expect(fixture.mail.sent.isEmpty)
      #expect(try await fixture.status(receipt) == "pending")
    }
  }

  /// Nobody has looked for three days: the customer is right. What may have been sent does not go to another, though.
  @Test func whatIsLeftInDoubtGivesThePointsBack() async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "email")
      fixture.mail.fail(.unknown(reason: "the answer was lost"))
      #expect(
        try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {}
          == .unknown(reason: "the answer was lost"))
      fixture.time.advance(by: FulfilmentPatience.settle)
      try await fixture.rewards.sweep()
      #expect(try await fixture.status(receipt) == "failed")
      #expect(try await fixture.points() == (250, 0))
      #expect(try await fixture.stock() == 2)
      #expect(try await fixture.freeCodes() == 0)
    }
  }

  // MARK: - Webhooks

  @Test(arguments: Engine.available)
  func aWebhookThatIsTakenSpendsThePoints(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let receipt = try await Self.redeemed(fixture, by: "webhook")
      #expect(try await fixture.rewards.callFulfilment.attempt(receipt, isLast: false) == .done())
      let call = try #require(fixture.receiver.calls.first)
      #expect(call.id == receipt && call.url == "https://shop.example/rewards")
      let body = try JSONValue(parsing: call.body)
      #expect(body["type"]?.string == "loyalty.reward_due" && body["data"]?["reward_id"]?.string == "RWD-1")
      #expect(body["data"]?["customer_hash"]?.string == LedgerFixture.keys.hash("anna").handle)
      #expect(!String(decoding: call.body, as: UTF8.self).contains("anna"))
      #expect(try await fixture.points() == (150, 0))
      #expect(try await fixture.status(receipt) == "fulfilled")
    }
  }

  @Test(arguments: [true, false])
  func aWebhookThatFailsForGoodGivesAllBack(_ isRefused: Bool) async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "webhook")
      let job = fixture.rewards.callFulfilment
      if isRefused {
        fixture.receiver.say(.refused(reason: "the receiver answered 410"))
      } else {
        fixture.receiver.say(.failed(reason: "the receiver answered 503", retryAfter: .seconds(9)))
        #expect(
          try await job.attempt(receipt, isLast: false)
            == .retry(after: .seconds(9), reason: "the receiver answered 503"))
        #expect(try await fixture.points() == (150, 100))
      }
      let reason = isRefused ? "the receiver answered 410" : "the receiver answered 503"
      #expect(try await job.attempt(receipt, isLast: !isRefused) == .failed(reason: reason))
      try await Self.isGivenBack(fixture, receipt)
    }
  }

  /// Killed between the answer and the record: the receiver is told again, under the same id.
  @Test func aWebhookInDoubtIsSentAgain() async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "webhook")
      // The receiver took it, and then the process died: nothing was recorded.
      _ = fixture.receiver.answer(FulfilmentCall(id: receipt, url: "", body: []))
      #expect(try await fixture.rewards.callFulfilment.attempt(receipt, isLast: false) == .done())
      #expect(Set(fixture.receiver.calls.map(\.id)) == [receipt])
      #expect(try await fixture.points() == (150, 0))
    }
  }

  /// A server that was away for longer than a hold lasts: the reward is the customer's, and so is its price.
  @Test func aHoldThatIsOverIsPaidFromWhatIsThere() async throws {
    try await RewardsFixture.with { fixture in
      let receipt = try await Self.redeemed(fixture, by: "webhook")
      fixture.time.advance(by: FulfilmentPatience.hold)
      #expect(try await fixture.rewards.callFulfilment.attempt(receipt, isLast: false) == .done())
      #expect(try await fixture.points() == (150, 0))
      #expect(try await fixture.books() == 0)
    }
  }
}
