import Core

/// A statement as CSV (RFC 4180), a part at a time.
struct Statement: Sendable {
  private static let pageLength = 1_000
  private static let columns =
    "created_at,transaction_id,type,change,points,balance,available,held,balance_version,reason,reference"

  enum Part: Sendable {
    case header([UInt8])
    /// Places in the journal.
    case page([Int64])
  }

  private var sequences: ArraySlice<Int64>
  private var isBegun = false

  init(sequences: [Int64]) {
    self.sequences = sequences[...]
  }

  mutating func next() -> Part? {
    guard isBegun else {
      isBegun = true
      return .header(Array((Self.columns + "\r\n").utf8))
    }
    guard !sequences.isEmpty else { return nil }
    defer { sequences = sequences.dropFirst(Self.pageLength) }
    return .page(Array(sequences.prefix(Self.pageLength)))
  }

  static func line(_ decided: Decided) -> [UInt8] {
    let entry = decided.entry
    let fields = [
      entry.at.description, TransactionID(entry).description, entry.type.name, String(entry.change),
      String(entry.points), String(entry.available + entry.held), String(entry.available), String(entry.held),
      String(entry.number), quoted(decided.detail.reason), quoted(decided.detail.reference),
    ]
    return Array((fields.joined(separator: ",") + "\r\n").utf8)
  }

  /// Always in quotes; what a spreadsheet would run as a formula is made plain text (OWASP, CSV injection).
  private static func quoted(_ text: String?) -> String {
    guard let text else { return "" }
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
  }
}
