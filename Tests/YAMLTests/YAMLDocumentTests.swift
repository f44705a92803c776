import Core
import Testing
import YAML

@Suite("YAML documents")
struct YAMLDocumentTests {
  @Test func everyNodeKnowsItsPlace() throws {
    let document = try YAMLDocument(
      parsing: """
        # a comment
        server:
          port: 8080
          names: [a, "b c"]
        list:
          - one: 1
            two: 2
          -
            three: 3
        """)
    let root = document.root
    #expect(root.position == YAMLPosition(line: 2, column: 1))
    #expect(root["server"]?["port"]?.position == YAMLPosition(line: 3, column: 9))
    #expect(root["server"]?.entry("port")?.keyNode.position == YAMLPosition(line: 3, column: 3))
    #expect(root["server"]?["names"]?[1]?.position == YAMLPosition(line: 4, column: 14))
    #expect(root["list"]?[0]?.entry("two")?.keyNode.position == YAMLPosition(line: 7, column: 5))
    #expect(root["list"]?[1]?["three"]?.position == YAMLPosition(line: 9, column: 12))
    #expect(root.entries?.map(\.key) == ["server", "list"])
  }

  struct Scalar: Sendable, CustomTestStringConvertible {
    let text: String
    var int: Int64?
    var bool: Bool?
    var isNull = false
    var yesOrNo: Bool?
    let json: JSONValue
    var testDescription: String { text }
  }

  @Test(arguments: [
    Scalar(text: "12", int: 12, json: 12),
    Scalar(text: "-7", int: -7, json: -7),
    Scalar(text: "+7", int: 7, json: 7),
    Scalar(text: "007", int: 7, json: 7),
    Scalar(text: "0x1F", int: 31, json: 31),
    Scalar(text: "0o17", int: 15, json: 15),
    Scalar(text: "0x-1", json: "0x-1"),
    Scalar(text: "99999999999999999999", json: .number("99999999999999999999")),
    Scalar(text: "1.50", json: .number("1.50")),
    Scalar(text: ".5", json: .number("0.5")),
    Scalar(text: "5.", json: .number("5")),
    Scalar(text: "1e+3", json: .number("1e3")),
    Scalar(text: "1.2.3", json: "1.2.3"),
    Scalar(text: ".inf", json: ".inf"),
    Scalar(text: "true", bool: true, yesOrNo: true, json: true),
    Scalar(text: "FALSE", bool: false, yesOrNo: false, json: false),
    Scalar(text: "yes", yesOrNo: true, json: "yes"),
    Scalar(text: "No", yesOrNo: false, json: "No"),
    Scalar(text: "\"yes\"", yesOrNo: true, json: "yes"),
    Scalar(text: "\"12\"", json: "12"),
    Scalar(text: "'true'", yesOrNo: true, json: "true"),
    Scalar(text: "~", isNull: true, json: nil),
    Scalar(text: "null", isNull: true, json: nil),
    Scalar(text: "\"\"", json: ""),
    Scalar(text: "plain text", json: "plain text"),
  ])
  func scalarsAreReadByTheCoreSchema(scalar: Scalar) throws {
    let node = try #require(try YAMLDocument(parsing: "key: \(scalar.text)").root["key"])
    #expect(node.int == scalar.int)
    #expect(node.bool == scalar.bool)
    #expect(node.isNull == scalar.isNull)
    #expect(node.yesOrNo == scalar.yesOrNo)
    #expect(node.json == scalar.json)
  }

  @Test func textsKeepTheirStyle() throws {
    let root = try YAMLDocument(parsing: "- a\n- 'b'\n- \"c\"\n- |\n  d\n- >\n  e").root
    #expect(root.items?.map(\.style) == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded])
    #expect(root.items?.map(\.string) == ["a", "b", "c", "d\n", "e"])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let text: String
    let line: Int
    let column: Int
    let reason: String
    var testDescription: String { reason }
  }

