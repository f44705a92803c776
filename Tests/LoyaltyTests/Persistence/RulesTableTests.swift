import Core
import DatabaseTesting
import Storage
import Testing

@testable import Loyalty

@Suite struct RulesTableTests {
  private static let schema = Schema(room: "loyalty", steps: [RulesTable.createRules])
  private let table = RulesTable()
  private let noon = Timestamp("2026-11-21T12:00:00Z")!

  private func rules(_ points: Int) -> String { "rules: [{id: a, event_type: e, points: \(points)}]" }

  private func add(_ document: String, from: Timestamp? = nil, _ database: any Database) async throws -> Int64? {
    try await database.write { [noon] in
      try table.add(document, activeFrom: from ?? noon, now: noon, in: $0)?.version
    }
  }

  @Test(arguments: Engine.available)
  func theBuiltInRulesAreTheFirst(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      #expect(try await add(rules(1), database) == 2)
      let versions = try await database.read { try table.all(in: $0) }
      #expect(versions.map(\.version) == [1, 2])
      #expect(versions.map(\.document) == [RuleBook.defaultDocument, rules(1)])
      #expect(versions.map(\.activeFrom) == [Timestamp(microseconds: 0), noon])
    }
  }

  @Test(arguments: Engine.available)
  func whatChangesNothingIsNoVersion(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      let versions = [
        try await add(RuleBook.defaultDocument, database),
        try await add(rules(1), from: noon + .seconds(60), database),
        try await add(rules(1), from: noon + .seconds(90), database),
        try await add(rules(1), database),
      ]
      #expect(versions == [nil, 2, nil, 3])
    }
  }

  @Test(arguments: Engine.available)
  func manyAtOnceGetAVersionEach(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      let versions = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for points in 1...8 { group.addTask { try await add(rules(points), database) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(versions) == Set((2...9).map { $0 }))
    }
  }

  @Test func whatTookOverLastIsCurrent() {
    func version(_ number: Int64, _ seconds: Int64) -> RulesVersion {
      RulesVersion(version: number, document: "", createdAt: noon, activeFrom: Timestamp(seconds: seconds))
    }
    let versions = [version(1, 0), version(2, 100), version(3, 50), version(4, 50)]
    #expect(
      [-1, 0, 49, 50, 99, 100].map { versions.current(at: Timestamp(seconds: $0))?.version } == [nil, 1, 1, 4, 4, 2])
  }

  @Test(arguments: Engine.available)
  func liveRulesTakeOnWhatOthersAdd(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      let live = LiveRules()
      #expect(live.current(at: noon).version == 0)
      try await database.write { [noon] in try live.load(at: noon, in: $0) }
      #expect(live.current(at: noon).version == 1)
      #expect(live.current(at: noon).rules.count == 5)
      _ = try await add(rules(7), from: noon + .seconds(60), database)
      try await database.read { [noon] in try live.refresh(at: noon + .seconds(4), in: $0) }
      #expect(live.current(at: noon + .seconds(60)).version == 1)
      try await database.read { [noon] in try live.refresh(at: noon + .seconds(5), in: $0) }
      #expect(live.current(at: noon + .seconds(59)).version == 1)
      #expect(live.current(at: noon + .seconds(60)).version == 2)
      #expect(live.current(at: noon + .seconds(60)).rules.map(\.points) == [.fixed(7)])
    }
  }

  @Test(arguments: Engine.available)
  func whatCannotBeReadLeavesTheRulesAsTheyWere(_ engine: Engine) async throws {
    try await engine.withDatabase(schemas: [Self.schema]) { database in
      let live = LiveRules()
      try await database.write { [noon] in try live.load(at: noon, in: $0) }
      _ = try await add("rules: of a newer program", database)
      let later = noon + .seconds(10)
      let error = await #expect(throws: LiveRules.Unreadable.self) {
        try await database.read { try live.refresh(at: later, in: $0) }
      }
      #expect(error?.version == 2)
      #expect(live.current(at: later).version == 1)
      // One that it understands, or the end of the other, is enough.
      _ = try await add(rules(1), from: later, database)
      try await database.read { try live.refresh(at: later + .seconds(5), in: $0) }
      #expect(live.current(at: later + .seconds(5)).version == 3)
    }
  }
}
