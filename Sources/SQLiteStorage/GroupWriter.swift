import EventLoop
import Storage
import Synchronization

/// A closure that waits to be written.
struct QueuedWrite: Sendable {
  /// Runs it; the outcome is kept back until the group is on the disk.
  let run: @Sendable (any Connection) -> Outcome
  let refuse: @Sendable (DatabaseError) -> Void

  struct Outcome {
    let failed: Bool
    let answer: () -> Void
  }

  init<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result,
    _ continuation: CheckedContinuation<Result, any Error>
  ) {
    run = { connection in
      do {
        let value = try body(connection)
        return Outcome(failed: false) { continuation.resume(returning: value) }
      } catch {
        return Outcome(failed: true) { continuation.resume(throwing: error) }
      }
    }
    refuse = { continuation.resume(throwing: $0) }
  }
}

/// The one thread that writes. Closures that wait while a commit is on its way to the disk make up the next group: one commit
/// carries them all, and nobody is answered before it.
///
/// A savepoint of its own for each makes SQLite keep a copy of every page that is changed under it, a quarter of the work of
/// a small transaction. So a group runs without; if one of it fails, the group is undone and runs again with savepoints, and
/// so do some groups after it.
final class GroupWriter: Sendable {
  private struct Queue {
    var waiting: [QueuedWrite] = []
    var isServed = false
    var closed = false
    var groups = 0
  }

  private let queue = Mutex(Queue())
  private let thread: BlockingPool
  /// Writes rows while the closure that has given them goes on.
  private let followers: BlockingPool
  /// Used on the writer's thread alone; nil after a failure that leaves a connection in doubt, until the next group.
  private nonisolated(unsafe) var handle: SQLiteHandle?
  /// How many groups are still to run with savepoints. Used on the writer's thread alone.
  private nonisolated(unsafe) var caution = 0
  private static let cautionAfterFailure = 64
  private let path: String
  private let options: SQLiteDatabase.Options

  init(path: String, options: SQLiteDatabase.Options) throws(DatabaseError) {
    self.path = path
    self.options = options
    handle = try SQLiteHandle(path: path, access: .writing, options: options)
    do {
      thread = try BlockingPool(name: "sqlite-write", threads: 1)
      followers = try BlockingPool(name: "sqlite-follow", threads: 1)
    } catch {
      handle?.close()
      throw .unavailable("There are no more threads to be had. Raise the limit on processes (ulimit -u).")
    }
  }

  func add(_ write: QueuedWrite) {
    enum Admission { case refused(DatabaseError), queued, first }
    let admission: Admission = queue.withLock { queue in
      if queue.closed { return .refused(.isClosed) }
      if queue.waiting.count >= options.queueCapacity { return .refused(.queueIsFull) }
      queue.waiting.append(write)
      defer { queue.isServed = true }
      return queue.isServed ? .queued : .first
    }
    switch admission {
    case .refused(let error): write.refuse(error)
    case .queued: break
    // The thread stops only after `closed` is set and the queue is served.
    case .first: try? thread.submit { [self] in serve() }
    }
  }

  /// Finishes what waits, runs `others`, folds the log into the file and closes it.
  func close(others: @escaping @Sendable () -> Void, finished: @escaping @Sendable () -> Void) {
    let first = queue.withLock { queue in
      defer { queue.closed = true }
      return !queue.closed
    }
    guard first else { return finished() }
    let end: @Sendable () -> Void = { [self] in
      serve()
      others()
      handle?.checkpoint()
      handle?.close()
      handle = nil
      finished()
      followers.stop()
      thread.stop()
    }
    do { try thread.submit(end) } catch { finished() }
  }

  var waitingCount: Int { queue.withLock { $0.waiting.count } }
  var groupCount: Int { queue.withLock { $0.groups } }

  /// For an opening that fails half-way: nothing waits yet.
  func abandon() {
    close(others: {}, finished: {})
  }

  private func serve() {
    while let group = nextGroup() { commit(group) }
  }

  private func nextGroup() -> [QueuedWrite]? {
    queue.withLock { queue in
      guard !queue.waiting.isEmpty else {
        queue.isServed = false
        return nil
      }
      queue.groups += 1
      let group = Array(queue.waiting.prefix(options.groupLimit))
      queue.waiting.removeFirst(group.count)
      return group
    }
  }

  private struct Member {
    let write: QueuedWrite
    let transaction: SQLiteTransaction
    let outcome: QueuedWrite.Outcome
  }

  private func commit(_ group: [QueuedWrite]) {
    var begun = group.startIndex
    var members: [Member] = []
    do throws(DatabaseError) {
      let handle = try openHandle()
      try handle.control("BEGIN IMMEDIATE")
      if let all = try runTogether(group, on: handle) {
        members = all
        begun = group.endIndex
      }
      while begun < group.endIndex {
        if let member = try run(group[begun], on: handle) { members.append(member) }
        begun += 1
      }
      try handle.control("COMMIT")
    } catch {
      // Nothing of the group is written, and what ailed it (a full disk, a lock) ails those that have not run yet too. A
      // new connection has forgotten whatever the old one was in the middle of.
      handle?.close()
      handle = nil
      for member in members { member.write.refuse(error) }
      for write in group[begun...] { write.refuse(error) }
      return
    }
    for member in members {
      member.transaction.runHooks()
      member.outcome.answer()
    }
  }

  private func openHandle() throws(DatabaseError) -> SQLiteHandle {
    if let handle { return handle }
    let opened = try SQLiteHandle(path: path, access: .writing, options: options)
    handle = opened
    return opened
  }

  /// - Returns: nil when the group is to run with savepoints; nothing of it is written then.
  /// - Throws: when the whole group is lost.
  private func runTogether(_ group: [QueuedWrite], on handle: SQLiteHandle) throws(DatabaseError) -> [Member]? {
    guard caution == 0 else {
      caution -= 1
      return nil
    }
    var members: [Member] = []
    for write in group {
      let transaction = SQLiteTransaction(handle, followers: followers)
      let outcome = write.run(transaction)
      transaction.end()
      if !handle.isInTransaction { throw transaction.failure ?? .unavailable("SQLite gave the transaction up.") }
      guard !outcome.failed, transaction.failure == nil else {
        caution = Self.cautionAfterFailure
        try handle.control("ROLLBACK")
        try handle.control("BEGIN IMMEDIATE")
        return nil
      }
      members.append(Member(write: write, transaction: transaction, outcome: outcome))
    }
    return members
  }

  /// - Returns: nil for a closure that failed, which is undone and answered at once.
  /// - Throws: when the whole group is lost.
  private func run(_ write: QueuedWrite, on handle: SQLiteHandle) throws(DatabaseError) -> Member? {
    try handle.control("SAVEPOINT member")
    let transaction = SQLiteTransaction(handle, followers: followers)
    let outcome = write.run(transaction)
    transaction.end()
    // SQLite gives a transaction up by itself after some errors, such as a full disk.
    if !handle.isInTransaction { throw transaction.failure ?? .unavailable("SQLite gave the transaction up.") }
    guard outcome.failed || transaction.failure != nil else {
      try handle.control("RELEASE member")
      return Member(write: write, transaction: transaction, outcome: outcome)
    }
    try handle.control("ROLLBACK TO member")
    try handle.control("RELEASE member")
    if let failure = transaction.failure, !outcome.failed { write.refuse(failure) } else { outcome.answer() }
    return nil
  }
}
