import Core

extension EntryDetail {
  /// Becomes what `withText` wrote, but for what changes nothing and may be long: reason, reference and type of event. The room
  /// of its lists is used again.
  ///
  /// - Returns: false for anything else.
  mutating func readEffect(of text: UnsafeRawBufferPointer) -> Bool {
    if text.withMemoryRebound(to: UInt8.self, { read(plain: $0, isWhole: false) }) { return true }
    guard let detail = EntryDetail(json: String(decoding: text, as: UTF8.self)) else { return false }
    self = detail
    return true
  }

  /// Reads exactly what `withText` writes, without a tree of values in between: millions of rows are read when a ledger is proved.
  ///
  /// - Returns: nil for anything else, a text with an escape among it, which is for the reader of all JSON.
  init?(plain bytes: UnsafeBufferPointer<UInt8>) {
    self.init()
    guard read(plain: bytes, isWhole: true) else { return nil }
  }

  /// - Parameter isWhole: false for what `readEffect` says.
  private mutating func read(plain bytes: UnsafeBufferPointer<UInt8>, isWhole: Bool) -> Bool {
    clear()
    var reader = PlainReader(bytes: bytes, isWhole: isWhole)
    guard reader.take("{") else { return false }
    if !reader.take("}") {
      repeat {
        guard read(&reader) else { return false }
      } while reader.take(",")
      guard reader.take("}") else { return false }
    }
    return reader.isAtEnd
  }

  /// Empty, with the room that its lots had.
  private mutating func clear() {
    var room: [LotMove] = []
    swap(&room, &lots)
    room.removeAll(keepingCapacity: true)
    self = EntryDetail()
    swap(&room, &lots)
  }

  /// One member. They come in the order in which they are written, each once.
  private mutating func read(_ reader: inout PlainReader) -> Bool {
    if reader.name("reason", 1) { return reader.description(&reason) }
    if reader.name("reference", 2) { return reader.description(&reference) }
    if reader.name("reverses", 3) { return reader.number(&reverses) }
    if reader.name("hold", 4) { return reader.number(&hold) }
    if reader.name("lots", 5) { return reader.list { $0.lot().map { lots.append($0) } != nil } }
    if reader.name("expires_at", 6) {
      var microseconds: Int64?
      defer { expiresAt = microseconds.map(Timestamp.init(microseconds:)) }
      return reader.number(&microseconds)
    }
    if reader.name("event_type", 7) { return reader.description(&eventType) }
    if reader.name("amount", 8) { return reader.number(&amount) }
    if reader.name("rules_version", 9) { return reader.number(&rulesVersion) }
    if reader.name("rules", 10) { return reader.list { $0.award().map { rules.append($0) } != nil } }
    if reader.name("qualifying", 11) { return reader.number(&qualifying) }
    if reader.name("earned_on", 12) { return reader.number(&earnedOn) }
    if reader.name("customer", 13) { return reader.text(&customer) }
    return false
  }
}

private struct PlainReader {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0
  private let isWhole: Bool
  /// The place, in the order of writing, of the last name.
  private var last = 0

  init(bytes: UnsafeBufferPointer<UInt8>, isWhole: Bool) {
    (self.bytes, self.isWhole) = (bytes, isWhole)
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  /// `"name":`. Most that are asked for are another, which its length tells.
  @inline(__always)
  mutating func name(_ name: StaticString, _ place: Int) -> Bool {
    let length = name.utf8CodeUnitCount
    guard place > last, position + length + 3 <= bytes.count, bytes[position + length + 1] == UInt8(ascii: "\""),
      bytes[position + length + 2] == UInt8(ascii: ":"), bytes[position] == UInt8(ascii: "\"")
    else { return false }
    for index in 0..<length where bytes[position + 1 + index] != name.utf8Start[index] { return false }
    last = place
    position += length + 3
    return true
  }

  /// Only what has more than 18 digits can be too large.
  mutating func number() -> Int64? {
    let isNegative = take("-")
    let start = position
    var value: Int64 = 0
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 {
      let digit = Int64(bytes[position] - UInt8(ascii: "0"))
      guard position - start >= 18 else {
        value = value &* 10 &- digit
        position += 1
        continue
      }
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.subtractingReportingOverflow(digit)
      guard !overflows, !carries else { return nil }
      value = sum
      position += 1
    }
    guard position > start else { return nil }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  mutating func number(_ value: inout Int64?) -> Bool {
    value = number()
    return value != nil
  }

  /// Where the text between two quotes lies.
  private mutating func quoted() -> Range<Int>? {
    guard take("\"") else { return nil }
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      guard bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20 else { return nil }
      position += 1
    }
    defer { position += 1 }
    return position < bytes.count ? start..<position : nil
  }

  mutating func text() -> String? {
    quoted().map { String(decoding: UnsafeBufferPointer(rebasing: bytes[$0]), as: UTF8.self) }
  }

  /// Left out unless all is read.
  mutating func description(_ value: inout String?) -> Bool {
    isWhole ? text(&value) : quoted() != nil
  }

  mutating func text(_ value: inout String?) -> Bool {
    value = text()
    return value != nil
  }

  mutating func list(_ item: (inout PlainReader) -> Bool) -> Bool {
    guard take("[") else { return false }
    repeat {
      guard item(&self) else { return false }
    } while take(",")
    return take("]")
  }

  mutating func lot() -> LotMove? {
    guard take("["), let lot = number(), take(","), let points = number() else { return nil }
    var end: Int64?
    if take(",") { guard number(&end) else { return nil } }
    guard take("]") else { return nil }
    return LotMove(lot: lot, points: points, expiresAt: end.map(Timestamp.init(microseconds:)))
  }

  mutating func award() -> RuleAward? {
    guard take("["), let rule = text(), take(","), let points = number(), take("]") else { return nil }
    return RuleAward(rule: rule, points: points)
  }
}
