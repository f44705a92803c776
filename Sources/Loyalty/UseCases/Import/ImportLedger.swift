import Core
import Glibc
import Storage

/// Takes on the points of another programme from a file, each line once: an import that ended half-way goes on where it was.
///
/// The file is read once, and each line that can be read put where those of its customer lie (`ImportSpool`). Then customer
/// after customer is applied, in the order of their hashes: an account is made and written once, and what is written together
/// lies together.
package struct ImportLedger: Sendable {
  package struct Options: Sendable {
    /// `csv` or `ndjson`; nil to go by the name of the file.
    package var format: String?
    /// Transactions a commit. Others wait that long for the ledger.
    package var group = 32_768
    /// How many bytes of the file make a partition: what two of them come to is in memory, some four times as much.
    package var partitionBytes: Int64 = 1 << 24
    /// Reads and checks all, and applies nothing.
    package var isTrial = false
    /// Ends with the first line that cannot be applied: before anything is, if it cannot be read; what is before it, by
    /// groups, stays if the ledger refuses it.
    package var stopsAtFault = false

    package init() {}
  }

  package struct Report: Sendable, Hashable {
    /// The first 16 digits of the file's digest, as in the keys of its transactions.
    package let id: String
    package var applied: Int64 = 0
    package var refused: Int64 = 0
    package var points: Int64 = 0
    /// Applied by an earlier run, of `applied`.
    package var earlier: Int64 = 0

    /// All that say something.
    package var lines: Int64 { applied + refused }
  }

  /// How far it has come.
  package struct Progress: Sendable {
    package enum Stage: Sendable { case reading, applying }
    package let stage: Stage
    /// Of `total`: bytes that are read, or rows that are applied.
    package let done: Int64
    package let total: Int64
    /// By this run: lines that were read, or applied.
    package let items: Int64
  }

  package enum Failure: Error, Sendable, Hashable {
    case unreadable(String)
    case header(ImportFault)
    /// There is no room in the folder for what was read.
    case spool(folder: String, String)
    /// With `stopsAtFault`; so many lines are applied.
    case fault(ImportFault, applied: Int64)
    /// Another process imports the same file.
    case raced
    /// The key of customers was rotated since the import began.
    case keyRotated(began: Int, now: Int)
    /// An earlier Ringback has begun it, in another order.
    case begunOtherwise
  }

  private let ledger: Ledger
  private let keys: CustomerKeys
  private let folder: String
  private let options: Options

  /// - Parameter folder: where what was read is kept until it is applied: some hundred bytes a line.
  package init(_ ledger: Ledger, keys: CustomerKeys, folder: String, options: Options = Options()) {
    (self.ledger, self.keys, self.folder, self.options) = (ledger, keys, folder, options)
  }

  /// - Parameters:
  ///   - faults: called for each line that is not applied.
  ///   - progress: called now and then.
  /// - Throws: `Failure`, `LedgerUnavailable`, `DatabaseError`; what was applied before stays.
  package func callAsFunction(
    _ path: String, faults: @escaping @Sendable (ImportFault) -> Void = { _ in },
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> Report {
    do {
      return try await run(try ImportFile(path, format: options.format), faults, progress)
    } catch let failure as ImportFile.Failure {
      throw Failure(failure)
    }
  }

  private func run(
    _ file: ImportFile, _ faults: @Sendable (ImportFault) -> Void, _ progress: @escaping @Sendable (Progress) -> Void
  ) async throws -> Report {
    let saved = try await begin(file)
    var place =
      saved
      ?? ImportTable.Progress(
        digest: file.digest, keyVersion: keys.newestVersion, partitions: partitions(of: file),
        startedAt: ledger.time.now)
    var report = Report(id: Array(file.digest.prefix(8)).hex, earlier: place.applied)
    if place.finishedAt == nil {
      let spool = try ImportSpool(in: folder, partitions: options.isTrial ? 0 : place.partitions)
      let read = try await self.read(file, into: spool, place, faults, progress)
      if options.isTrial {
        (place.applied, place.points) = (read.rows, read.points)
      } else {
        try await apply(spool, read.rows, &place, after: saved, Array("import:\(report.id):".utf8), faults, progress)
      }
      place.refused += read.faults
      place.finishedAt = ledger.time.now
      if !options.isTrial { try await ledger.database.write { [place] in try ImportTable().save(place, in: $0) } }
    }
    (report.applied, report.refused, report.points) = (place.applied, place.refused, place.points)
    return report
  }

  private func partitions(of file: ImportFile) -> Int {
    Int(min(256, max(1, file.size / options.partitionBytes)))
  }

  /// How far an earlier run has come.
  private func begin(_ file: ImportFile) async throws -> ImportTable.Progress? {
    let known = try await ledger.database.read { try ImportTable().find(file.digest, in: $0) }
    if let known, known.finishedAt == nil {
      guard known.partitions > 0 else { throw Failure.begunOtherwise }
      guard known.keyVersion == keys.newestVersion else {
        throw Failure.keyRotated(began: known.keyVersion, now: keys.newestVersion)
      }
    }
    return known
  }

  private func tell(
    _ some: [ImportFault], _ place: ImportTable.Progress, _ faults: @Sendable (ImportFault) -> Void
  ) throws {
    for fault in some {
      faults(fault)
      if options.stopsAtFault { throw Failure.fault(fault, applied: place.applied) }
    }
  }

  // MARK: - Reading

  /// Reads all lines, and puts those that can be applied into the spool.
  private func read(
    _ file: ImportFile, into spool: ImportSpool, _ place: ImportTable.Progress,
    _ faults: @Sendable (ImportFault) -> Void, _ progress: @Sendable (Progress) -> Void
  ) async throws -> (rows: Int64, points: Int64, faults: Int64) {
    var sum = (rows: Int64(0), points: Int64(0), faults: Int64(0))
    var lines = try file.lines()
    var done = file.start.offset
    var texts = try texts(from: &lines)
    while !texts.isEmpty {
      async let read = rows(of: texts, file.format, place.partitions)
      let following = try self.texts(from: &lines)
      for rows in await read {
        try tell(rows.faults, place, faults)
        if !options.isTrial { try spool.add(rows) }
        sum = (sum.rows + rows.count, sum.points + rows.points, sum.faults + Int64(rows.faults.count))
      }
      done = min(file.size, done + texts.reduce(0) { $0 + Int64($1.bytes.count) })
      progress(Progress(stage: .reading, done: done, total: file.size, items: sum.rows + sum.faults))
      texts = following
    }
    return sum
  }

  /// As many as there are processors; none after the last line.
  private func texts(from lines: inout ImportFile.Lines) throws -> [ImportText] {
    let most = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    var texts: [ImportText] = []
    while texts.count < most, let text = try lines.next() { texts.append(text) }
    return texts
  }

  /// At the same time.
  private func rows(of texts: [ImportText], _ format: ImportFormat, _ partitions: Int) async -> [ImportRows] {
    await withTaskGroup(of: (Int, ImportRows).self) { [keys] group in
      for (index, text) in texts.enumerated() {
        group.addTask { (index, text.rows(format, keys, partitions: partitions)) }
      }
      var rows = texts.map { _ in ImportRows(partitions: 0, bytes: 0) }
      for await (index, some) in group { rows[index] = some }
      return rows
    }
  }

  // MARK: - Applying

  private func apply(
    _ spool: ImportSpool, _ total: Int64, _ place: inout ImportTable.Progress,
    after saved: ImportTable.Progress?, _ prefix: [UInt8], _ faults: @Sendable (ImportFault) -> Void,
    _ progress: @Sendable (Progress) -> Void
  ) async throws {
    let (partitions, earlier) = (place.partitions, place.done)
    var last = saved
    var first = 0
    var partition = try spool.take(0)
    for index in 0..<partitions {
      async let following = index + 1 < partitions ? spool.take(index + 1) : ImportPartition([])
      var group = self.group(of: partition, from: place.done - first, prefix)
      while group.count > 0 {
        let end = place.done - first + group.count
        async let following = self.group(of: partition, from: end, prefix)
        let stops = options.stopsAtFault
        let (next, refused) = try await ledger.transact { [place, last, group] book in
          // Under the lock of the ledger: whoever else imports the same file has moved it on, or finds it moved on.
          guard try ImportTable().find(place.digest, in: book.connection) == last else { throw Failure.raced }
          return try group.post(place, stops: stops, in: &book)
        }
        (place, last) = (next, next)
        try tell(refused, place, faults)
        progress(
          Progress(stage: .applying, done: Int64(place.done), total: total, items: Int64(place.done - earlier)))
        group = await following
      }
      first += partition.count
      partition = try await following
    }
  }

  private func group(of partition: ImportPartition, from start: Int, _ prefix: [UInt8]) -> ImportGroup {
    ImportGroup(partition, from: min(max(0, start), partition.count), limit: options.group, keyed: prefix)
  }
}

extension ImportLedger.Failure {
  fileprivate init(_ failure: ImportFile.Failure) {
    switch failure {
    case .unreadable(let reason): self = .unreadable(reason)
    case .header(let fault): self = .header(fault)
    case .spool(let folder, let reason): self = .spool(folder: folder, reason)
    }
  }
}
