/// Fills memory that has room for all that comes: for texts that are made so often that each piece of them counts.
package struct ByteWriter {
  @usableFromInline let bytes: UnsafeMutableRawBufferPointer
  @usableFromInline var end = 0

  @inlinable
  package init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  @inlinable
  package var count: Int { end }

  @inlinable
  package var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<end]) }

  @inlinable
  package mutating func append(_ part: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: bytes[end...]).copyMemory(from: part)
    end += part.count
  }

  @inlinable
  package mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inlinable
  package mutating func append(_ byte: UInt8) {
    bytes[end] = byte
    end += 1
  }

  @inlinable
  package mutating func append(bigEndian number: Int64) {
    bytes.storeBytes(of: number.bigEndian, toByteOffset: end, as: Int64.self)
    end += 8
  }

  /// The longest number is 20 bytes.
  package static let longestNumber = 20

  /// - Parameter width: how many digits there are at least: those that are missing are zeros in front.
  @inlinable
  package mutating func append(decimal number: Int64, width: Int = 1) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var digits = 1
    var bound: UInt64 = 10
    while rest >= bound {
      digits += 1
      let (next, overflows) = bound.multipliedReportingOverflow(by: 10)
      if overflows { break }
      bound = next
    }
    let last = end + max(digits, width)
    for place in stride(from: last - 1, through: end, by: -1) {
      bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    end = last
  }

  /// A JSON string: at most six bytes for each of the text's, and two.
  package mutating func append(json text: String) {
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

extension [UInt8] {
  /// Appends in one piece what is written.
  ///
  /// - Parameter most: how many bytes that is at most.
  package mutating func append(atMost most: Int, _ write: (inout ByteWriter) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: most, alignment: 1) { bytes in
      var writer = ByteWriter(bytes)
      write(&writer)
      append(contentsOf: writer.written)
    }
  }

  /// Appends decimal digits with leading zeros up to `width`.
  package mutating func append(decimal value: Int64, width: Int = 1) {
    append(atMost: Swift.max(ByteWriter.longestNumber, width + 1)) { $0.append(decimal: value, width: width) }
  }
}