  @Test(arguments: [
    Refusal(text: "a: 1\nb: 2\na: 3", line: 3, column: 1, reason: "key \"a\" is written twice; the first is on line 1"),
    Refusal(text: "a: &x 1", line: 1, column: 4, reason: "anchors"),
    Refusal(text: "a: 1\nb: *x", line: 2, column: 4, reason: "aliases"),
    Refusal(text: "a: !!str 1", line: 1, column: 4, reason: "tags"),
    Refusal(text: "a: 1\n---\nb: 2", line: 2, column: 1, reason: "a second document"),
    Refusal(text: "a: [1, 2", line: 1, column: 9, reason: "did not find expected ',' or ']'"),
    Refusal(text: "a:\n  b: 1\n c: 2", line: 3, column: 2, reason: "did not find expected key"),
    Refusal(text: "a: \"x", line: 1, column: 6, reason: "found unexpected end of stream"),
    Refusal(text: "a:\n\tb: 1", line: 2, column: 1, reason: "found character that cannot start any token"),
    Refusal(text: "ok: 1\nä: \u{1}", line: 2, column: 4, reason: "control characters are not allowed"),
    Refusal(text: "? [a]\n: 1", line: 1, column: 3, reason: "a key must be a text, not a list"),
    Refusal(text: "a: [[[[1]]]]", line: 1, column: 6, reason: "nested too deeply"),
  ])
  func whatIsNotTakenIsNamedWithItsPlace(refusal: Refusal) {
    #expect {
      try YAMLDocument(parsing: refusal.text, depth: 3)
    } throws: { error in
      guard let error = error as? YAMLError else { return false }
      #expect(error.position == YAMLPosition(line: refusal.line, column: refusal.column))
      #expect(error.reason.contains(refusal.reason))
      return true
    }
  }

  @Test func sizeIsCapped() {
    #expect(throws: YAMLError.self) { try YAMLDocument(parsing: "key: value", maximumSize: 9) }
    #expect(throws: Never.self) { try YAMLDocument(parsing: "key: value", maximumSize: 10) }
  }

  @Test func deepNestingEndsAtTheCapAndNotInTheStack() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: YAMLError.self) { try YAMLDocument(parsing: text) }
  }

  @Test(arguments: ["", "# nothing\n", "---\n"])
  func anEmptyFileIsNull(text: String) throws {
    #expect(try YAMLDocument(parsing: text).root.isNull)
  }

  struct Place: Sendable, CustomTestStringConvertible {
    let text: String
    /// A word of the value whose place is asked for.
    let word: String
    let line: Int
    let column: Int
    var testDescription: String { text }
  }

  @Test(arguments: [
    Place(text: "key: alpha beta", word: "beta", line: 1, column: 12),
    Place(text: "key: \"alpha beta\"", word: "beta", line: 1, column: 13),
    Place(text: "key: \"a \\\"b\\\" beta\"", word: "beta", line: 1, column: 15),
    Place(text: "key: \"a\\nb \\u00e4 beta\"", word: "beta", line: 1, column: 19),
    Place(text: "key: 'it''s beta'", word: "beta", line: 1, column: 13),
    Place(text: "key: alpha\n  beta", word: "beta", line: 2, column: 3),
    Place(text: "key: \"alpha\n  beta\"", word: "beta", line: 2, column: 3),
    Place(text: "key: \"alpha \\\n  beta\"", word: "beta", line: 2, column: 3),
    Place(text: "key: |\n  alpha\n    beta", word: "beta", line: 3, column: 5),
    Place(text: "key: >\n  alpha\n  beta", word: "beta", line: 3, column: 3),
  ])
  func aWordInsideAValueIsFound(place: Place) throws {
    let document = try YAMLDocument(parsing: place.text)
    let node = try #require(document.root["key"])
    let text = try #require(node.string)
    let offset = text.unicodeScalars.count - text.unicodeScalars.drop { $0 != "b" }.count
    let start = text.unicodeScalars.map(Character.init)
    let index = try #require(
      (offset..<start.count).first { String(start[$0...].prefix(place.word.count)) == place.word })
    #expect(document.position(of: index, in: node) == YAMLPosition(line: place.line, column: place.column))
  }
}
