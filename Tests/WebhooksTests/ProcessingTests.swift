import Core
import DatabaseTesting
import Jobs
import Storage
import Testing

@testable import Webhooks

@Suite struct ProcessingTests {
  @Test(arguments: Engine.available)
  func aDeliveryReachesItsConsumer(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      bench.consumer.answer(.applied(note: "ret_1 is authorized"))
      _ = await bench.post()
      try await bench.work { try await $0.entries()[0].state != .received }
      let entry = try await bench.entries()[0]
      #expect(entry.state == .applied && entry.note == "ret_1 is authorized")
      let delivery = try #require(bench.consumer.seen.first)
      #expect(delivery.id == entry.id && delivery.source == "guide-shop" && delivery.deliveryID == "d-1")
      #expect(delivery.body == Array(Bench.body.utf8) && delivery.receivedAt == signedAt)
      #expect(bench.consumer.requestIDs == ["r-1"])
      #expect(bench.metric(#"ringback_webhook_consumptions_total{source="guide-shop",outcome="applied"} 1"#))
    }
  }

  @Test(arguments: [
    (Consumption.ignored(reason: "no such return"), InboxState.ignored, "done"),
    (.failed(reason: "the shop refused"), .failed, "failed"),
  ])
  func whatCameOfItIsWrittenDown(_ answer: Consumption, _ state: InboxState, _ job: String) async throws {
    try await Bench.with(.sqlite) { bench in
      bench.consumer.answer(answer)
      _ = await bench.post()
      try await bench.work { bench in
        try await bench.database.rows("SELECT state FROM jobs")[0].get(0, as: String.self) == job
      }
      let entry = try await bench.entries()[0]
      #expect(entry.state == state && entry.note != nil)
      #expect(
        bench.metric("ringback_webhook_consumptions_total{source=\"guide-shop\",outcome=\"\(state.rawValue)\"} 1"))
    }
  }

  @Test func aRetryComesLater() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.consumer.answer(.retry(after: .seconds(30), reason: "the shop is away"), .applied())
      _ = await bench.post()
      try await bench.work { bench in
        try await bench.database.rows("SELECT 1 FROM jobs WHERE state = 'ready' AND attempts = 1").count == 1
      }
      #expect(try await bench.entries()[0].state == .received)
      #expect(bench.metric(#"ringback_webhook_consumptions_total{source="guide-shop",outcome="retried"} 1"#))
      bench.time.advance(by: .seconds(33))
      try await bench.work { try await $0.entries()[0].state == .applied }
      #expect(bench.consumer.seen.count == 2)
    }
  }

  /// The last attempt ends the row, too; whoever replays the dead letter starts over.
  @Test func theLastAttemptEndsIt() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.consumer.answer(.retry(reason: "the shop is away"))
      _ = await bench.post()
      try await bench.database.write { try $0.execute("UPDATE jobs SET max_attempts = 1") }
      try await bench.work { try await $0.entries()[0].state == .failed }
      #expect(try await bench.entries()[0].note == "the shop is away")
      try await bench.database.write { try $0.execute("UPDATE jobs SET state = 'ready', max_attempts = 9") }
      try await bench.work { try await $0.entries()[0].state == .applied }
    }
  }

  /// A crash between the effect and its report runs the job again; one that came to its end is left alone.
  @Test func whatIsAppliedIsNotConsumedAgain() async throws {
    try await Bench.with(.sqlite) { bench in
      _ = await bench.post()
      let id = try await bench.entries()[0].id
      try await bench.work { try await $0.entries()[0].state == .applied }
      let (queue, payload) = (bench.queue, Array(id.utf8))
      let job = try await bench.database.write {
        try queue.enqueue(NewJob(kind: ProcessWebhookJob.kind, payload: payload), in: $0)
      }
      try await bench.work { try await $0.queue.find(job, in: $0.database)?.state == .done }
      #expect(bench.consumer.seen.count == 1)
    }
  }

  @Test(arguments: Engine.available)
  func whatIsOldIsSwept(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      _ = await bench.post()
      bench.time.advance(by: .seconds(7 * 86_400))
      _ = await bench.post(id: "d-2")
      #expect(try await bench.inbox.sweep() == 0)
      bench.time.advance(by: .microseconds(1))
      #expect(try await bench.inbox.sweep() == 1)
      #expect(try await bench.entries().map(\.deliveryID) == ["d-2"])
      // Its job finds nothing to do.
      try await bench.work { bench in
        try await bench.database.rows("SELECT 1 FROM jobs WHERE state = 'done'").count == 2
      }
      #expect(bench.consumer.seen.map(\.deliveryID) == ["d-2"])
    }
  }

  @Test func theListIsFiltered() async throws {
    try await Bench.with(.sqlite) { bench in
      _ = await bench.post(id: "a")
      bench.time.advance(by: .milliseconds(1))
      _ = await bench.post("{", id: "b")
      let table = bench.inbox.table
      let lists = try await bench.database.read { connection in
        [
          try table.list(limit: 9, in: connection), try table.list(limit: 1, in: connection),
          try table.list(source: "guide-shop", state: .received, limit: 9, in: connection),
          try table.list(source: "shopify", limit: 9, in: connection),
        ].map { $0.map(\.deliveryID) }
      }
      #expect(lists == [["b", "a"], ["b"], ["a"], []])
    }
  }

  /// What a consumer says is shown to people and stands in the clear.
  @Test func notesAreMasked() async throws {
    try await Bench.with(.sqlite) { bench in
      bench.consumer.answer(.ignored(reason: "4111 1111 1111 1111 is no return"))
      _ = await bench.post()
      try await bench.work { try await $0.entries()[0].state == .ignored }
      #expect(try await bench.entries()[0].note?.contains("4111 1111") == false)
    }
  }
}
