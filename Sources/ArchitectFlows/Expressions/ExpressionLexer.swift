import Core
import FoundationEssentials

/// A place inside an expression, counted in Unicode scalars, and what is wrong there.
struct ExpressionProblem: Error, Sendable, Equatable {
  let offset: Int
  let message: String
}

struct ExpressionToken: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case name(String)
    case string(String)
    case integer(Int64)
    case decimal(Decimal)
    /// One of `ExpressionLexer.symbols`.
    case symbol(String)
    case end
  }

  let kind: Kind
  let offset: Int
}

/// Architect's expression language as tokens (facts of the vendor's help, "Work with expressions").
struct ExpressionLexer {
  private static let symbols = [
    "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^", "!", "(", ")", "[", "]", ",", ".",
  ]

  private let text: [Unicode.Scalar]
  private var position = 0

  private init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  static func tokens(of text: String) throws(ExpressionProblem) -> [ExpressionToken] {
    var lexer = ExpressionLexer(text)
    var tokens: [ExpressionToken] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private mutating func next() throws(ExpressionProblem) -> ExpressionToken {
    while let scalar = peek(), scalar.properties.isWhitespace { position += 1 }
    let start = position
    guard let scalar = peek() else { return ExpressionToken(kind: .end, offset: start) }
    if scalar == "\"" { return ExpressionToken(kind: .string(try string()), offset: start) }
    if scalar.isDigit { return ExpressionToken(kind: try number(), offset: start) }
    if scalar.isNameStart {
      while let next = peek(), next.isNameStart || next.isDigit { position += 1 }
      return ExpressionToken(kind: .name(spelling(from: start)), offset: start)
    }
    for symbol in Self.symbols where matches(symbol) {
      position += symbol.unicodeScalars.count
      return ExpressionToken(kind: .symbol(symbol), offset: start)
    }
    throw ExpressionProblem(offset: start, message: Self.advice(for: scalar))
  }

  private func matches(_ symbol: String) -> Bool {
    text[position...].starts(with: symbol.unicodeScalars)
  }

  private func spelling(from start: Int) -> String {
    var name = String.UnicodeScalarView()
    name.append(contentsOf: text[start..<position])
    return String(name)
  }

  private static func advice(for scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "=": "'=' compares nothing; write '=='"
    case "'": "texts are written in double quotes"
    case "&", "|": "write 'and' or 'or'; bitwise operators are not known to the runner"
    case "\u{201C}", "\u{201D}": "typographic quotation marks; write \""
    default: "unexpected character '\(scalar)'"
    }
  }

  private mutating func number() throws(ExpressionProblem) -> ExpressionToken.Kind {
    let start = position
    while peek()?.isDigit == true { position += 1 }
    guard peek() == ".", peek(1)?.isDigit == true else {
      guard let number = Int64(spelling(from: start)), number <= 999_999_999_999_999 else {
        throw ExpressionProblem(offset: start, message: "integer \(spelling(from: start)) is too large")
      }
      return .integer(number)
    }
    position += 1
    while peek()?.isDigit == true { position += 1 }
    guard let number = Decimal(string: spelling(from: start)) else {
      throw ExpressionProblem(offset: start, message: "\(spelling(from: start)) is no number")
    }
    return .decimal(number)
  }

  private mutating func string() throws(ExpressionProblem) -> String {
    let start = position
    position += 1
    var content = String.UnicodeScalarView()
    while let scalar = peek() {
      position += 1
      switch scalar {
      case "\"": return String(content)
      case "\\":
        guard let escaped = peek() else { break }
        position += 1
        switch escaped {
        case "n": content.append("\n")
        case "r": content.append("\r")
        case "t": content.append("\t")
        case "\"", "\\", "/": content.append(escaped)
        default:
          throw ExpressionProblem(
            offset: position - 2, message: "escape \\\(escaped) is not known; known are \\\" \\\\ \\n \\r \\t")
        }
      default: content.append(scalar)
      }
    }
    throw ExpressionProblem(offset: start, message: "text without a closing quotation mark")
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isNameStart: Bool { self == "_" || properties.isAlphabetic }
}
