import Core
import Storage
import Synchronization

/// The rules as they are now, one for the whole room. Another instance, or `ringback rules add`, may add a version at any
/// time, so the table is asked again every few seconds.
package final class LiveRules: Sendable {
  /// A version in the table that this program does not understand: it was added by a newer one.
  package struct Unreadable: Error, Sendable, CustomStringConvertible {
    package let version: Int64
    package let problems: RuleProblems

    package var description: String { "version \(version) of the loyalty rules cannot be read:\n\(problems)" }
  }

  /// How long a version may go unnoticed.
  package static let interval = Duration.seconds(5)

  private struct State {
    /// The versions that count now or later, by when they take over.
    var books: [(activeFrom: Timestamp, book: RuleBook)] = []
    var latest: Int64 = 0
    var askedAt: Timestamp?
  }

  private let table = RulesTable()
  private let state = Mutex(State())

  package init() {}

  /// The rules that count at a time; a book without rules until they were loaded.
  package func current(at now: Timestamp) -> RuleBook {
    state.withLock { state in state.books.last { $0.activeFrom <= now }?.book ?? state.books.first?.book ?? RuleBook() }
  }

  /// Reads all anew, at the start and on SIGHUP. A programme without rules gets the built-in ones.
  ///
  /// - Parameter connection: one that may write.
  /// - Throws: `Unreadable`, `DatabaseError`; what was known stays.
  package func load(at now: Timestamp, in connection: any Connection) throws {
    try table.addDefault(now: now, in: connection)
    try read(at: now, in: connection)
  }

  /// Reads them if there is a new version and nobody has asked for `interval`.
  ///
  /// - Throws: `Unreadable`, `DatabaseError`; what was known stays, and is asked for again after `interval`.
  package func refresh(at now: Timestamp, in connection: any Connection) throws {
    let known = state.withLock { state -> Int64? in
      // A clock that was set back is no reason to wait for it.
      if let askedAt = state.askedAt, askedAt <= now, now < askedAt + Self.interval { return nil }
      state.askedAt = now
      return state.latest
    }
    guard let known else { return }
    let latest = try connection.query("SELECT MAX(version) FROM loyalty_rules").first?.get(0, as: Int64?.self)
    if latest != known { try read(at: now, in: connection) }
  }

  private func read(at now: Timestamp, in connection: any Connection) throws {
    let versions = try table.all(in: connection)
    let current = versions.current(at: now)
    // Versions that are over may be of a form that is no longer read.
    let wanted = versions.filter { $0 == current || $0.activeFrom > now }.sorted {
      ($0.activeFrom, $0.version) < ($1.activeFrom, $1.version)
    }
    let books = try wanted.map { rules in
      do throws(RuleProblems) {
        return (rules.activeFrom, try RuleBook(parsing: rules.document, version: rules.version))
      } catch {
        throw Unreadable(version: rules.version, problems: error)
      }
    }
    state.withLock { $0 = State(books: books, latest: versions.last?.version ?? 0, askedAt: now) }
  }
}
