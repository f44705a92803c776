import Core

/// A line of a file that is imported, checked for its form.
struct ImportRow: Sendable {
  /// From 1; a header counts.
  let line: Int64
  /// All hashes of the customer, newest first.
  let customer: [CustomerHash]
  let action: LedgerCommand.Action
  let reason: String
  let reference: String?
  /// The day on which an accrual counts for the tier; without one it does not.
  let earnedOn: Int64?

  /// Rows are applied in this order, so that those of one customer come together and neighbours share a page.
  var order: UInt64 {
    customer[0].bytes.prefix
  }

  func command(key: String) -> LedgerCommand {
    var command = LedgerCommand(
      action, for: .hashes(customer), key: key, reason: reason, reference: reference)
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

/// The members of a line, whichever the format: names and texts.
struct ImportFields {
  static let names = [
    "customer_id", "customer_hash", "type", "points", "expires_at", "reason", "reference", "occurred_at",
  ]

  /// In the order of `names`; empty where there is none.
  var values: [Substring] = Array(repeating: "", count: names.count)

  /// - Parameter hash: all hashes of a customer's own id.
  func row(line: Int64, hashing hash: (String) -> [CustomerHash]) throws(ImportFault) -> ImportRow {
    func fault(_ code: String, _ text: String) -> ImportFault { ImportFault(line: line, code: code, text: text) }
    func time(_ index: Int) throws(ImportFault) -> Timestamp? {
      if values[index].isEmpty { return nil }
      guard let time = Timestamp(String(values[index])) else {
        throw fault(Self.names[index], "is no time as 2026-12-31T23:59:59Z")
      }
      return time
    }
    let customer: [CustomerHash]
    if !values[1].isEmpty {
      guard let hash = CustomerHash(handle: String(values[1])), values[0].isEmpty else {
        throw fault("customer_hash", "is no handle as cus_1_…, or stands beside a customer_id")
      }
      customer = [hash]
    } else {
      guard (1...200).contains(values[0].utf8.count) else { throw fault("customer_id", "has 1 to 200 bytes") }
      customer = hash(String(values[0]))
    }
    guard let points = Int64(values[3]), points != 0, abs(points) <= 1 << 53 else {
      throw fault("points", "is no whole number, zero, or too large")
    }
    guard values[5].utf8.count <= 200 || values[5].utf8.count <= 800 && values[5].count <= 200 else {
      throw fault("reason", "has up to 200 characters")
    }
    guard values[6].utf8.count <= 100 || values[6].utf8.count <= 400 && values[6].count <= 100 else {
      throw fault("reference", "has up to 100 characters")
    }
    guard !values[5].utf8.contains(0), !values[6].utf8.contains(0) else { throw fault("reason", "holds a NUL") }
    let (expiresAt, occurredAt) = (try time(4), try time(7))
    let action: LedgerCommand.Action
    switch values[2] {
    case "",
      "accrual" where points > 0:
      action = .accrue(points: points, expiresAt: expiresAt)
    case "redemption" where points > 0: action = .redeem(points: points)
    case "adjustment": action = .adjust(points: points, expiresAt: expiresAt)
    case "accrual", "redemption": throw fault("points", "is above zero, but for an adjustment")
    default: throw fault("type", "is accrual, redemption or adjustment")
    }
    guard values[2] != "" || points > 0 else { throw fault("points", "is above zero, but for an adjustment") }
    return ImportRow(
      line: line, customer: customer, action: action, reason: values[5].isEmpty ? "opening" : String(values[5]),
      reference: values[6].isEmpty ? nil : String(values[6]), earnedOn: occurredAt?.day)
  }
}
