import Core
import DatabaseTesting
import Storage
import Telemetry
import Testing

@testable import Jobs

@Suite struct JobMetricsTests {
  @Test(arguments: Engine.available)
  func runsAndWhatWaitsAreCounted(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let metrics = Metrics()
      let figures = JobMetrics(metrics, kinds: ["test"])
      func lines() -> [String] {
        String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").map(String.init)
          .filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") }
      }
      #expect(lines() == [])
      let handler = ScriptedHandler { job, _ in
        job.payload == Array("bad".utf8) ? .failed(reason: "422") : .done()
      }
      let bad = try await bench.enqueue(NewJob("bad"))[0]
      let good = try await bench.enqueue(NewJob("good"))[0]
      try await bench.running(bench.runner(handler, observe: figures.count)) {
        try await bench.eventually(bad, is: .failed)
        try await bench.eventually(good, is: .done)
      }
      try await bench.enqueue(NewJob("waits"))
      try await bench.enqueue(
        NewJob(kind: "test", payload: [], runAt: bench.time.now + .seconds(3_600)))
      bench.time.advance(by: .seconds(12))
      try await figures.recount(in: bench.database, time: bench.time)
      #expect(
        lines() == [
          #"ringback_dead_letters{kind="test"} 1"#, "ringback_jobs_oldest_ready_seconds 12", "ringback_jobs_ready 1",
          #"ringback_jobs_total{kind="test",outcome="done"} 1"#,
          #"ringback_jobs_total{kind="test",outcome="failed"} 1"#,
        ])
      try await bench.database.write { [queue = bench.queue] in try queue.discard(bad, by: "jo", in: $0) }
      try await figures.recount(in: bench.database, time: bench.time)
      #expect(!lines().contains { $0.hasPrefix("ringback_dead_letters") })
    }
  }
}
