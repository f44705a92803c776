import Core
import Storage

/// Takes on the points of another programme from a file, each line once: an import that ended half-way goes on where it was.
///
/// Lines are read in parts, and a part is applied in the order of the customers' hashes: a customer's lines come together,
/// and what is written together lies together. The next part is read and hashed while one is applied.
package struct ImportLedger: Sendable {
  package struct Options: Sendable {
    /// `csv` or `ndjson`; nil to go by the name of the file.
    package var format: String?
    /// Transactions a commit. Others wait that long for the ledger.
    package var group = 32_768
    /// How many lines are put in order together, at most: the more, the fewer times an account is read and written. Two such
    /// parts are in memory.
    package var partLines = 1 << 21
    /// The same of the first part, for which everything waits; each next part has twice as many.
    package var firstPartLines = 1 << 17
    /// Reads and checks all, and applies nothing.
    package var isTrial = false
    /// Ends with the first line that cannot be applied; what is before it, by groups, stays.
    package var stopsAtFault = false

    package init() {}
  }

  package struct Report: Sendable, Hashable {
    /// The first 16 digits of the file's digest, as in the keys of its transactions.
    package let id: String
    package var lines: Int64 = 0
    package var applied: Int64 = 0
    package var refused: Int64 = 0
    package var points: Int64 = 0
    /// Applied by an earlier run, of `applied`.
    package var earlier: Int64 = 0
  }

  package enum Failure: Error, Sendable, Hashable {
    case unreadable(String)
    case header(ImportFault)
    /// With `stopsAtFault`.
    case fault(ImportFault)
    /// Another process imports the same file.
    case raced
    /// The key of customers was rotated since the import began.
    case keyRotated(began: Int, now: Int)
  }

  private let ledger: Ledger
  private let keys: CustomerKeys
  private let options: Options

  package init(_ ledger: Ledger, keys: CustomerKeys, options: Options = Options()) {
    (self.ledger, self.keys, self.options) = (ledger, keys, options)
  }

  /// - Parameters:
  ///   - faults: called for each line that is not applied.
  ///   - progress: called after each group with the bytes that were read, of how many, and the report so far.
  /// - Throws: `Failure`, `LedgerUnavailable`, `DatabaseError`; what was applied before stays.
  package func callAsFunction(
    _ path: String, faults: @escaping @Sendable (ImportFault) -> Void = { _ in },
    progress: @escaping @Sendable (_ done: Int64, _ total: Int64, Report) -> Void = { _, _, _ in }
  ) async throws -> Report {
    let file: ImportFile
    do throws(ImportFile.Failure) {
      file = try ImportFile(path, format: options.format)
    } catch {
      throw Failure(error)
    }
    let saved = try await begin(file)
    var place =
      saved
      ?? ImportTable.Progress(
        digest: file.digest, keyVersion: keys.newestVersion,
        partLines: min(options.firstPartLines, options.partLines), offset: file.start.offset, line: file.start.line,
        startedAt: ledger.time.now)
    var last = saved
    var report = Report(id: Self.id(file.digest))
    (report.applied, report.refused, report.points) = (place.applied, place.refused, place.points)
    report.earlier = place.applied
    guard place.finishedAt == nil else {
      report.lines = place.line - file.start.line
      return report
    }
    var part = try read(file, place.offset, place.line, place.partLines)
    while part.lines > 0 {
      let (offset, line) = (part.end, part.line + Int64(part.lines))
      let lines = min(2 * place.partLines, max(options.partLines, place.partLines))
      async let following = read(file, offset, line, lines)
      if place.done == 0 { try tell(part.faults, faults) }
      if place.done == 0 { place.refused += Int64(part.faults.count) }
      try await apply(part, &place, after: &last, report.id, faults) { place in
        report.lines = place.line - file.start.line + Int64(place.done)
        (report.applied, report.refused, report.points) = (place.applied, place.refused, place.points)
        let share = part.rows.isEmpty ? 1 : Double(place.done) / Double(part.rows.count)
        progress(part.offset + Int64(Double(part.end - part.offset) * share), file.size, report)
      }
      (place.offset, place.line, place.done, place.partLines) = (offset, line, 0, lines)
      part = try await following
    }
    place.finishedAt = ledger.time.now
    if !options.isTrial {
      try await ledger.database.write { [place] in try ImportTable().save(place, in: $0) }
    }
    report.lines = place.line - file.start.line
    (report.applied, report.refused, report.points) = (place.applied, place.refused, place.points)
    return report
  }

  private static func id(_ digest: [UInt8]) -> String { Array(digest.prefix(8)).hex }

  /// How far an earlier run has come.
  private func begin(_ file: ImportFile) async throws -> ImportTable.Progress? {
    let known = try await ledger.database.read { try ImportTable().find(file.digest, in: $0) }
    if let known, known.finishedAt == nil, known.keyVersion != keys.newestVersion {
      throw Failure.keyRotated(began: known.keyVersion, now: keys.newestVersion)
    }
    return known
  }

  private func read(_ file: ImportFile, _ offset: Int64, _ line: Int64, _ lines: Int) throws(Failure) -> ImportPart {
    do throws(ImportFile.Failure) {
      return try file.part(at: offset, line: line, lines: lines, keys: keys)
    } catch {
      throw Failure(error)
    }
  }

  private func tell(_ some: [ImportFault], _ faults: @Sendable (ImportFault) -> Void) throws {
    for fault in some {
      faults(fault)
      if options.stopsAtFault { throw Failure.fault(fault) }
    }
  }

  private func apply(
    _ part: ImportPart, _ place: inout ImportTable.Progress, after last: inout ImportTable.Progress?, _ id: String,
    _ faults: @escaping @Sendable (ImportFault) -> Void, report: (ImportTable.Progress) -> Void
  ) async throws {
    var group = group(of: part, from: place.done, id)
    while place.done < part.rows.count {
      let rows = group.rows
      if options.isTrial {
        place.done += rows.count
        place.applied += Int64(rows.count)
        place.points += rows.reduce(0) { $0 + $1.action.change }
        group = self.group(of: part, from: place.done, id)
      } else {
        let commands = group.commands
        async let following = self.group(of: part, from: rows.endIndex, id)
        let stops = options.stopsAtFault
        let (next, refused) = try await ledger.transact { [place, last] book in
          // Under the lock of the ledger: whoever else imports the same file has moved it on, or finds it moved on.
          guard try ImportTable().find(place.digest, in: book.connection) == last else { throw Failure.raced }
          return try Self.post(commands, rows, place, stops: stops, in: &book)
        }
        (place, last) = (next, next)
        try tell(refused, faults)
        group = await following
      }
      report(place)
    }
  }

  /// What goes into one commit.
  private func group(
    of part: ImportPart, from start: Int, _ id: String
  ) -> (rows: ArraySlice<ImportRow>, commands: [LedgerCommand]) {
    let rows = part.rows[start..<min(start + options.group, part.rows.count)]
    let prefix = Array("import:\(id):".utf8)
    return (rows, options.isTrial ? [] : rows.map { $0.command(keyed: prefix) })
  }

  private static func post(
    _ commands: [LedgerCommand], _ rows: ArraySlice<ImportRow>, _ place: ImportTable.Progress, stops: Bool,
    in book: inout LedgerBook
  ) throws -> (ImportTable.Progress, [ImportFault]) {
    var next = place
    var refused: [ImportFault] = []
    try book.post(commands) { _, index, done in
      let row = rows[rows.startIndex + index]
      switch done {
      case .success:
        next.applied += 1
        next.points += row.action.change
      case .failure(let refusal):
        let fault = ImportFault(line: row.line, code: refusal.code, text: "the ledger refused it")
        if stops { throw Failure.fault(fault) }
        next.refused += 1
        refused.append(fault)
      }
    }
    next.done += rows.count
    try ImportTable().save(next, in: book.connection)
    return (next, refused)
  }
}

extension ImportLedger.Failure {
  fileprivate init(_ failure: ImportFile.Failure) {
    switch failure {
    case .unreadable(let reason): self = .unreadable(reason)
    case .header(let fault): self = .header(fault)
    }
  }
}

extension LedgerCommand.Action {
  /// What it adds to a balance, as far as the line says.
  fileprivate var change: Int64 {
    switch self {
    case .accrue(let points, _), .adjust(let points, _): points
    case .redeem(let points): -points
    default: 0
    }
  }
}
