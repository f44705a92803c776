import Core

/// The members of a line, whichever the format. One for many lines: nothing is made for each.
struct ImportFields {
  static let names = [
    "customer_id", "customer_hash", "type", "points", "expires_at", "reason", "reference", "occurred_at",
  ]

  /// Where each of `names` lies in its line, or in `unescaped`; empty where there is none.
  private var places = [Range<Int>](repeating: 0..<0, count: names.count)
  private var unescaped: [UInt8] = []
  private var isUnescaped = false

  // MARK: - Reading

  /// A line of CSV without a quote.
  ///
  /// - Parameter members: which of `names` each column is.
  /// - Returns: whether it has as many columns.
  mutating func readPlain(_ line: UnsafeRawBufferPointer, _ members: [Int]) -> Bool {
    isUnescaped = false
    var (column, start) = (0, 0)
    for end in 0...line.count where end == line.count || line[end] == UInt8(ascii: ",") {
      guard column < members.count else { return false }
      places[members[column]] = start..<end
      (column, start) = (column + 1, end + 1)
    }
    return column == members.count
  }

  /// Before `set`.
  mutating func clear() {
    isUnescaped = true
    unescaped.removeAll(keepingCapacity: true)
    for index in places.indices { places[index] = 0..<0 }
  }

  mutating func set(_ member: Int, _ text: some StringProtocol) {
    let start = unescaped.count
    unescaped.append(contentsOf: text.utf8)
    places[member] = start..<unescaped.count
  }

  // MARK: - What they say

  /// Checks the line that was read.
  func check(
    _ number: Int64, of line: UnsafeRawBufferPointer, _ keys: CustomerKeys, into rows: inout ImportRows
  ) throws(ImportFault) {
    guard isUnescaped else { return try check(number, in: line, keys, &rows) }
    try unescaped.withUnsafeBufferPointer { (bytes) throws(ImportFault) in
      try check(number, in: UnsafeRawBufferPointer(bytes), keys, &rows)
    }
  }

  private func check(
    _ number: Int64, in bytes: UnsafeRawBufferPointer, _ keys: CustomerKeys, _ rows: inout ImportRows
  ) throws(ImportFault) {
    func fault(_ code: String, _ text: String) -> ImportFault { ImportFault(line: number, code: code, text: text) }
    func field(_ member: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[places[member]]) }
    func text(_ member: Int) -> String { String(decoding: field(member), as: UTF8.self) }
    func time(_ member: Int) throws(ImportFault) -> Timestamp? {
      if places[member].isEmpty { return nil }
      guard let time = Timestamp(text(member)) else {
        throw fault(Self.names[member], "is no time as 2026-12-31T23:59:59Z")
      }
      return time
    }
    /// In characters; each takes up to four bytes.
    func isLonger(_ member: Int, than limit: Int) -> Bool {
      let count = places[member].count
      return count > limit && (count > 4 * limit || text(member).count > limit)
    }
    let customer: (newest: CustomerHash, older: [CustomerHash])
    if !places[1].isEmpty {
      guard let hash = CustomerHash(handle: text(1)), places[0].isEmpty else {
        throw fault("customer_hash", "is no handle as cus_1_…, or stands beside a customer_id")
      }
      customer = (hash, [])
    } else {
      guard (1...200).contains(places[0].count) else { throw fault("customer_id", "has 1 to 200 bytes") }
      customer = keys.hashes(field(0))
    }
    guard let points = Int64(decimal: field(3)), points != 0, points.magnitude <= 1 << 53 else {
      throw fault("points", "is no whole number, zero, or too large")
    }
    guard !isLonger(5, than: 200) else { throw fault("reason", "has up to 200 characters") }
    guard !isLonger(6, than: 100) else { throw fault("reference", "has up to 100 characters") }
    guard !field(5).contains(0), !field(6).contains(0) else { throw fault("reason", "holds a NUL") }
    let (expiresAt, occurredAt) = (try time(4), try time(7))
    let kind: ImportRow.Kind
    switch field(2) {
    case "" where points > 0, "accrual" where points > 0: kind = .accrual
    case "redemption" where points > 0: kind = .redemption
    case "adjustment": kind = .adjustment
    case "", "accrual", "redemption": throw fault("points", "is above zero, but for an adjustment")
    default: throw fault("type", "is accrual, redemption or adjustment")
    }
    rows.add(
      ImportRow(
        customer: customer.newest.bytes, line: number, points: points, expiresAt: expiresAt, earnedOn: occurredAt?.day,
        keyVersion: UInt16(customer.newest.keyVersion), kind: kind, olderCount: UInt8(customer.older.count),
        reasonBytes: UInt16(places[5].count), referenceBytes: UInt16(places[6].count)),
      older: customer.older, reason: field(5), reference: field(6))
  }
}

private func ~= (text: StaticString, bytes: UnsafeRawBufferPointer) -> Bool {
  text.utf8CodeUnitCount == bytes.count
    && bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

extension Int64 {
  /// What `Int64(String)` reads.
  fileprivate init?(decimal bytes: UnsafeRawBufferPointer) {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = bytes.dropFirst(isNegative || bytes.first == UInt8(ascii: "+") ? 1 : 0)
    // Gathered below zero, where there is room for one more.
    var value: Int64 = 0
    for byte in digits {
      let digit = byte &- UInt8(ascii: "0")
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.subtractingReportingOverflow(Int64(digit))
      guard digit < 10, !overflows, !carries else { return nil }
      value = sum
    }
    guard !digits.isEmpty, isNegative || value != .min else { return nil }
    self = isNegative ? value : -value
  }
}
