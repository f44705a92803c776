/// Header fields in the order they came. Names are kept in lower case, as HTTP compares them without regard to case.
package struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
  package typealias Field = (name: String, value: String)

  private var names: [String] = []
  private var values: [String] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  package var count: Int { names.count }

  /// The first value of a field. Setting replaces all of them; setting nil removes them.
  package subscript(_ name: String) -> String? {
    get {
      let name = name.lowercased()
      return names.firstIndex(of: name).map { values[$0] }
    }
    set {
      let name = name.lowercased()
      while let index = names.firstIndex(of: name) {
        names.remove(at: index)
        values.remove(at: index)
      }
      if let newValue { add(lowercased: name, newValue) }
    }
  }

  /// Every value of a field, in order.
  package func all(_ name: String) -> [String] {
    let name = name.lowercased()
    return names.indices.filter { names[$0] == name }.map { values[$0] }
  }

  package mutating func add(_ name: String, _ value: String) {
    add(lowercased: name.lowercased(), value)
  }

  /// For a parser that has folded the name already.
  package mutating func add(lowercased name: String, _ value: String) {
    names.append(name)
    values.append(value)
  }

  package func makeIterator() -> AnyIterator<Field> {
    var index = 0
    return AnyIterator {
      guard index < names.count else { return nil }
      defer { index += 1 }
      return (names[index], values[index])
    }
  }
}
