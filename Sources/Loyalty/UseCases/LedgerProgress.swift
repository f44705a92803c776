import Core
import Synchronization

/// Which commits are on their way to the disk.
///
/// A commit that others see already, though it is not durable yet, lets the next one begin: what that writes comes after it
/// on the disk too, so that one which is durable says the same of all before it. Nobody is answered, and no reader told,
/// before.
final class LedgerProgress: Sendable {
  private struct Commit {
    let number: Int
    let changes: LedgerBook.Changes
    /// The accounts whose rows show all now.
    let rows: [LedgerAccount]
  }

  private struct State {
    var begun = 0
    var visible: [Commit] = []
  }

  /// How many may be visible and not durable: as many connections wait for the disk and do nothing else.
  private static let limit = 3

  private let state = Mutex(State())

  /// - Returns: the number of a commit, one of each at a time.
  func begin() -> Int {
    state.withLock { state in
      state.begun += 1
      return state.begun
    }
  }

  /// Whether the next may begin before this one is durable.
  var hasRoom: Bool { state.withLock { $0.visible.count < Self.limit } }

  func isVisible(_ number: Int, _ changes: LedgerBook.Changes, rows: [LedgerAccount]) {
    state.withLock { $0.visible.append(Commit(number: number, changes: changes, rows: rows)) }
  }

  /// Tells readers of it, and of all before it.
  func isDurable(_ number: Int, tell readings: LedgerReadings) {
    state.withLock { state in
      for commit in state.visible.prefix(while: { $0.number <= number }) {
        readings.take(commit.changes, rows: commit.rows)
      }
      state.visible.removeAll { $0.number <= number }
    }
  }

  /// It came to nothing, or nobody knows.
  func failed(_ number: Int, tell readings: LedgerReadings) {
    state.withLock { state in
      guard let place = state.visible.firstIndex(where: { $0.number == number }) else { return }
      state.visible.remove(at: place)
      readings.doubt()
    }
  }

  /// Lets the next of the line begin, once.
  final class Turn: Sendable {
    private let next: Mutex<CheckedContinuation<Void, Never>?>

    init(_ next: CheckedContinuation<Void, Never>) {
      self.next = Mutex(next)
    }

    func pass() {
      let next = next.withLock { next in
        defer { next = nil }
        return next
      }
      next?.resume()
    }
  }
}
