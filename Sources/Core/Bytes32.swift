/// 32 bytes, such as a hash or the code of a message, as a value: who keeps millions has no memory on the heap for each.
package struct Bytes32: Sendable, Hashable, BitwiseCopyable {
  package static let count = 32
  package static let zero = Bytes32()

  @usableFromInline var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  private init() {}

  /// Nil unless they are 32.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.count else { return nil }
    self = bytes.withUnsafeBytes { Bytes32($0) }
  }

  /// - Precondition: they are 32.
  package init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.count, "32 bytes, not \(bytes.count)")
    withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
  }

  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  package var hex: String { bytes.hex }

  /// The first eight as a number: it is in their order.
  package var prefix: UInt64 { UInt64(bigEndian: words.0) }

  @inlinable
  package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Swift.withUnsafeBytes(of: words, body)
  }

  @inlinable
  package mutating func withUnsafeMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    Swift.withUnsafeMutableBytes(of: &words, body)
  }

  @inlinable
  package static func == (left: Bytes32, right: Bytes32) -> Bool { left.words == right.words }

  /// Of a hash a part says as much as all of it.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
  }
}

extension Bytes32: Comparable {
  /// In the order of the bytes.
  package static func < (left: Bytes32, right: Bytes32) -> Bool {
    let (left, right) = (left.words, right.words)
    if left.0 != right.0 { return left.0.bigEndian < right.0.bigEndian }
    if left.1 != right.1 { return left.1.bigEndian < right.1.bigEndian }
    if left.2 != right.2 { return left.2.bigEndian < right.2.bigEndian }
    return left.3.bigEndian < right.3.bigEndian
  }
}
