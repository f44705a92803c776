import Core
import Synchronization

/// The configuration as it is now. What may change while running is read from here each time it is used; the rest was
/// read once at the start.
final class LiveConfiguration: Sendable {
  private let state: Mutex<LoadedConfiguration>
  private let read: @Sendable () throws -> LoadedConfiguration

  /// - Parameter read: reads it anew from where it came from.
  init(_ read: @escaping @Sendable () throws -> LoadedConfiguration) throws {
    self.read = read
    state = Mutex(try read())
  }

  var current: Configuration { state.withLock { $0.configuration } }

  /// Reads it again. What is wrong leaves everything as it was.
  ///
  /// - Returns: the keys that have changed but take effect only after a restart.
  /// - Throws: `ConfigurationProblems`, `CommandFailure`.
  func reload() throws -> [String] {
    let next = try read()
    return state.withLock { loaded in
      let before = Dictionary(loaded.descriptions.map { ($0.key, $0.value) }) { $1 }
      defer { loaded = next }
      return next.descriptions.filter { !$0.isReloadable && before[$0.key] != $0.value }.map(\.key)
    }
  }
}
