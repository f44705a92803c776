import Core
import Synchronization

/// The configuration as it is now. What may change while running is read from here each time it is used, or taken on when
/// it is read again; the rest was read once at the start.
final class LiveConfiguration: Sendable {
  private let state: Mutex<Configuration>
  private let read: @Sendable () throws -> LoadedConfiguration
  /// The settings that the program was started with and runs with to its end.
  private let fixed: [String: String?]

  /// - Parameter read: reads it anew from where it came from.
  init(_ read: @escaping @Sendable () throws -> LoadedConfiguration) throws {
    self.read = read
    let loaded = try read()
    fixed = loaded.fixedSettings
    state = Mutex(loaded.configuration)
  }

  var current: Configuration { state.withLock { $0 } }

  /// Reads it again. What is wrong leaves everything as it was.
  ///
  /// - Parameter apply: takes it on; what it throws leaves everything as it was, too.
  /// - Returns: the keys that differ from what the program runs with, and take effect only after a restart.
  /// - Throws: `ConfigurationProblems`, `CommandFailure`, and what `apply` throws.
  func reload(_ apply: (Configuration) throws -> Void) throws -> [String] {
    let next = try read()
    try apply(next.configuration)
    state.withLock { $0 = next.configuration }
    let wanted = next.fixedSettings
    return Set(fixed.keys).union(wanted.keys).filter { fixed[$0] != wanted[$0] }.sorted()
  }
}

extension LoadedConfiguration {
  /// What needs a restart, as text; nil for what is not set.
  fileprivate var fixedSettings: [String: String?] {
    Dictionary(descriptions.filter { !$0.isReloadable }.map { ($0.key, $0.value) }) { $1 }
  }
}
