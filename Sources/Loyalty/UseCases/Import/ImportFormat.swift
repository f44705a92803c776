import Core

/// How the lines of a file are read.
package enum ImportFormat: Sendable, Hashable {
  /// Which of `ImportFields.names` each column is; RFC 4180, with a header, but a field ends in its line.
  case csv([Int])
  /// One JSON object a line.
  case ndjson

  /// - Parameter header: the first line of a CSV file.
  static func csv(header: Substring) throws(ImportFault) -> ImportFormat {
    guard let columns = fields(header) else { throw ImportFault(line: 1, code: "header", text: "has an open quote") }
    let names = columns.map { $0.lowercased().filter { $0 != "\u{FEFF}" && $0 != " " } }
    var members: [Int] = []
    for name in names {
      guard let member = ImportFields.names.firstIndex(of: name) else {
        throw ImportFault(line: 1, code: "header", text: "names \(name), which is none of \(ImportFields.names)")
      }
      members.append(member)
    }
    guard Set(names).count == names.count else { throw ImportFault(line: 1, code: "header", text: "names one twice") }
    guard names.contains("points"), names.contains("customer_id") || names.contains("customer_hash") else {
      throw ImportFault(line: 1, code: "header", text: "names points, and customer_id or customer_hash")
    }
    return .csv(members)
  }

  /// - Parameters:
  ///   - line: UTF-8.
  ///   - isPlain: whether a quote is nowhere in it.
  func read(
    _ line: UnsafeRawBufferPointer, isPlain: Bool, number: Int64, into fields: inout ImportFields
  ) throws(ImportFault) {
    switch self {
    case .csv(let members):
      let isRead = isPlain ? fields.readPlain(line, members) : Self.readQuoted(line, members, into: &fields)
      guard isRead else { throw ImportFault(line: number, code: "line", text: "does not have \(members.count) fields") }
    case .ndjson: try Self.readJSON(line, number: number, into: &fields)
    }
  }

  private static func readQuoted(
    _ line: UnsafeRawBufferPointer, _ members: [Int], into fields: inout ImportFields
  ) -> Bool {
    guard let found = Self.fields(String(decoding: line, as: UTF8.self)[...]), found.count == members.count else {
      return false
    }
    fields.clear()
    for (member, text) in zip(members, found) { fields.set(member, text) }
    return true
  }

  private static func readJSON(
    _ line: UnsafeRawBufferPointer, number: Int64, into fields: inout ImportFields
  ) throws(ImportFault) {
    guard let members = (try? JSONValue(parsing: line, depth: 2))?.members else {
      throw ImportFault(line: number, code: "line", text: "is no JSON object")
    }
    fields.clear()
    for member in members {
      guard let index = ImportFields.names.firstIndex(of: member.name) else {
        throw ImportFault(line: number, code: "line", text: "has a member that is not known")
      }
      switch member.value {
      case .string(let text): fields.set(index, text)
      case .number(let digits): fields.set(index, digits)
      case .null: break
      default: throw ImportFault(line: number, code: member.name, text: "is neither text nor number")
      }
    }
  }

  /// Nil for a quote that is not closed, or text after one.
  private static func fields(_ line: Substring) -> [Substring]? {
    guard line.utf8.contains(UInt8(ascii: "\"")) else {
      return line.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Substring($0) }
    }
    var fields: [Substring] = []
    var rest = line
    while true {
      var field: Substring
      if rest.first == "\"" {
        var text = ""
        rest = rest.dropFirst()
        while true {
          guard let quote = rest.firstIndex(of: "\"") else { return nil }
          text += rest[..<quote]
          rest = rest[rest.index(after: quote)...]
          guard rest.first == "\"" else { break }
          text += "\""
          rest = rest.dropFirst()
        }
        guard rest.isEmpty || rest.first == "," else { return nil }
        field = Substring(text)
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        field = rest[..<end]
        guard !field.contains("\"") else { return nil }
        rest = rest[end...]
      }
      fields.append(field)
      guard rest.first == "," else { return fields }
      rest = rest.dropFirst()
    }
  }
}
