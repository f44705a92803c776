import Core
import Testing

@Suite struct JSONDocumentTests {
  private static let text = #"""
    { "a" : [ 1, -20, [], {"x":null} ], "é\u0041" : "caf\u00e9 \"☕\"", "t":true, "f":false, "": "\u007f", "n":1.0,
      "big":9223372036854775808, "last":"plain", "least":-9223372036854775808 }
    """#

  @Test func isTheTreeThatItsTextSays() throws {
    let root = try JSONDocument(parsing: Array(Self.text.utf8)).root
    let tree = try JSONValue(parsing: Self.text)
    #expect(root.value == tree)
    #expect(tree.members?.map(\.name) == ["a", "éA", "t", "f", "", "n", "big", "last", "least"])
    var written: [UInt8] = []
    root.write(to: &written)
    #expect(written == tree.bytes)
    for member in try #require(root.members) {
      var written: [UInt8] = []
      member.value.write(to: &written)
      let name = try #require(member.name.string)
      #expect(written == tree[name]?.bytes)
      #expect(root[name]?.value == member.value.value)
      #expect(root[name]?.string == tree[name]?.string)
      #expect(root[name]?.integer == tree[name]?.integer)
      #expect(root[name]?.bool == tree[name]?.bool)
      #expect(root[name]?.isNull == tree[name]?.isNull)
      #expect(root[name]?.array?.map(\.value) == tree[name]?.array)
    }
  }

  @Test func findsMembersBehindWhatOthersHold() throws {
    let root = try JSONDocument(parsing: Array(Self.text.utf8)).root
    #expect(root["last"]?.string == "plain")
    #expect(root["x"] == nil && root["las"] == nil && root["lastt"] == nil)
    #expect(root["a"]?["x"] == nil && root["a"]?.array?[3]["x"]?.isNull == true)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("12", 12), ("-12", -12), ("9223372036854775807", Int64.max),
      ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil),
      ("1e3", nil), ("\"1\"", nil), ("null", nil),
    ] as [(String, Int64?)])
  func readsWholeNumbers(text: String, number: Int64?) throws {
    #expect(try JSONDocument(parsing: Array(text.utf8)).root.integer == number)
    #expect(try JSONValue(parsing: text).integer == number)
  }

  /// However it is written, and equal as texts are: a composed letter is the same as its parts.
  @Test(arguments: [#"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"a":2}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}"])
  func refusesAMemberThatIsRepeatedInOtherWords(text: String) {
    #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
  }

  @Test(arguments: [
    (#"{"a":1,"a":2}"#, 10, "member repeated"), (#"{"a":"b"#, 7, "string without an end"),
    (#"{"a":"\q"}"#, 8, "unknown escape"), ("[1,2", 4, "expected ',' or ']'"),
    ("[1]x", 3, "unexpected text after the value"),
    ("\"a\nb\"", 2, "control character in a string"),
  ])
  func saysWhereReadingStopped(text: String, offset: Int, reason: String) {
    let thrown = #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
    #expect(thrown?.description == "\(reason) at byte \(offset)")
  }
}
