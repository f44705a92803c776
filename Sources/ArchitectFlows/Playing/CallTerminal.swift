import Core
import Synchronization

/// The caller is gone.
package struct CallerHungUp: Error, Sendable {
  package init() {}
}

/// The caller's end of the line: hears prompts, presses keys, hangs up.
package protocol CallTerminal: Sendable {
  /// Called before a prompt is shown.
  func hear() async throws(CallerHungUp)
  /// A new input begins; keys of an earlier one are gone.
  func beginInput() async throws(CallerHungUp)
  /// The next key (`0`–`9`, `*`, `#`), or nil when none comes within `limit`.
  func key(within limit: Duration) async throws(CallerHungUp) -> Character?
  func endInput() async
  /// What is written in reply, or nil when nothing is within `limit`. Only message flows and bots ask for it.
  func text(within limit: Duration) async throws(CallerHungUp) -> String?
  /// Lets time pass that the flow wants to pass.
  func pause(_ duration: Duration) async throws(CallerHungUp)
}

/// A caller who does what a script says: groups of keys separated by commas, one for each input that the flow asks
/// for, and `hangup`. Where a group runs out, time runs out at once: nothing waits for real.
package final class ScriptedKeys: CallTerminal {
  private struct State {
    var groups: [Group]
    var current: [Character] = []
  }

  private enum Group: Sendable {
    case keys([Character])
    case hangUp
  }

  private let state: Mutex<State>

  /// - Parameter script: such as `839201#,1` or `839201#,hangup`. An empty group is a caller who says nothing.
  /// - Returns: nil when a group holds anything but keys or `hangup`.
  package init?(_ script: String) {
    var groups: [Group] = []
    for part in script.split(separator: ",", omittingEmptySubsequences: false) {
      let word = String(part).trimmed.lowercased()
      guard word != "hangup" else {
        groups.append(.hangUp)
        continue
      }
      let keys = word.filter { $0 != " " }
      guard keys.allSatisfy({ "0123456789*#".contains($0) }) else { return nil }
      groups.append(.keys(Array(keys)))
    }
    if script.trimmed.isEmpty { groups = [] }
    state = Mutex(State(groups: groups))
  }

  package func hear() async throws(CallerHungUp) {
    if isAboutToHangUp { throw CallerHungUp() }
  }

  package func beginInput() async throws(CallerHungUp) {
    let hasHungUp = state.withLock { state in
      guard !state.groups.isEmpty else {
        state.current = []
        return false
      }
      guard case .keys(let keys) = state.groups.removeFirst() else { return true }
      state.current = keys
      return false
    }
    if hasHungUp { throw CallerHungUp() }
  }

  package func key(within limit: Duration) async throws(CallerHungUp) -> Character? {
    state.withLock { $0.current.isEmpty ? nil : $0.current.removeFirst() }
  }

  package func endInput() async {}

  package func text(within limit: Duration) async throws(CallerHungUp) -> String? { nil }

  package func pause(_ duration: Duration) async throws(CallerHungUp) {
    if isAboutToHangUp { throw CallerHungUp() }
  }

  private var isAboutToHangUp: Bool {
    state.withLock { if case .hangUp? = $0.groups.first { true } else { false } }
  }
}

/// A customer who writes what a script says, one text for each that the flow waits for; `hangup` leaves.
package final class ScriptedTexts: CallTerminal {
  private let texts: Mutex<[String]>

  package init(_ texts: [String]) {
    self.texts = Mutex(texts)
  }

  package func hear() async throws(CallerHungUp) { try checkIsThere() }
  package func beginInput() async throws(CallerHungUp) { try checkIsThere() }
  package func key(within limit: Duration) async throws(CallerHungUp) -> Character? { nil }
  package func endInput() async {}
  package func pause(_ duration: Duration) async throws(CallerHungUp) { try checkIsThere() }

  package func text(within limit: Duration) async throws(CallerHungUp) -> String? {
    try checkIsThere()
    return texts.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  private func checkIsThere() throws(CallerHungUp) {
    if texts.withLock({ $0.first == "hangup" }) { throw CallerHungUp() }
  }
}
