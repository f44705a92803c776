import Core

/// Fills memory that has room for all that comes.
struct ByteWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<count]) }

  mutating func append(_ part: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: part)
    count += part.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  mutating func append(bigEndian number: Int64) {
    bytes.storeBytes(of: number.bigEndian, toByteOffset: count, as: Int64.self)
    count += 8
  }

  /// The longest number is 20 bytes.
  static let longestNumber = 20

  mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var end = count + 1
    var bound: UInt64 = 10
    while rest >= bound {
      end += 1
      let (next, overflows) = bound.multipliedReportingOverflow(by: 10)
      if overflows { break }
      bound = next
    }
    for place in stride(from: end - 1, through: count, by: -1) {
      bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count = end
  }

  /// A JSON string: at most six bytes for each of the text's, and two.
  mutating func append(json text: String) {
    var text = text
    text.withUTF8 { text in
      guard !JSONValue.isPlain(text) else {
        append(UInt8(ascii: "\""))
        append(UnsafeRawBufferPointer(text))
        return append(UInt8(ascii: "\""))
      }
      var escaped: [UInt8] = []
      JSONValue.write(String(decoding: text, as: UTF8.self), to: &escaped)
      escaped.withUnsafeBytes { append($0) }
    }
  }
}
