import Core
import Testing

@testable import Loyalty

@Suite struct FilterExpressionTests {
  private func value(_ path: String, _ event: String) throws -> String? {
    try FilterExpression(value: path).value(in: JSONValue(parsing: Array(event.utf8)))?.text
  }

  @Test(
    arguments: [
      ("$.a", #"{"a":1}"#, "1"),
      ("$", "[1]", "[1]"),
      ("$[0]", "[7,8]", "7"),
      ("$[0].a", #"[{"a":7},{"a":8}]"#, "7"),
      ("a", #"[{"a":7},{"a":8}]"#, "[7,8]"),
      ("a", #"[{"a":7}]"#, "7"),
      ("a.b", #"{"a":[{"b":[1,2]},{"b":3},{}]}"#, "[1,2,3]"),
      ("a.b[1]", #"{"a":[{"b":[1,2]},{"b":[3,4]}]}"#, "[2,4]"),
      ("a[0].b", #"{"a":[{"b":1},{"b":2}]}"#, "1"),
      ("a[0][1]", #"{"a":[[1,2],[3]]}"#, "2"),
      ("a", #"{"a":[1]}"#, "[1]"),
      ("a", #"{"a":[]}"#, "[]"),
      ("a.b", #"{"a":[]}"#, nil),
      ("a.b", #"{"a":5}"#, nil),
      ("a[1]", #"{"a":5}"#, nil),
      ("a[-1]", #"{"a":[5,6]}"#, "6"),
      ("a[-3]", #"{"a":[5,6]}"#, nil),
      ("a.b.c", #"{"a":{"b":{"c":null}}}"#, "null"),
      ("`a b`.\"c-d\".'e'", #"{"a b":{"c-d":{"e":true}}}"#, "true"),
      ("'a'.b", #"{"a":{"b":2}}"#, "2"),
      ("a.in.not.null", #"{"a":{"in":{"not":{"null":4}}}}"#, "4"),
      ("'text'", "{}", #""text""#),
      (#""\u00e9\n\"""#, "{}", #""é\n\"""#),
      ("-1.5e2", "{}", "-1.5e2"),
    ] as [(String, String, String?)])
  func takesAValue(_ path: String, _ event: String, _ expected: String?) throws {
    #expect(try value(path, event) == expected)
  }

  @Test(arguments: [
    ("", "column 1: it is empty."), ("   ", "column 4: it is empty."), ("()", "column 2: ) does not belong here."),
    ("(a", "column 3: a ) is missing."), ("a)", "column 2: ) does not belong here."),
    ("a.", "column 3: the name of a member is missing after the dot."),
    ("a[1.5]", "column 3: an index is a whole number, such as [0] or [-1]."),
    ("a[1", "column 4: a ] is missing: an index is a number alone."),
    ("a = 01", "column 5: a number does not begin with 0 here."), ("a = 1e", "column 5: this is no number."),
    ("a = 1x", "column 5: this is no number."), ("a = 1e999", "column 5: this number is too large."),
    ("a = 'x\\q'", "column 7: \\q stands for nothing in a text."),
    ("a = '\\u12'", "column 6: write \\u with four hexadecimal digits of a character."),
    ("a in [1 2]", "column 9: a , or ] is missing."),
    ("a in [[1]]", "column 7: a list holds texts, numbers, true, false and null."),
    ("a in [1,]", "column 9: ] does not belong here."), ("`a", "column 1: the backtick is not closed."),
    ("ä = 1", "column 1: ä is not understood: write names with it in backticks."),
    ("a b", "column 3: b does not belong here; between two questions stands and or or."),
    ("And = 1 And b", "column 9: And does not belong here; between two questions stands and or or."),
    ("a <> 1", "column 3: write != for what differs."),
    ("a := 1", "column 3: : is not understood: nothing is assigned here."),
    ("*.a", "column 1: * is not understood: there are no wildcards and no sums here."),
  ])
  func saysWhereItIsWrong(_ text: String, _ expected: String) {
    #expect(throws: FilterError.self) { try FilterExpression(text) }
    do { _ = try FilterExpression(text) } catch { #expect("\(error)" == expected) }
  }

  @Test func isBounded() throws {
    let nested = { String(repeating: "(", count: $0) + "a" + String(repeating: ")", count: $0) }
    #expect(try FilterExpression(nested(32)).matches(["a": true]))
    #expect(throws: FilterError.self) { try FilterExpression(nested(33)) }
    #expect(throws: FilterError.self) { try FilterExpression(String(repeating: "not(", count: 400)) }
    let long = "a" + String(repeating: " or a", count: 399)
    #expect(try FilterExpression(long).matches(["a": true]))
    #expect(throws: FilterError.self) { try FilterExpression(long + " or a") }
  }

  @Test(arguments: ["a = 1", "not(a)", "a and b", "a in [1]"])
  func aQuestionIsNoValue(_ text: String) {
    #expect(throws: FilterError.self) { try FilterExpression(value: text) }
  }

  @Test func membersHaveNoOrder() throws {
    let event: JSONValue = ["a": ["x": 1, "y": [2]], "b": ["y": [.number("2.0")], "x": 1], "c": ["x": 1]]
    #expect(try FilterExpression("a = b").matches(event))
    #expect(try FilterExpression("a != c").matches(event))
  }

  /// Whatever is put together from the words of the language and of JSON is either refused at a column that there is, or
  /// answers, the same each time.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func neitherCrashesNorWavers(_ seed: UInt64) throws {
    let words = [
      "$", ".", "a", "b", "`a-b`", "'x'", "\"", "'", "`", "[", "]", "(", ")", "0", "-1", "1.5", "1e3", ",", "=", "!=",
      "<", "<=",
      ">", ">=", " in ", " and ", " OR ", "not(", "$not(", "true", "null", " ", "$$", "\\", "é", "\u{0}", "🏳️‍🌈", "*", "&",
    ]
    let events = try ["{}", "[]", "1", #"{"a":[{"a":1,"b":[null,"x"]},[[2]],"x"],"b":{"a":{"a":-1}},"a-b":1.5}"#].map {
      try JSONValue(parsing: Array($0.utf8))
    }
    let random = SeededRandom(seed: seed)
    var taken = 0
    for _ in 0..<20_000 {
      let count = 1 + Int(random.number(below: 9))
      let text = (0..<count).map { _ in words[Int(random.number(below: UInt64(words.count)))] }.joined()
      do throws(FilterError) {
        let filter = try FilterExpression(text)
        taken += 1
        for event in events { #expect(filter.matches(event) == filter.matches(event)) }
        let again = try FilterExpression(filter.text)
        #expect(filter == again)
      } catch {
        #expect((1...text.unicodeScalars.count + 1).contains(error.column), "\(text)")
      }
    }
    #expect(taken > 500)
  }
}
