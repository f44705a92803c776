import Core
import EventLoop
import Glibc
import Storage
import Synchronization

/// A SQLite file: one writer thread that commits what waits together, several readers, nothing lost that was answered.
///
/// The journal is a write-ahead log with `synchronous=FULL`: `write` returns when the log is on the disk. Several processes
/// may open the same file, on a local disk: SQLite's own locks keep their transactions apart, and a writer waits for the
/// other's group, up to `lockTimeout`. That is how a command-line verb works beside a running server.
///
/// A database is closed with `close()`; its threads hold it until then.
package final class SQLiteDatabase: Database {
  package struct Options: Sendable {
    /// How much of the file the writer keeps in memory. SQLite's own 2 MB is too little for tables of a million rows.
    package var cacheKiB = 32 * 1_024
    /// How long the log is, in pages of 4 KiB, when the writer copies it into the file. SQLite's own 1,000 are full after
    /// some thirty commits, and each time a commit waits for a thousand pages and two disk flushes: a third of the
    /// throughput. More than these hardly help, and a process that was killed reads the log when it starts again.
    package var logPages = 8_192
    package var readers = 4
    /// How many closures may wait, for writing and for reading; one more is `DatabaseError.unavailable`.
    package var queueCapacity = 10_000
    /// How many closures one commit may carry.
    package var groupLimit = 256
    /// How long a writer waits for another process.
    package var lockTimeout: Duration = .seconds(5)
    /// A bound on the file's size; nil for none but the disk's. 4 KiB each.
    package var maximumPages: Int64?

    package init() {}
  }

  /// The file; beside it, while open, its `-wal` and `-shm`.
  package let path: String
  private let options: Options
  private let writer: GroupWriter
  private let readers: BlockingPool
  private let idle = Mutex(Idle())

  private struct Idle {
    var handles: [SQLiteHandle] = []
    var closed = false
  }

  /// Opens or creates the file, readable by its owner alone.
  ///
  /// - Parameter path: the file, or a folder, in which it is `ringback.sqlite`.
  /// - Throws: `DatabaseError.unavailable`, with the reason and what to do.
  package init(at path: String, options: Options = Options()) throws(DatabaseError) {
    self.path = Self.file(at: path)
    self.options = options
    try Self.create(self.path)
    writer = try GroupWriter(path: self.path, options: options)
    do {
      readers = try BlockingPool(name: "sqlite-read", threads: options.readers, capacity: options.queueCapacity)
    } catch {
      writer.abandon()
      throw .unavailable("There are no more threads to be had. Raise the limit on processes (ulimit -u).")
    }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    do {
      return try await readers.run { [self] in
        let handle = try borrow()
        defer { giveBack(handle) }
        return try handle.read(body)
      }
    } catch let error as BlockingPoolError {
      throw DatabaseError(error)
    }
  }

  @discardableResult
  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      writer.add(QueuedWrite(body, continuation))
    }
  }

  /// Finishes what is queued, folds the log into the file and closes. What comes later is `unavailable`.
  package func close() async {
    await withCheckedContinuation { continuation in
      writer.close { [self] in
        readers.stop()
        let handles = idle.withLock { idle in
          idle.closed = true
          defer { idle.handles = [] }
          return idle.handles
        }
        for handle in handles { handle.close() }
      } finished: {
        continuation.resume()
      }
    }
  }

  /// Closures that wait to be written: for a gauge.
  package var waitingWrites: Int { writer.waitingCount }
  /// Groups written so far: for a counter.
  package var groupCount: Int { writer.groupCount }

  private func borrow() throws(DatabaseError) -> SQLiteHandle {
    if let handle = idle.withLock({ $0.handles.popLast() }) { return handle }
    return try SQLiteHandle(path: path, access: .reading, options: options)
  }

  private func giveBack(_ handle: SQLiteHandle) {
    let kept = idle.withLock { idle in
      if !idle.closed { idle.handles.append(handle) }
      return !idle.closed
    }
    if !kept { handle.close() }
  }

  private static func file(at path: String) -> String {
    var status = stat()
    let isFolder = path.hasSuffix("/") || stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    return isFolder ? (path.hasSuffix("/") ? path : path + "/") + "ringback.sqlite" : path
  }

  /// SQLite would make the file as the umask says; the log and the index beside it take over the mode of the file.
  private static func create(_ path: String) throws(DatabaseError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unavailable(
        "The database \(path) cannot be opened: \(String(cString: strerror(errno))). Check that its folder exists and "
          + "belongs to the user who runs this.")
    }
    Glibc.close(descriptor)
  }
}

extension DatabaseError {
  init(_ error: BlockingPoolError) {
    switch error {
    case .full: self = .queueIsFull
    case .stopped: self = .isClosed
    }
  }

  static let isClosed = DatabaseError.unavailable("The database is closed.")
}
