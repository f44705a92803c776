import Core

/// A line of a file that is imported, checked for its form.
struct ImportRow: Sendable {
  /// From 1; a header counts.
  let line: Int64
  /// The hash of the customer, and those from before the key was rotated, newest first.
  let customer: CustomerHash
  let older: [CustomerHash]
  let action: LedgerCommand.Action
  let reason: String
  let reference: String?
  /// The day on which an accrual counts for the tier; without one it does not.
  let earnedOn: Int64?

  /// Rows are applied in this order, so that those of one customer come together and neighbours share a page.
  var order: UInt64 { customer.bytes.prefix }

  /// - Parameter prefix: of the key, before the number of the line.
  func command(keyed prefix: [UInt8]) -> LedgerCommand {
    let key = String(unsafeUninitializedCapacity: prefix.count + 20) { bytes in
      var end = bytes.update(fromContentsOf: prefix)
      var (digits, scale) = (line, Int64(1))
      while scale <= digits / 10 { scale *= 10 }
      while scale > 0 {
        bytes[end] = UInt8(ascii: "0") + UInt8(digits / scale)
        (digits, scale, end) = (digits % scale, scale / 10, end + 1)
      }
      return end
    }
    var command = LedgerCommand(
      action, for: .hash(customer, older: older), key: key, reason: reason,
      reference: reference)
    command.isKeyKept = false
    command.earnedOn = earnedOn
    if case .accrue = action, earnedOn == nil { command.qualifying = 0 }
    return command
  }
}

/// Why a line is not imported. Never says what stood in it.
package struct ImportFault: Error, Sendable, Hashable {
  package let line: Int64
  /// Such as `points` or `insufficient_points`.
  package let code: String
  package let text: String
}
