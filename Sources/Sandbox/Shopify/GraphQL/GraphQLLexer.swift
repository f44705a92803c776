import Core

/// The tokens of the GraphQL specification (October 2021), for documents and for schemas.
struct GraphQLLexer {
  enum Token: Sendable, Hashable {
    case name(String)
    case int(String)
    case float(String)
    case string(String)
    /// One of `! $ & ( ) : = @ [ ] { | }` or `...`.
    case punctuator(String)
    case end

    /// As errors show it.
    var shown: String {
      switch self {
      case .name(let text), .int(let text), .float(let text), .punctuator(let text): text
      case .string(let text): "\"\(text)\""
      case .end: "end of file"
      }
    }
  }

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var lineStart = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var location: GraphQLLocation { .init(line: line, column: position - lineStart + 1) }

  mutating func token() throws(GraphQLError) -> (token: Token, location: GraphQLLocation) {
    skipIgnored()
    let start = location
    guard let byte = next else { return (.end, start) }
    switch byte {
    case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return (.name(take { $0.isNameContinue }), start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return (try number(), start)
    case UInt8(ascii: "\""):
      return (.string(try string()), start)
    case UInt8(ascii: "."):
      guard bytes[position...].starts(with: "...".utf8) else { throw failure(".", at: start) }
      position += 3
      return (.punctuator("..."), start)
    default:
      guard "!$&():=@[]{|}".utf8.contains(byte) else { throw failure(String(UnicodeScalar(byte)), at: start) }
      position += 1
      return (.punctuator(String(UnicodeScalar(byte))), start)
    }
  }

  private func failure(_ text: String, at location: GraphQLLocation) -> GraphQLError {
    GraphQLError(
      message: "syntax error, unexpected invalid token (\"\(text)\") at [\(location.line), \(location.column)]",
      locations: [location])
  }

  private mutating func skipIgnored() {
    while let byte = next {
      switch byte {
      case UInt8(ascii: "#"):
        while let byte = next, byte != 0x0A { position += 1 }
      case 0x0A:
        position += 1
        line += 1
        lineStart = position
      case 0x20, 0x09, 0x0D, UInt8(ascii: ","): position += 1
      // A byte order mark.
      case 0xEF where bytes[position...].starts(with: [0xEF, 0xBB, 0xBF]): position += 3
      default: return
      }
    }
  }

  private mutating func take(while condition: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = next, condition(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func number() throws(GraphQLError) -> Token {
    let start = location
    let text = take { $0.isDecimalDigit || $0.isNameContinue || "+-.".utf8.contains($0) }
    guard let json = try? JSONValue(parsing: text), case .number = json else { throw failure(text, at: start) }
    return text.utf8.allSatisfy { $0.isDecimalDigit || $0 == UInt8(ascii: "-") } ? .int(text) : .float(text)
  }

  private mutating func string() throws(GraphQLError) -> String {
    let start = location
    if bytes[position...].starts(with: "\"\"\"".utf8) { return try blockString(at: start) }
    let first = position
    position += 1
    while let byte = next, byte != 0x0A {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") {
        // The escapes are those of JSON.
        guard case .string(let text) = try? JSONValue(parsing: bytes[first..<position]) else { break }
        return text
      }
    }
    throw failure("\"", at: start)
  }

  private mutating func blockString(at start: GraphQLLocation) throws(GraphQLError) -> String {
    position += 3
    let first = position
    while position < bytes.count {
      if bytes[position...].starts(with: "\"\"\"".utf8) {
        let text = String(decoding: bytes[first..<position], as: UTF8.self)
        position += 3
        return text
      }
      if bytes[position] == 0x0A {
        line += 1
        lineStart = position + 1
      }
      position += 1
    }
    throw failure("\"\"\"", at: start)
  }
}

extension UInt8 {
  fileprivate var isNameContinue: Bool {
    isDecimalDigit || self == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
}
