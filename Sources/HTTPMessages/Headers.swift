/// Header fields in the order they came. Names are kept in lower case, as HTTP compares them without regard to case.
///
/// All names and values lie in one array of bytes, which a parser hands over as it read it: a request costs two
/// allocations here, whatever its number of fields, and a `String` is made only of a value that somebody asks for.
package struct Headers: Sendable, ExpressibleByDictionaryLiteral, Sequence {
  package typealias Field = (name: String, value: String)

  /// Where a field lies in the bytes.
  package struct Location: Sendable {
    let name: Range<Int32>
    let value: Range<Int32>

    package init(name: Range<Int>, value: Range<Int>) {
      self.name = Int32(name.lowerBound)..<Int32(name.upperBound)
      self.value = Int32(value.lowerBound)..<Int32(value.upperBound)
    }
  }

  private var bytes: [UInt8] = []
  private var locations: [Location] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  /// Takes over what a parser read.
  ///
  /// - Precondition: `locations` lie in `bytes`, and the names there are in lower case.
  package init(parsed bytes: [UInt8], locations: [Location]) {
    self.bytes = bytes
    self.locations = locations
  }

  package var count: Int { locations.count }

  /// The first value of a field. Setting replaces all of them; setting nil removes them.
  package subscript(_ name: String) -> String? {
    get { first(name).map { text(at: locations[$0].value) } }
    set {
      if first(name) != nil { locations = locations.filter { !matches($0, name) } }
      if let newValue { add(name, newValue) }
    }
  }

  /// The first value of a field as it lies there: without a copy, but it keeps all the others from being freed.
  package func bytes(_ name: String) -> ArraySlice<UInt8>? { first(name).map { bytes[locations[$0].value.asInt] } }

  /// Every value of a field, in order.
  package func all(_ name: String) -> [String] {
    locations.filter { matches($0, name) }.map { text(at: $0.value) }
  }

  /// How many fields have this name.
  package func count(of name: String) -> Int {
    locations.count { matches($0, name) }
  }

  package mutating func add(_ name: String, _ value: String) {
    let start = bytes.count
    for byte in name.utf8 { bytes.append(byte.lowercased) }
    let middle = bytes.count
    bytes.append(contentsOf: value.utf8)
    locations.append(Location(name: start..<middle, value: middle..<bytes.count))
  }

  package func makeIterator() -> AnyIterator<Field> {
    var index = 0
    return AnyIterator {
      guard index < locations.count else { return nil }
      defer { index += 1 }
      return (text(at: locations[index].name), text(at: locations[index].value))
    }
  }

  /// Every field as bytes, in order, for a writer. The slices must not leave `body`.
  package func forEachField(
    _ body: (_ name: Slice<UnsafeRawBufferPointer>, _ value: Slice<UnsafeRawBufferPointer>) -> Void
  ) {
    bytes.withUnsafeBytes { bytes in
      for location in locations { body(bytes[location.name.asInt], bytes[location.value.asInt]) }
    }
  }

  /// Whether both lie in the same memory: what was found out about one holds for the other then. Fields that are equal
  /// but lie elsewhere are not identical.
  package func isIdentical(to other: Headers) -> Bool {
    bytes.withUnsafeBytes { own in other.bytes.withUnsafeBytes { own.baseAddress == $0.baseAddress } }
      && locations.withUnsafeBytes { own in other.locations.withUnsafeBytes { own.baseAddress == $0.baseAddress } }
      && bytes.count == other.bytes.count && locations.count == other.locations.count
  }

  private func first(_ name: String) -> Int? {
    locations.firstIndex { matches($0, name) }
  }

  private func matches(_ location: Location, _ name: String) -> Bool {
    guard location.name.count == name.utf8.count else { return false }
    let start = Int(location.name.lowerBound)
    var name = name
    return name.withUTF8 { name in
      bytes.withUnsafeBufferPointer { bytes in
        name.indices.allSatisfy { bytes[start + $0] == name[$0].lowercased }
      }
    }
  }

  private func text(at range: Range<Int32>) -> String {
    String(decoding: bytes[range.asInt], as: UTF8.self)
  }
}

extension Headers: Hashable {
  package static func == (left: Headers, right: Headers) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0 == $1 }
  }

  package func hash(into hasher: inout Hasher) {
    for (name, value) in self {
      hasher.combine(name)
      hasher.combine(value)
    }
  }
}

extension Range<Int32> {
  fileprivate var asInt: Range<Int> { Int(lowerBound)..<Int(upperBound) }
}

extension UInt8 {
  /// The ASCII letter in lower case; anything else as it is.
  package var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
