import Core
import Storage
import Synchronization

/// Whether there is room for one more: too many that wait are as bad as none that are taken, as they would be worked on
/// after their senders have given up.
///
/// Counting costs, so it is done once a second at most, by whoever comes then; in between, what was let in is counted on.
final class InboxAdmission: Sendable {
  private struct State {
    var countedAt: Duration?
    var waiting = 0
  }

  private static let pause = Duration.seconds(1)

  private let live: LiveWebhookSettings
  private let table: InboxTable
  private let services: WebhookInbox.Services
  private let state = Mutex(State())

  init(live: LiveWebhookSettings, table: InboxTable, services: WebhookInbox.Services) {
    self.live = live
    self.table = table
    self.services = services
  }

  /// - Throws: `Problem` 429; `DatabaseError`.
  func admit() async throws {
    let limit = live.backlog
    let now = services.time.uptime
    let isDue = state.withLock { state in
      if let countedAt = state.countedAt, now < countedAt + Self.pause { return false }
      state.countedAt = now
      return true
    }
    if isDue {
      let count = try await services.database.read { [table] in try table.backlog(upTo: limit, in: $0) }
      state.withLock { $0.waiting = count }
    }
    let hasRoom = state.withLock { state in
      guard state.waiting < limit else { return false }
      state.waiting += 1
      return true
    }
    if !hasRoom { throw Problem.webhooksOverloaded }
  }
}
