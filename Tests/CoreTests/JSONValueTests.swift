import Core
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    #"{"b":1,"a":[true,false,null,-0.50e+3,"x"]}"#, #""é€😀""#, "[]", "{}", "0", "-1", #"{"":{}}"#,
    "12345678901234567890",
  ])
  func writesWhatItRead(text: String) throws {
    #expect(try JSONValue(parsing: text).text == text)
  }

  @Test(arguments: [
    (#""\u0041\n\t\\\/\"""#, "A\n\t\\/\""), (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"),
  ])
  func readsEscapes(text: String, string: String) throws {
    #expect(try JSONValue(parsing: text).string == string)
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", #"{"a":1,"a":2}"#, "01", "1.", ".5", "+1", "1e", "nul", "truex", "[1] 2", "'a'",
    #""\x""#, #""\ud800""#, #""\udc00x""#, #""\ud800\u0041""#, "\"\u{01}\"", "{1:2}", "[1 2]", #"{"a" 1}"#, "NaN",
    "\u{FEFF}1",
  ])
  func refusesWhatIsNoJSON(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
  }

  @Test func boundsNesting() throws {
    let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    _ = try JSONValue(parsing: deep)
    #expect(throws: JSONError.self) { try JSONValue(parsing: "[" + deep + "]") }
  }

  @Test func writesControlCharactersAsEscapes() {
    #expect(JSONValue.string("a\u{1B}\u{7F}\"\\").text == #""a\u001b\u007f\"\\""#)
  }
}
