import Core
import DatabaseTesting
import Foundation
import Storage
import Testing

@testable import Events

@Suite struct OutboxTests {
  private let table = EventTable()

  private func page(_ bench: Bench, after: Int64 = 0, types: [String] = [], limit: Int = 100) async throws
    -> EventTable.Page
  {
    try await bench.feature.tail.freshPage(after: after, types: types.compactMap(EventTypePattern.init), limit: limit)
  }

  @Test(arguments: Engine.available)
  func anEventIsACloudEventAndThereWithItsTransaction(_ engine: Engine) async throws {
    struct RolledBack: Error {}
    try await Bench.with(engine) { bench in
      let outbox = bench.feature.outbox
      await #expect(throws: RolledBack.self) {
        try await bench.database.write { connection in
          try outbox.append(type: "return.closed", subject: "ret_0", time: bench.time.now, data: "{}", in: connection)
          throw RolledBack()
        }
      }
      let id = try await bench.append(data: ["status": "requested", "note": "a \"b\"\n"])
      let event = try #require(try await page(bench).events.first)
      #expect(
        try JSONValue(parsing: event.cloudEvent(source: "https://ringback.example.com")) == [
          "specversion": "1.0", "id": .string(id), "source": "https://ringback.example.com", "type": "return.requested",
          "subject": "ret_1", "time": .string("\(bench.time.now)"), "datacontenttype": "application/json",
          "data": ["status": "requested", "note": "a \"b\"\n"],
        ])
      #expect(id.hasPrefix("evt_"))
      #expect(event.sequence == 1)
    }
  }

  @Test(arguments: Engine.available)
  func pagesFollowEachOther(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      for index in 1...7 {
        try await bench.append(index.isMultiple(of: 2) ? "return.closed" : "order.shipped", subject: "\(index)")
      }
      let first = try await page(bench, limit: 3)
      #expect(first.events.map(\.subject) == ["1", "2", "3"])
      #expect(first.next == 3)
      let rest = try await page(bench, after: first.next, limit: 100)
      #expect(rest.events.map(\.sequence) == [4, 5, 6, 7])
      #expect(rest.next == 7)
      #expect(try await page(bench, types: ["return.*"]).events.map(\.subject) == ["2", "4", "6"])
      #expect(try await page(bench, types: ["return.*", "order.shipped"], limit: 4).next == 4)
      // What was passed over is not read again.
      #expect(try await page(bench, after: 6, types: ["return.*"]).next == 7)
      #expect(try await page(bench, types: ["return"]).events.isEmpty)
      // A number that was not given yet, as after a restore of the database.
      #expect(try await page(bench, after: 1_000).next == 7)
    }
  }

  /// The one that began first commits last, and is still seen by who read on meanwhile.
  @Test(.enabled(if: Engine.available.contains(.postgres)))
  func aLateCommitIsNotSkipped() async throws {
    try await Bench.with(.postgres) { bench in
      let (outbox, time) = (bench.feature.outbox, bench.time)
      let (begun, mayCommit) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      async let late = bench.database.write { connection in
        try outbox.append(type: "return.closed", subject: "late", time: time.now, data: "{}", in: connection)
        begun.signal()
        mayCommit.wait()
      }
      try await bench.eventually { begun.wait(timeout: .now()) == .success }
      try await bench.append("return.closed", subject: "early")
      let first = try await page(bench)
      #expect(first.events.map(\.subject) == ["early"])
      mayCommit.signal()
      _ = try await late
      #expect(try await page(bench, after: first.next).events.map(\.subject) == ["late"])
    }
  }

  /// Several processes write and number at once; a reader that only ever reads on sees everything, once, without a gap.
  @Test(arguments: Engine.available)
  func nothingIsSkippedUnderLoad(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      let features = (0..<3).map { _ in bench.otherProcess(on: bench.database) }
      try await withThrowingTaskGroup { group in
        for (index, feature) in features.enumerated() {
          group.addTask {
            for each in 0..<40 {
              try await bench.append(subject: "\(index)-\(each)", by: feature)
              _ = try await feature.tail.freshPage(after: 0, types: [], limit: 1)
            }
          }
        }
        var seen: [Event] = []
        while seen.count < 120 {
          let next = try await page(bench, after: seen.last?.sequence ?? 0, limit: 7)
          seen += next.events
        }
        #expect(seen.map(\.sequence) == (1...120).map(Int64.init))
        #expect(Set(seen.map(\.subject)).count == 120)
        for index in 0..<3 {
          let own = seen.map(\.subject).filter { $0.hasPrefix("\(index)-") }
          #expect(own == (0..<40).map { "\(index)-\($0)" })
        }
        try await group.waitForAll()
      }
    }
  }

  @Test(arguments: Engine.available)
  func oldEventsAreForgottenAndTheirNumbersNotGivenAgain(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      try await bench.append(subject: "old")
      #expect(try await page(bench).next == 1)
      bench.time.advance(by: .seconds(31 * 86_400))
      try await bench.append(subject: "new")
      try await bench.tailing {
        try await bench.eventually { try await bench.database.rows("SELECT 1 FROM events").count == 1 }
      }
      #expect(try await page(bench).events.map { "\($0.sequence) \($0.subject)" } == ["2 new"])
    }
  }

  @Test(arguments: [
    ("return.*", "return.closed", true), ("return.*", "returns.closed", false), ("*", "order.shipped", true),
    ("return.closed", "return.closed", true), ("return.closed", "return.closed.again", false),
  ])
  func patterns(_ pattern: String, _ type: String, _ matches: Bool) throws {
    #expect(try #require(EventTypePattern(pattern)).matches(type) == matches)
  }

  @Test(arguments: ["", ".", "return.", "*.closed", "Return.closed", "return.**", "a b", "a,b"])
  func noPatterns(_ text: String) {
    #expect(EventTypePattern(text) == nil)
  }
}
