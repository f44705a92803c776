/// What goes into one commit: made while the one before is posted.
struct ImportGroup: Sendable {
  private let commands: [LedgerCommand]
  /// The line of each, and what it adds to a balance.
  private let rows: [(line: Int64, change: Int64)]
  /// Each the rows of one customer.
  private var runs: [Range<Int>] = []

  /// - Parameter prefix: of the keys, before the number of the line.
  init(_ partition: ImportPartition, from start: Int, limit: Int, keyed prefix: [UInt8]) {
    var (commands, rows): ([LedgerCommand], [(line: Int64, change: Int64)]) = ([], [])
    let most = min(limit, partition.count - start)
    commands.reserveCapacity(most)
    rows.reserveCapacity(most)
    var next = start
    while next - start < most {
      var end = partition.run(from: next)
      if end - start > most {
        // A customer with more than all that goes into one is cut.
        guard next == start else { break }
        end = start + most
      }
      let customer = partition.customer(next)
      for index in next..<end {
        commands.append(partition.command(index, for: customer, keyed: prefix))
        rows.append((partition[index].line, partition[index].change))
      }
      runs.append(next - start..<end - start)
      next = end
    }
    (self.commands, self.rows) = (commands, rows)
  }

  var count: Int { commands.count }

  /// - Returns: how far the import has come with it, and what the ledger refused.
  func post(
    _ place: ImportTable.Progress, stops: Bool, in book: inout LedgerBook
  ) throws -> (ImportTable.Progress, [ImportFault]) {
    var next = place
    var faults: [ImportFault] = []
    try book.post(commands, ofOneCustomer: runs) { index, refusal in
      guard let refusal else {
        next.applied += 1
        next.points += rows[index].change
        return
      }
      let fault = ImportFault(line: rows[index].line, code: refusal.code, text: "the ledger refused it")
      if stops { throw ImportLedger.Failure.fault(fault, applied: place.applied) }
      next.refused += 1
      faults.append(fault)
    }
    next.done += count
    try ImportTable().save(next, in: book.connection)
    return (next, faults)
  }
}
