import Core

/// The words of an expression.
enum FilterLexer {
  enum Kind: Sendable, Hashable {
    /// An operator, a bracket, a dot or a comma.
    case symbol(String)
    case name(String)
    /// In backticks: never a word of the language.
    case quotedName(String)
    case string(String)
    case number(String)
    /// `$`, or `$` and the name of a function.
    case dollar(String)
    case end
  }

  struct Token: Sendable, Hashable {
    let kind: Kind
    /// From 1.
    let column: Int
  }

  static func tokens(of text: String) throws(FilterError) -> [Token] {
    var reader = Reader(Array(text.unicodeScalars))
    var tokens: [Token] = []
    while let token = try reader.next() { tokens.append(token) }
    tokens.append(Token(kind: .end, column: reader.column))
    return tokens
  }

  private static let notTaken: [Unicode.Scalar: String] = [
    "&": "write and between two questions; texts are not joined here.",
    "|": "write or between two questions; objects are not changed here.",
    "!": "write != or not(…).",
    "+": "nothing is computed here.", "*": "there are no wildcards and no sums here.", "/": "nothing is computed here.",
    "%": "nothing is computed here.", "{": "no objects are made here.", "}": "no objects are made here.",
    "?": "there is no choice between two values here.", ":": "nothing is assigned here.",
    ";": "one expression is all that there may be.", "~": "functions are not applied here.",
    "^": "nothing is sorted here.", "@": "nothing is bound here.", "#": "nothing is bound here.",
    "“": "write texts in straight quotes.", "”": "write texts in straight quotes.",
    "’": "write texts in straight quotes.",
  ]

  private struct Reader {
    let scalars: [Unicode.Scalar]
    var place = 0

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    var column: Int { place + 1 }
    private var current: Unicode.Scalar? { scalars.indices.contains(place) ? scalars[place] : nil }
    private var following: Unicode.Scalar? { scalars.indices.contains(place + 1) ? scalars[place + 1] : nil }

    mutating func next() throws(FilterError) -> Token? {
      while let current, " \t\r\n".unicodeScalars.contains(current) { place += 1 }
      guard let current else { return nil }
      let start = column
      switch current {
      case "'", "\"": return Token(kind: .string(try string(current)), column: start)
      case "`": return Token(kind: .quotedName(try quotedName()), column: start)
      case "$":
        place += 1
        if self.current == "$" { throw FilterError(column: start, message: "write $ for the event; $$ is not taken.") }
        return Token(kind: .dollar(takeName()), column: start)
      case "0"..."9": return Token(kind: .number(try number()), column: start)
      case let letter where Self.beginsName(letter): return Token(kind: .name(takeName()), column: start)
      default: return Token(kind: .symbol(try symbol(current)), column: start)
      }
    }

    private mutating func symbol(_ first: Unicode.Scalar) throws(FilterError) -> String {
      let start = column
      place += 1
      switch (first, current) {
      case ("=", "="): throw FilterError(column: start, message: "write one = to compare.")
      case ("<", ">"): throw FilterError(column: start, message: "write != for what differs.")
      case ("!", "="), ("<", "="), (">", "="):
        place += 1
        return "\(first)="
      case ("=", _), ("<", _), (">", _), ("(", _), (")", _), ("[", _), ("]", _), (",", _), (".", _), ("-", _):
        return String(first)
      default:
        throw FilterError(
          column: start,
          message: "\(first) is not understood: \(notTaken[first] ?? "write names with it in backticks.")")
      }
    }

    private mutating func takeName() -> String {
      let start = place
      while let current, Self.beginsName(current) || ("0"..."9").contains(current) { place += 1 }
      return text(start)
    }

    private mutating func quotedName() throws(FilterError) -> String {
      let opening = column
      place += 1
      let start = place
      while let current, current != "`" { place += 1 }
      guard current != nil else { throw FilterError(column: opening, message: "the backtick is not closed.") }
      defer { place += 1 }
      return text(start)
    }

    /// The same as a number of JSON; the sign is the parser's.
    private mutating func number() throws(FilterError) -> String {
      let start = place
      digits()
      if scalars[start] == "0", place > start + 1 {
        throw FilterError(column: start + 1, message: "a number does not begin with 0 here.")
      }
      if current == ".", following.map({ ("0"..."9").contains($0) }) == true {
        place += 1
        digits()
      }
      if current == "e" || current == "E" {
        place += 1
        if current == "+" || current == "-" { place += 1 }
        let exponent = place
        digits()
        guard place > exponent else { throw FilterError(column: start + 1, message: "this is no number.") }
      }
      if let current, Self.beginsName(current) { throw FilterError(column: start + 1, message: "this is no number.") }
      guard Double(text(start))?.isFinite == true else {
        throw FilterError(column: start + 1, message: "this number is too large.")
      }
      return text(start)
    }

    private mutating func digits() { while let current, ("0"..."9").contains(current) { place += 1 } }

    private mutating func string(_ quote: Unicode.Scalar) throws(FilterError) -> String {
      let opening = column
      var result = String.UnicodeScalarView()
      place += 1
      while let scalar = current {
        place += 1
        if scalar == quote { return String(result) }
        if scalar == "\\" { result.append(try escape()) } else { result.append(scalar) }
      }
      throw FilterError(column: opening, message: "the quote is not closed.")
    }

    private mutating func escape() throws(FilterError) -> Unicode.Scalar {
      let start = place
      guard let scalar = current else { throw FilterError(column: start, message: "the quote is not closed.") }
      place += 1
      switch scalar {
      case "\"", "'", "\\", "/", "`": return scalar
      case "n": return "\n"
      case "r": return "\r"
      case "t": return "\t"
      case "u":
        let hex = String(String.UnicodeScalarView(scalars[place...].prefix(4)))
        guard hex.utf8.count == 4, hex.allSatisfy(\.isHexDigit), let code = UInt32(hex, radix: 16),
          let unicode = Unicode.Scalar(code)
        else { throw FilterError(column: start, message: "write \\u with four hexadecimal digits of a character.") }
        place += 4
        return unicode
      default: throw FilterError(column: start, message: "\\\(scalar) stands for nothing in a text.")
      }
    }

    private func text(_ start: Int) -> String { String(String.UnicodeScalarView(scalars[start..<place])) }

    private static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
  }
}
