import Core
import Storage

extension TypeID {
  static let bytesArray: UInt32 = 1001
  static let textArray: UInt32 = 1009
  static let bigIntegerArray: UInt32 = 1016
}

extension SQLColumn {
  fileprivate var elementType: UInt32 {
    switch self {
    case .integers, .optionalIntegers: TypeID.bigInteger
    case .texts, .packedTexts, .optionalTexts: TypeID.text
    case .blobs, .optionalBlobs, .bytes32: TypeID.bytes
    }
  }

  var arrayType: UInt32 {
    switch self {
    case .integers, .optionalIntegers: TypeID.bigIntegerArray
    case .texts, .packedTexts, .optionalTexts: TypeID.textArray
    case .blobs, .optionalBlobs, .bytes32: TypeID.bytesArray
    }
  }

  /// Of its elements with their lengths, about.
  fileprivate var size: Int {
    switch self {
    case .integers, .optionalIntegers: count * 12
    case .texts(let values): values.reduce(0) { $0 + 4 + $1.utf8.count }
    case .packedTexts(let values): values.bytes.count + 4 * count
    case .blobs(let values): values.reduce(0) { $0 + 4 + $1.count }
    case .bytes32: count * 36
    case .optionalTexts, .optionalBlobs: count * 16
    }
  }

  fileprivate var mayHoldNull: Bool {
    switch self {
    case .integers, .texts, .packedTexts, .blobs, .bytes32: false
    case .optionalIntegers, .optionalTexts, .optionalBlobs: true
    }
  }
}

extension [UInt8] {
  /// The binary format of arrays (`array_recv`): the number of dimensions, whether there may be NULLs, the type of the
  /// elements, the length and the lower bound of the dimension; then each element.
  mutating func append(arrayOf column: SQLColumn) {
    reserveCapacity(count + 20 + column.size)
    append(bigEndian: 1 as Int32)
    append(bigEndian: column.mayHoldNull ? 1 : 0 as Int32)
    append(bigEndian: column.elementType)
    append(bigEndian: Int32(column.count))
    append(bigEndian: 1 as Int32)
    switch column {
    case .integers(let values): for value in values { append(element: value) }
    case .optionalIntegers(let values): for value in values { append(element: value) }
    case .texts(let values): for value in values { append(element: value.utf8) }
    case .packedTexts(let values):
      for index in 0..<values.count { append(element: values.bytes[values.range(index)]) }
    case .optionalTexts(let values): for value in values { append(element: value?.utf8) }
    case .blobs(let values): for value in values { append(element: value) }
    case .optionalBlobs(let values): for value in values { append(element: value) }
    case .bytes32(let values): for value in values { value.withUnsafeBytes { append(element: $0) } }
    }
  }

  /// Its length, which is -1 for NULL, and its bytes.
  private mutating func append(element: Int64?) {
    guard let element else { return append(bigEndian: -1 as Int32) }
    append(bigEndian: 8 as Int32)
    append(bigEndian: element)
  }

  private mutating func append(element: (some Collection<UInt8>)?) {
    guard let element else { return append(bigEndian: -1 as Int32) }
    append(bigEndian: Int32(element.count))
    append(contentsOf: element)
  }

  private mutating func append(bigEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }
}
