/// JSON written member by member, for answers that are made so often that a tree in between would cost more than they do.
extension [UInt8] {
  /// Begins a member of the object that is being written: a comma unless it is the first, the name, a colon.
  ///
  /// - Parameter name: of characters that JSON does not escape.
  package mutating func append(member name: StaticString) {
    if last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    append(UInt8(ascii: "\""))
    name.withUTF8Buffer { append(contentsOf: $0) }
    append(UInt8(ascii: "\""))
    append(UInt8(ascii: ":"))
  }

  /// A member, unless there is no value.
  package mutating func append(member name: StaticString, _ text: String?) {
    guard let text else { return }
    append(member: name)
    JSONValue.write(text, to: &self)
  }

  package mutating func append(member name: StaticString, _ number: Int64?) {
    guard let number else { return }
    append(member: name)
    append(decimal: number)
  }

  package mutating func append(member name: StaticString, _ moment: Timestamp?) {
    guard let moment else { return }
    append(member: name)
    appendQuoted { moment.write(to: &$0) }
  }

  package mutating func appendNull() { append(contentsOf: "null".utf8) }

  /// A string of which nothing has to be escaped.
  package mutating func appendQuoted(_ write: (inout [UInt8]) -> Void) {
    append(UInt8(ascii: "\""))
    write(&self)
    append(UInt8(ascii: "\""))
  }
}
