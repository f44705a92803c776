/// Just enough of SQL's grammar to divide a script and to look at words: quoted text and comments are passed over.
package struct SQLText: Sendable {
  package enum Piece: Sendable, Hashable {
    /// Letters, digits, `_` and `$`.
    case word(String)
    /// Quoted text, a quoted name or a comment, with its delimiters.
    case sealed(String)
    case semicolon
    /// Spaces, operators, brackets.
    case other(String)

    fileprivate var text: String {
      switch self {
      case .word(let text), .sealed(let text), .other(let text): text
      case .semicolon: ";"
      }
    }
  }

  package let pieces: [Piece]

  package init(_ sql: String) {
    var scanner = Scanner(bytes: Array(sql.utf8))
    pieces = scanner.pieces()
  }

  private init(pieces: [Piece]) {
    self.pieces = pieces
  }

  package var text: String { pieces.map(\.text).joined() }

  /// Upper-case, in order.
  package var words: [String] {
    pieces.compactMap { if case .word(let word) = $0 { word.uppercased() } else { nil } }
  }

  /// The statements of a script, without those that are comment only.
  package var statements: [SQLText] {
    pieces.split(separator: .semicolon).map { SQLText(pieces: Array($0)) }.filter { !$0.words.isEmpty }
  }

  package func replacingWords(_ replacements: [String: String]) -> SQLText {
    SQLText(
      pieces: pieces.map { piece in
        if case .word(let word) = piece, let other = replacements[word.uppercased()] { .word(other) } else { piece }
      })
  }

  private static let reserved: Set<String> = [
    "ABORT", "ATTACH", "BEGIN", "COMMIT", "DETACH", "END", "LISTEN", "LOCK", "PRAGMA", "RELEASE", "ROLLBACK",
    "SAVEPOINT",
    "SET", "START", "VACUUM",
  ]

  /// What both engines refuse before they look further: more than one statement, or one that is the engine's own business.
  ///
  /// - Throws: `DatabaseError.statement`.
  package func checkSingle() throws(DatabaseError) {
    let statements = statements
    guard statements.count == 1, let first = statements[0].words.first else {
      throw .statement("one statement at a time, not \(statements.count)")
    }
    if Self.reserved.contains(first) { throw .statement("\(first) is for the database room alone") }
  }
}

private struct Scanner {
  let bytes: [UInt8]
  var position = 0

  mutating func pieces() -> [SQLText.Piece] {
    var pieces: [SQLText.Piece] = []
    while position < bytes.count {
      let start = position
      let kind = next()
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      switch kind {
      case .word: pieces.append(.word(text))
      case .sealed: pieces.append(.sealed(text))
      case .semicolon: pieces.append(.semicolon)
      case .other: pieces.append(.other(text))
      }
    }
    return pieces
  }

  private enum Kind { case word, sealed, semicolon, other }

  private mutating func next() -> Kind {
    let byte = bytes[position]
    let following = position + 1 < bytes.count ? bytes[position + 1] : 0
    switch (byte, following) {
    case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _):
      // A doubled delimiter stands for itself and reads as the end of one text and the start of another.
      skip(past: [byte], from: position + 1)
      return .sealed
    case (UInt8(ascii: "-"), UInt8(ascii: "-")):
      skip(past: [0x0A], from: position + 2)
      return .sealed
    case (UInt8(ascii: "/"), UInt8(ascii: "*")):
      skip(past: Array("*/".utf8), from: position + 2)
      return .sealed
    case (UInt8(ascii: ";"), _):
      position += 1
      return .semicolon
    case _ where Self.isWord(byte):
      while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
      return .word
    default:
      position += 1
      return .other
    }
  }

  private mutating func skip(past end: [UInt8], from start: Int) {
    position = start
    while position < bytes.count {
      if bytes[position...].starts(with: end) {
        position += end.count
        return
      }
      position += 1
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    let folded = byte | 0x20
    return folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte >= 0x80
  }
}
