/// JSON written member by member, for answers that are made so often that a tree in between would cost more than they do.
extension [UInt8] {
  /// Begins a member of the object that is being written: a comma unless it is the first, the name, a colon.
  ///
  /// - Parameter name: of characters that JSON does not escape.
  package mutating func append(member name: StaticString) {
    append(name, valueOf: 0) { _ in }
  }

  /// A member, unless there is no value.
  package mutating func append(member name: StaticString, _ text: String?) {
    guard let text else { return }
    append(member: name)
    JSONValue.write(text, to: &self)
  }

  package mutating func append(member name: StaticString, _ number: Int64?) {
    guard let number else { return }
    append(name, valueOf: ByteWriter.longestNumber) { $0.append(decimal: number) }
  }

  package mutating func append(member name: StaticString, _ moment: Timestamp?) {
    guard let moment else { return }
    append(name, valueOf: Timestamp.longestText + 2) { output in
      output.append(UInt8(ascii: "\""))
      moment.write(to: &output)
      output.append(UInt8(ascii: "\""))
    }
  }

  /// - Parameter most: how many bytes the value is at most.
  private mutating func append(_ name: StaticString, valueOf most: Int, _ value: (inout ByteWriter) -> Void) {
    let isFirst = last == UInt8(ascii: "{")
    append(atMost: name.utf8CodeUnitCount + 4 + most) { output in
      if !isFirst { output.append(UInt8(ascii: ",")) }
      output.append(UInt8(ascii: "\""))
      output.append(name)
      output.append(UInt8(ascii: "\""))
      output.append(UInt8(ascii: ":"))
      value(&output)
    }
  }

  package mutating func appendNull() { append(contentsOf: "null".utf8) }

  /// A string of which nothing has to be escaped.
  package mutating func appendQuoted(_ write: (inout [UInt8]) -> Void) {
    append(UInt8(ascii: "\""))
    write(&self)
    append(UInt8(ascii: "\""))
  }
}
