import Core
import DatabaseTesting
import Jobs
import Resilience
import Storage
import Testing

@testable import Events

@Suite struct DeliveryTests {
  private static let otherSecret = "whsec_" + Base64.standard.encode([UInt8](repeating: 1, count: 32))

  private func with(
    _ engine: Engine = .sqlite, types: [String] = [], secrets: [String] = [Bench.secret],
    _ body: (Bench) async throws -> Void
  ) async throws {
    try await Bench.with(
      engine,
      configure: { $0.subscribers = [Subscriber($1, types: types, secrets: secrets)] }, body)
  }

  @Test(arguments: Engine.available)
  func aSubscriberIsSentWhatItWantsSigned(_ engine: Engine) async throws {
    try await with(engine, types: ["return.*"]) { bench in
      try await bench.delivering {
        let id = try await bench.append()
        try await bench.append("order.shipped")
        try await bench.eventually { try await bench.deliveries().map(\.state) == [.done] }
        let entries = try await bench.journal()
        #expect(entries.count == 1)
        let entry = try #require(entries.first)
        // The sandbox's subscriber has checked the signature by itself.
        #expect(entry["status"]?.integer == 200)
        #expect(entry["headers"]?["webhook-id"]?.string == id)
        #expect(entry["headers"]?["content-type"]?.string == "application/cloudevents+json")
        let body = try JSONValue(parsing: try #require(entry["body"]?.string))
        #expect(body["id"]?.string == id)
        #expect(body["data"] == ["status": "requested"])
        #expect(try await bench.state().lastSuccessAt == bench.time.now)
      }
    }
  }

  @Test func anAttemptThatFailsIsMadeAgainUnderTheSameID() async throws {
    try await with { bench in
      try await bench.setFault(#"{"status": 500, "for_requests": 1}"#)
      try await bench.delivering {
        let id = try await bench.append()
        try await bench.eventually { try await bench.state().failingSince != nil }
        try await bench.eventually { try await bench.deliveries().first?.state == .ready }
        let wait = try #require(try await bench.deliveries().first).runAt - bench.time.now
        #expect(wait >= .seconds(4) && wait <= .seconds(6))
        #expect(try await bench.state().lastError == "the subscriber answered 500")
        bench.time.advance(by: .seconds(6))
        try await bench.eventually(step: .milliseconds(50)) { try await bench.deliveries().first?.state == .done }
        let entries = try await bench.journal()
        #expect(entries.map { $0["status"]?.integer } == [500, 200])
        #expect(entries.allSatisfy { $0["headers"]?["webhook-id"]?.string == id })
        #expect(try await bench.state().failingSince == nil)
      }
    }
  }

  /// Longer than the schedule, and up to a tenth more, so that many that were told the same do not return together; never
  /// sooner than the schedule.
  @Test(arguments: [(120, 120_000...132_000), (1, 4_000...6_000), (0, 4_000...6_000)] as [(Int, ClosedRange<Int64>)])
  func retryAfterIsObeyed(_ asked: Int, _ milliseconds: ClosedRange<Int64>) async throws {
    try await with { bench in
      try await bench.setFault(#"{"status": 429, "retry_after": \#(asked)}"#)
      try await bench.delivering {
        try await bench.append()
        try await bench.eventually { try await bench.deliveries().first?.state == .ready }
        try await bench.eventually { try await bench.deliveries().first?.lastError != nil }
        let delivery = try #require(try await bench.deliveries().first)
        let wait = (delivery.runAt - bench.time.now).wholeMilliseconds
        #expect(milliseconds.contains(wait))
      }
    }
  }

  @Test(arguments: [302, 400, 404, 503])
  func onlySuccessIsSuccess(_ status: Int) async throws {
    try await with { bench in
      try await bench.setFault(#"{"status": \#(status)}"#)
      try await bench.delivering {
        try await bench.append()
        try await bench.eventually { try await bench.state().lastError == "the subscriber answered \(status)" }
        #expect(try await bench.state().disabledAt == nil)
      }
    }
  }

  @Test(arguments: Engine.available)
  func goneDisablesUntilSomebodyEnables(_ engine: Engine) async throws {
    try await with(engine) { bench in
      try await bench.setFault(#"{"status": 410}"#)
      try await bench.delivering {
        try await bench.append()
        try await bench.eventually { try await bench.deliveries().map(\.state) == [.failed] }
        #expect(try await bench.state().disabledReason == "it answered 410 Gone")
        try await bench.append()
        #expect(try await bench.deliveries().count == 1)
        try await bench.setFault(nil)
        #expect(try await bench.database.write { try SubscriberTable().enable("shop", in: $0) })
        #expect(try await !bench.database.write { try SubscriberTable().enable("shop", in: $0) })
        try await bench.append()
        try await bench.eventually { try await bench.deliveries().map(\.state) == [.failed, .done] }
        #expect(try await bench.journal().count == 2)
      }
    }
  }

  @Test func fiveDaysOfFailuresDisable() async throws {
    try await with { bench in
      try await bench.setFault(#"{"status": 500}"#)
      try await bench.delivering {
        try await bench.append()
        try await bench.eventually { try await bench.deliveries().first?.lastError != nil }
        bench.time.advance(by: .seconds(4 * 86_400))
        try await bench.eventually(step: .milliseconds(50)) { try await bench.journal().count == 2 }
        try await bench.eventually { try await bench.deliveries().first?.state == .ready }
        #expect(try await bench.state().disabledAt == nil)
        bench.time.advance(by: .seconds(86_400))
        try await bench.eventually(step: .milliseconds(50)) { try await bench.state().disabledAt != nil }
        #expect(try await bench.state().disabledReason?.hasPrefix("nothing but failures for five days") == true)
        try await bench.eventually { try await bench.deliveries().first?.state == .failed }
      }
    }
  }

  private static let rotations: [([String], Int64)] = [
    ([otherSecret, Bench.secret], 200), ([Bench.secret, otherSecret], 200), ([otherSecret], 401),
  ]

  @Test(arguments: rotations)
  func duringARotationBothSecretsSign(_ secrets: [String], _ status: Int64) async throws {
    try await with(secrets: secrets) { bench in
      try await bench.delivering {
        try await bench.append()
        try await bench.eventually { try await bench.journal().count == 1 }
        #expect(try await bench.journal().first?["status"]?.integer == status)
      }
    }
  }

  @Test func attemptsAndWaitsAreThoseOfStandardWebhooks() {
    let random = SeededRandom(seed: 9)
    let waits: [Int64] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]
    for (index, wait) in waits.enumerated() {
      let delay = DeliverySchedule.backoff.delay(afterFailures: index + 1, random: random) ?? .zero
      #expect(delay >= .milliseconds(wait * 800) && delay <= .milliseconds(wait * 1_200))
    }
    #expect(DeliverySchedule.attempts == 8)
    #expect(DeliverySchedule.backoff.delay(afterFailures: 8, random: random) == nil)
  }
}
