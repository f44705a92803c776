import Core
import Jobs
import Storage

@testable import Orders

extension FeatureFixture {
  func callback(_ id: String) async throws -> CallbackRecord? {
    try await database.read { try CallbackTable(personal: .test).find(id, in: $0) }
  }

  func text(_ id: String) async throws -> TextRecord? {
    try await database.read { try TextTable(personal: .test).find(id, in: $0) }
  }

  /// Every value of every table of the room, as text.
  func dump() async throws -> String {
    try await database.read { connection in
      try ["orders_callbacks", "orders_open_callbacks", "orders_texts"].flatMap { table in
        try connection.query("SELECT * FROM \(table)").flatMap(\.values)
      }
    }.map { value in
      if case .blob(let bytes) = value { String(decoding: bytes, as: UTF8.self) } else { "\(value)" }
    }.joined(separator: "\n")
  }

  /// Takes one on and gives its id.
  func newCallback(_ body: String = #"{"number":"+49301234567","order_id":"ORD-839201"}"#) async -> String {
    await post("/v1/callbacks", body).json["callback_id"]?.string ?? ""
  }

  func newText(_ number: String = "+49301234567") async -> String {
    await post("/v1/orders/ORD-839201/text", #"{"number":"\#(number)"}"#).json["message_id"]?.string ?? ""
  }

  /// One attempt, as the runner would make it.
  func place(_ id: String) async throws -> JobOutcome { try await feature.placeCallback.attempt(id) {} }
  func send(_ id: String) async throws -> JobOutcome { try await feature.sendStatusText.attempt(id) {} }

  /// Runs the jobs that are due until `condition` holds, then lets the runner end.
  func runJobs(until condition: () -> Bool) async -> Bool {
    let runner = JobRunner(
      jobs, on: database, handlers: feature.jobHandlers, time: time, random: SeededRandom(seed: 4), logger: logger)
    async let running: Void = runner.run()
    let held = await eventually(condition)
    runner.drain(within: .seconds(60))
    await running
    return held
  }
}
