import Core

/// Lots, holds and what rules ask about, in one column: a row is one page and one write, however many lots there are. The
/// journal holds all of it too; this is what spares reading it.
extension LedgerAccount {
  private static let form: UInt8 = 1

  var stateBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    appendState(to: &bytes)
    return bytes
  }

  func appendState(to bytes: inout [UInt8]) {
    bytes.append(Self.form)
    bytes.append(count: lots.count)
    for lot in lots { bytes.append(LotMove(lot: lot.number, points: lot.remaining, expiresAt: lot.expiresAt)) }
    bytes.append(count: holds.count)
    for hold in holds {
      bytes.append(packed: hold.number)
      bytes.append(packed: hold.sequence)
      bytes.append(packed: hold.expiresAt.microseconds)
      bytes.append(count: hold.lots.count)
      for move in hold.lots { bytes.append(move) }
    }
    bytes.append(count: earned.count)
    for day in earned {
      bytes.append(packed: day.day)
      bytes.append(packed: day.points)
    }
    bytes.append(count: uses.count)
    for use in uses {
      bytes.append(count: use.rule.utf8.count)
      bytes.append(contentsOf: use.rule.utf8)
      for number in [use.day, use.onDay, use.total] { bytes.append(packed: number) }
    }
  }

  /// - Returns: false for bytes of another form.
  mutating func readState(_ bytes: [UInt8]) -> Bool {
    var reader = StateReader(bytes: bytes)
    guard reader.byte() == Self.form else { return false }
    lots = reader.list { reader in
      let move = reader.move()
      return Lot(number: move.lot, expiresAt: move.expiresAt, remaining: move.points)
    }
    holds = reader.list { reader in
      Hold(
        number: reader.number(), sequence: reader.number(), expiresAt: Timestamp(microseconds: reader.number()),
        lots: reader.list { $0.move() })
    }
    earned = reader.list { Day(day: $0.number(), points: $0.number()) }
    uses = reader.list { RuleUse(rule: $0.text(), day: $0.number(), onDay: $0.number(), total: $0.number()) }
    return reader.isAtEnd
  }
}

/// Numbers in as few bytes as they need: seven bits each, the lowest first, the sign in the lowest bit.
extension [UInt8] {
  fileprivate mutating func append(packed number: Int64) {
    var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
    while rest > 127 {
      append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  fileprivate mutating func append(count: Int) { append(packed: Int64(count)) }

  fileprivate mutating func append(_ move: LotMove) {
    append(packed: move.lot)
    append(packed: move.points)
    append(packed: move.expiresAt?.microseconds ?? .min)
  }
}

private struct StateReader {
  let bytes: [UInt8]
  var position = 0
  var failed = false

  var isAtEnd: Bool { !failed && position == bytes.count }

  mutating func byte() -> UInt8 {
    guard position < bytes.count else {
      failed = true
      return 0
    }
    position += 1
    return bytes[position - 1]
  }

  mutating func number() -> Int64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let next = byte()
      value |= UInt64(next & 127) << shift
      if next < 128 { break }
    }
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  mutating func list<Item>(_ item: (inout StateReader) -> Item) -> [Item] {
    let count = number()
    guard count >= 0, count <= bytes.count else {
      failed = true
      return []
    }
    return (0..<count).map { _ in item(&self) }
  }

  mutating func move() -> LotMove {
    let (lot, points, end) = (number(), number(), number())
    return LotMove(lot: lot, points: points, expiresAt: end == .min ? nil : Timestamp(microseconds: end))
  }

  mutating func text() -> String {
    let length = number()
    guard length >= 0, position + Int(length) <= bytes.count else {
      failed = true
      return ""
    }
    defer { position += Int(length) }
    return String(decoding: bytes[position..<position + Int(length)], as: UTF8.self)
  }
}
