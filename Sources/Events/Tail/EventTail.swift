import Core
import Jobs
import Storage
import Synchronization
import Telemetry

/// Numbers the events, forgets old ones, and lets readers follow the new ones.
///
/// While anybody follows, it looks once a second, and at once when this process has put an event in. The latest events are
/// kept in memory, as all who follow want the same; who is further behind reads from the database.
package final class EventTail: Sendable {
  private struct State {
    var streams: [Int: Signal] = [:]
    var nextStream = 0
    var isClosed = false
    /// The last number whose event is in `recent`, or was; nil while nobody follows.
    var head: Int64?
    /// Without a gap.
    var recent: [Event] = []
    var maintainAt: Duration = .zero
  }

  static let heartbeat = Duration.seconds(15)
  private static let pollInterval = Duration.seconds(1)
  private static let maintenanceInterval = Duration.seconds(60)
  private static let recentCount = 1_000
  private static let batch = 1_000

  private let table = EventTable()
  private let configuration: EventsConfiguration
  private let database: any Database
  private let logger: Logger
  let time: any TimeSource
  private let state = Mutex(State())
  private let signal = Signal()

  init(_ configuration: EventsConfiguration, _ services: EventsFeature.Services) {
    self.configuration = configuration
    database = services.database
    logger = services.logger
    time = services.time
  }

  var source: String { configuration.source }
  var isClosed: Bool { state.withLock { $0.isClosed } }
  package var streamCount: Int { state.withLock { $0.streams.count } }

  /// An event is durable.
  func wake() {
    if state.withLock({ !$0.streams.isEmpty }) { signal.raise() }
  }

  /// Ends all streams, and lets nobody follow any more.
  package func close() {
    state.withLock { $0.isClosed = true }
    raiseAll()
  }

  // MARK: - Following

  /// - Parameter after: where to read on; nil for what comes from now on, and so is a number that was not given yet.
  /// - Throws: `Problem` when there are too many, `DatabaseError`.
  func follow(after: Int64?, types: [EventTypePattern]) async throws -> EventStream {
    // Counted before the first wait, so that no more come in than may.
    let (seat, ring) = try takeSeat()
    let stream = EventStream(tail: self, seat: seat, signal: ring, types: types)
    let last = try await catchUp()
    stream.begin(after: min(after ?? last, last))
    signal.raise()
    return stream
  }

  private func takeSeat() throws(Problem) -> (Int, Signal) {
    let ring = Signal()
    let seat: Result<Int, Problem> = state.withLock { state in
      if state.isClosed { return .failure(.stopping) }
      if state.streams.count >= configuration.maximumStreams { return .failure(.tooManyStreams) }
      state.nextStream += 1
      state.streams[state.nextStream] = ring
      return .success(state.nextStream)
    }
    return (try seat.get(), ring)
  }

  func leave(_ seat: Int) {
    state.withLock { $0.streams[seat] = nil }
  }

  /// Events after `sequence`, from memory where they are.
  func page(after sequence: Int64, types: [EventTypePattern], limit: Int) async throws -> EventTable.Page {
    let known: EventTable.Page? = state.withLock { state in
      guard let head = state.head else { return nil }
      if sequence >= head { return EventTable.Page(events: [], next: sequence) }
      guard let first = state.recent.first, first.sequence <= sequence + 1 else { return nil }
      let news = state.recent.drop { $0.sequence <= sequence }.prefix(limit)
      return EventTable.Page(events: news.filter { types.match($0.type) }, next: news.last?.sequence ?? sequence)
    }
    if let known { return known }
    return try await database.read { [table] in try table.page(after: sequence, types: types, limit: limit, in: $0) }
  }

  /// The same for who does not follow: up to what is durable now.
  func freshPage(after sequence: Int64, types: [EventTypePattern], limit: Int) async throws -> EventTable.Page {
    let sequence = min(sequence, try await catchUp())
    return try await database.read { [table] in try table.page(after: sequence, types: types, limit: limit, in: $0) }
  }

  // MARK: - Working

  /// Runs until the task is cancelled.
  package func run() async {
    await withTaskCancellationHandler {
      while !Task.isCancelled {
        await turn()
        await rest()
      }
    } onCancel: {
      signal.raise()
    }
  }

  private func turn() async {
    let now = time.uptime
    let (follows, maintains) = state.withLock { state in
      if state.streams.isEmpty { (state.head, state.recent) = (nil, []) }
      defer { if now >= state.maintainAt { state.maintainAt = now + Self.maintenanceInterval } }
      return (!state.streams.isEmpty, now >= state.maintainAt)
    }
    do {
      if follows || maintains {
        let last = try await catchUp()
        if follows { try await publish(upTo: last) }
      }
      if maintains { try await sweep() }
    } catch {
      logger.error("The events cannot be read", ["error": .string("\(error)")])
    }
    // Those for whom there is nothing new look whether a heartbeat is due.
    raiseAll()
  }

  private func raiseAll() {
    for stream in state.withLock({ Array($0.streams.values) }) { stream.raise() }
  }

  private func rest() async {
    let wait = state.withLock { state in
      state.streams.isEmpty ? max(.zero, state.maintainAt - time.uptime) : Self.pollInterval
    }
    let timer = Task { [time, signal] in
      if (try? await time.sleep(for: wait)) != nil { signal.raise() }
    }
    await signal.wait()
    timer.cancel()
  }

  /// Numbers what has none.
  ///
  /// - Returns: the last number.
  private func catchUp() async throws -> Int64 {
    while true {
      let position = try await database.read { [table] in try table.position(in: $0) }
      guard position.hasUnnumbered else { return position.last }
      try await database.write { [table] in try table.number(limit: Self.batch, in: $0) }
    }
  }

  private func publish(upTo last: Int64) async throws {
    guard var head = state.withLock({ $0.head }) else { return state.withLock { $0.head = last } }
    while head < last {
      let from = head
      let page = try await database.read { [table] in try table.page(after: from, limit: Self.batch, in: $0) }
      guard let newest = page.events.last?.sequence else { return }
      head = newest
      state.withLock { state in
        state.recent = (state.recent + page.events).suffix(Self.recentCount)
        state.head = newest
      }
    }
  }

  private func sweep() async throws {
    let oldest = time.now - configuration.retention
    while try await database.write({ [table] in try table.sweep(before: oldest, in: $0) }) == 1_000 {}
  }
}

extension Problem {
  static let tooManyStreams = Problem(
    status: 503, code: "too_many_streams", title: "Too many follow the events",
    detail: "This instance serves as many streams as it may (events.streams). Read pages instead, or try again.",
    retryAfter: .seconds(30))

  static let stopping = Problem(
    status: 503, code: "stopping", title: "Ringback is being stopped",
    detail:
      "This instance opens no more streams. Connect again; another instance answers, or this one after its restart.",
    retryAfter: .seconds(2))
}
