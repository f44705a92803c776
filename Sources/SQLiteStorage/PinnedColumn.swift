import Core
import Glibc
import Storage

/// A column at addresses that stay, which SQLite may read until `deallocate()` without a copy of its own; and its texts and
/// blobs one behind the other.
struct PinnedColumn {
  enum Kind { case integers, texts, blobs }

  let kind: Kind
  let count: Int
  /// The integers; or where each text or blob begins in `bytes`, and at last where the last one ends.
  private let numbers: UnsafeMutablePointer<Int64>
  /// None where no value may be NULL.
  private let nulls: UnsafeMutablePointer<Bool>?
  private let bytes: UnsafeMutablePointer<UInt8>

  /// - Throws: `DatabaseError.statement` for a text that holds a NUL.
  init(_ column: SQLColumn) throws(DatabaseError) {
    switch column {
    case .integers(let values): self.init(values)
    case .optionalIntegers(let values): self.init(values)
    case .texts(let values): self.init(.texts, values.count) { values[$0].utf8 }
    case .packedTexts(let values): self.init(values)
    case .optionalTexts(let values): self.init(.texts, values.count) { values[$0]?.utf8 }
    case .blobs(let values): self.init(.blobs, values.count) { values[$0] }
    case .optionalBlobs(let values): self.init(.blobs, values.count) { values[$0] }
    case .bytes32(let values): self.init(values)
    }
    if kind == .texts, memchr(bytes, 0, Int(numbers[count])) != nil {
      deallocate()
      throw .statement("text that is stored must not hold a NUL character")
    }
  }

  private init(_ values: [Int64]) {
    self.init(.integers, count: values.count, byteCount: 0)
    for row in values.indices { numbers[row] = values[row] }
  }

  private init(_ values: [Int64?]) {
    self.init(.integers, count: values.count, byteCount: 0, hasNulls: true)
    for row in values.indices {
      nulls?[row] = values[row] == nil
      numbers[row] = values[row] ?? 0
    }
  }

  private init<Bytes: Collection<UInt8>>(_ kind: Kind, _ count: Int, _ value: (Int) -> Bytes?) {
    self.init(kind, count: count, byteCount: (0..<count).reduce(0) { $0 + (value($1)?.count ?? 0) }, hasNulls: true)
    var end = 0
    for row in 0..<count {
      let value = value(row)
      nulls?[row] = value == nil
      numbers[row] = Int64(end)
      guard let value else { continue }
      end = UnsafeMutableBufferPointer(start: bytes + end, count: value.count).initialize(fromContentsOf: value) + end
    }
    numbers[count] = Int64(end)
  }

  private init(_ values: PackedTexts) {
    self.init(.texts, count: values.count, byteCount: values.bytes.count)
    values.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: bytes, count: $0.count).copyMemory(from: $0) }
    numbers[0] = 0
    for row in 0..<values.count { numbers[row + 1] = Int64(values.ends[row]) }
  }

  private init(_ values: [Bytes32]) {
    self.init(.blobs, count: values.count, byteCount: values.count * Bytes32.count)
    values.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: bytes, count: $0.count).copyMemory(from: $0) }
    for row in 0...values.count { numbers[row] = Int64(row * Bytes32.count) }
  }

  private init(_ kind: Kind, count: Int, byteCount: Int, hasNulls: Bool = false) {
    self.kind = kind
    self.count = count
    numbers = .allocate(capacity: count + 1)
    nulls = hasNulls ? .allocate(capacity: count) : nil
    // Nothing at all still needs an address, as null stands for NULL.
    bytes = .allocate(capacity: byteCount + 1)
  }

  func deallocate() {
    numbers.deallocate()
    nulls?.deallocate()
    bytes.deallocate()
  }

  func isNull(_ row: Int) -> Bool { nulls.map { $0[row] } ?? false }

  /// Whether two rows hold the same number.
  func isSame(_ row: Int, _ other: Int) -> Bool {
    kind == .integers && numbers[row] == numbers[other] && isNull(row) == isNull(other)
  }

  func integer(_ row: Int) -> Int64 { numbers[row] }

  /// Where a text or a blob begins, also an empty one.
  func start(_ row: Int) -> UnsafePointer<UInt8> { UnsafePointer(bytes + Int(numbers[row])) }

  func length(_ row: Int) -> Int { Int(numbers[row + 1] - numbers[row]) }

  /// The rows that hold something, each value once, in the order in which SQLite sorts them.
  var distinctRows: [Int] {
    var rows = (0..<count).filter { !isNull($0) }
    if zip(rows, rows.dropFirst()).allSatisfy({ isLess($0, $1) }) { return rows }
    rows.sort(by: isLess)
    return rows.reduce(into: []) { distinct, row in
      guard let last = distinct.last, !isLess(last, row) else { return distinct.append(row) }
    }
  }

  private func isLess(_ row: Int, _ other: Int) -> Bool {
    if kind == .integers { return numbers[row] < numbers[other] }
    let order = memcmp(start(row), start(other), min(length(row), length(other)))
    return order == 0 ? length(row) < length(other) : order < 0
  }
}
