import Core

/// A line of a file that is imported, checked for its form: its numbers, as they lie in the spool before its texts.
struct ImportRow: Sendable, BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case accrual
    case redemption
    case adjustment
  }

  let customer: Bytes32
  /// From 1; a header counts.
  let line: Int64
  let points: Int64
  let expiresAt: Timestamp?
  /// The day on which an accrual counts for the tier; without one it does not.
  let earnedOn: Int64?
  let keyVersion: UInt16
  let kind: Kind
  /// How many hashes of the customer follow, from before the key was rotated, newest first; then the bytes of the texts.
  let olderCount: UInt8
  let reasonBytes: UInt16
  let referenceBytes: UInt16

  /// Rows are applied in this order, so that those of one customer come together and neighbours share a page.
  var order: UInt64 { customer.prefix }

  var newest: CustomerHash { CustomerHash(keyVersion: Int(keyVersion), bytes: customer) }

  /// What the line adds to a balance, as far as it says.
  var change: Int64 { kind == .redemption ? -points : points }

  var action: LedgerCommand.Action {
    switch kind {
    case .accrual: .accrue(points: points, expiresAt: expiresAt)
    case .redemption: .redeem(points: points)
    case .adjustment: .adjust(points: points, expiresAt: expiresAt)
    }
  }

  /// How many bytes it takes in the spool.
  var length: Int {
    MemoryLayout<ImportRow>.size + Int(olderCount) * MemoryLayout<CustomerHash>.size + Int(reasonBytes)
      + Int(referenceBytes)
  }

  func write(
    older: [CustomerHash], reason: UnsafeRawBufferPointer, reference: UnsafeRawBufferPointer, to bytes: inout [UInt8]
  ) {
    withUnsafeBytes(of: self) { bytes.append(contentsOf: $0) }
    for hash in older { withUnsafeBytes(of: hash) { bytes.append(contentsOf: $0) } }
    bytes.append(contentsOf: reason)
    bytes.append(contentsOf: reference)
  }
}

/// Why a line is not imported. Never says what stood in it.
package struct ImportFault: Error, Sendable, Hashable {
  package let line: Int64
  /// Such as `points` or `insufficient_points`.
  package let code: String
  package let text: String
}
