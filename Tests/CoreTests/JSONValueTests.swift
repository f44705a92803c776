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

  @Test(arguments: [1, 15, 16, 17, 100])
  func refusesAMemberThatIsRepeatedAmongMany(count: Int) throws {
    let members = (0..<count).map { "\"m\($0)\":0" }.joined(separator: ",")
    #expect(try JSONValue(parsing: "{\(members)}").members?.count == count)
    for repeated in Set([0, count / 2, count - 1]) {
      #expect(throws: JSONError.self) { try JSONValue(parsing: "{\(members),\"m\(repeated)\":0}") }
    }
  }

  @Test func writesMembersOneByOne() throws {
    var json = Array("{".utf8)
    json.append(member: "none", String?.none)
    json.append(member: "text", "a\"b")
    json.append(member: "number", -9_007_199_254_740_992)
    json.append(member: "moment", Timestamp(microseconds: 1_795_000_000_123_456))
    json.append(member: "hex")
    json.appendQuoted { json in ([0, 0xAF, 0x10] as [UInt8]).withUnsafeBytes { json.append(hex: $0) } }
    json.append(UInt8(ascii: "}"))
    let moment = Timestamp(microseconds: 1_795_000_000_123_456).description
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"text":"a\"b","number":-9007199254740992,"moment":"\#(moment)","hex":"00af10"}"#)
  }

  @Test(arguments: [0, 7, 10, 999, 1_000, Int64.max, -1, Int64.min], [1, 3, 20])
  func writesDecimals(number: Int64, width: Int) {
    var digits: [UInt8] = []
    digits.append(decimal: number, width: width)
    let plain = String(number.magnitude)
    let padded = String(repeating: "0", count: max(0, width - plain.count)) + plain
    #expect(String(decoding: digits, as: UTF8.self) == (number < 0 ? "-" : "") + padded)
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
