/// What goes into one commit: made while the one before is posted.
struct ImportGroup: Sendable {
  private let commands: [LedgerCommand]
  private let lines: [Int64]
  /// Each the rows of one customer.
  private var runs: [Range<Int>] = []

  /// - Parameter prefix: of the keys, before the number of the line.
  init(_ partition: ImportPartition, from start: Int, limit: Int, keyed prefix: [UInt8]) {
    var (commands, lines): ([LedgerCommand], [Int64]) = ([], [])
    let most = min(limit, partition.count - start)
    commands.reserveCapacity(most)
    lines.reserveCapacity(most)
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
        lines.append(partition[index].line)
      }
      runs.append(next - start..<end - start)
      next = end
    }
    (self.commands, self.lines) = (commands, lines)
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
        next.points += commands[index].action.change
        return
      }
      let fault = ImportFault(line: lines[index], code: refusal.code, text: "the ledger refused it")
      if stops { throw ImportLedger.Failure.fault(fault, applied: place.applied) }
      next.refused += 1
      faults.append(fault)
    }
    next.done += count
    try ImportTable().save(next, in: book.connection)
    return (next, faults)
  }
}

extension LedgerCommand.Action {
  /// What it adds to a balance, as far as a line says.
  fileprivate var change: Int64 {
    switch self {
    case .accrue(let points, _), .adjust(let points, _): points
    case .redeem(let points): -points
    default: 0
    }
  }
}
