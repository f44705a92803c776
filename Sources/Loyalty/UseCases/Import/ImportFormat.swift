import Core

/// How the lines of a file are read.
package enum ImportFormat: Sendable, Hashable {
  /// Where in a line each of `ImportFields.names` stands; RFC 4180, with a header, but a field ends in its line.
  case csv([Int?], columns: Int)
  /// One JSON object a line.
  case ndjson

  /// - Parameter header: the first line of a CSV file.
  static func csv(header: Substring) throws(ImportFault) -> ImportFormat {
    guard let columns = fields(header) else { throw ImportFault(line: 1, code: "header", text: "has an open quote") }
    let names = columns.map { $0.lowercased().filter { $0 != "\u{FEFF}" && $0 != " " } }
    for name in names where !ImportFields.names.contains(name) {
      throw ImportFault(line: 1, code: "header", text: "names \(name), which is none of \(ImportFields.names)")
    }
    guard Set(names).count == names.count else { throw ImportFault(line: 1, code: "header", text: "names one twice") }
    guard names.contains("points"), names.contains("customer_id") || names.contains("customer_hash") else {
      throw ImportFault(line: 1, code: "header", text: "names points, and customer_id or customer_hash")
    }
    return .csv(ImportFields.names.map { names.firstIndex(of: $0) }, columns: names.count)
  }

  func fields(_ line: Substring, number: Int64) throws(ImportFault) -> ImportFields {
    var result = ImportFields()
    switch self {
    case .csv(let places, let columns):
      guard let found = Self.fields(line), found.count == columns else {
        throw ImportFault(line: number, code: "line", text: "does not have \(columns) fields")
      }
      for (index, place) in places.enumerated() { if let place { result.values[index] = found[place] } }
    case .ndjson:
      guard let members = (try? JSONValue(parsing: line.utf8, depth: 2))?.members else {
        throw ImportFault(line: number, code: "line", text: "is no JSON object")
      }
      for member in members {
        guard let index = ImportFields.names.firstIndex(of: member.name) else {
          throw ImportFault(line: number, code: "line", text: "has a member that is not known")
        }
        switch member.value {
        case .string(let text): result.values[index] = Substring(text)
        case .number(let digits): result.values[index] = Substring(digits)
        case .null: break
        default: throw ImportFault(line: number, code: member.name, text: "is neither text nor number")
        }
      }
    }
    return result
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
