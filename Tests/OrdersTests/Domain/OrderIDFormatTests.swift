import Core
import Testing

@testable import Orders

@Suite struct OrderIDFormatTests {
  private func format(_ pattern: String = OrderIDFormat.guidePattern, prefix: String = "ORD-") throws -> OrderIDFormat {
    try OrderIDFormat(pattern: pattern, prefix: prefix)
  }

  @Test(arguments: [
    ("ORD-839201", "ORD-839201"),  // the guide's own example
    ("  ord-839201 ", "ORD-839201"),
    ("839201", "ORD-839201"),  // keyed on a telephone
    ("ORD839201", "ORD-839201"),  // as a speech recogniser writes it
    ("12345678", "ORD-12345678"),
    ("ABCD1234", "ABCD1234"),
    ("AB-CD-12-34", "AB-CD-12-34"),
    ("ORDER12345", "ORDER12345"),
  ])
  func takes(_ given: String, as id: String) throws {
    #expect(try format().parse(given)?.rawValue == id)
  }

  @Test(arguments: [
    "", " ", "-", "ORD-1", "ORD-8392011111111", "ORD 839201", "ORD-83920Ä", "ORD-83920\u{0}1", "ORD-839201\n",
    "\tORD-839201",
    "ОRD-839201",  // the first letter is Cyrillic
    "ORD-８３９２０１",  // full-width digits
    "ORD-839201;", "ORD/839201", "1234567890",  // too long with its prefix
    String(repeating: "A", count: 65), String(repeating: " ", count: 64) + "ORD-839201",
  ])
  func refuses(_ given: String) throws {
    #expect(try format().parse(given) == nil)
  }

  @Test func aShopOfDigitsNeedsNoPrefix() throws {
    let format = try format("^[0-9]{4,6}$", prefix: "")
    #expect(format.parse("1001")?.rawValue == "1001")
    #expect(format.parse("10-01")?.rawValue == "10-01")
    #expect(format.parse("A1001") == nil)
  }

  @Test func thePatternHoldsForTheWholeNumber() throws {
    let format = try format("[0-9]{4}", prefix: "")
    #expect(format.parse("10011") == nil)
  }

  @Test func aShopsOwnMarksPass() throws {
    #expect(try format("^#[0-9]{4}$", prefix: "#").parse("1001")?.rawValue == "#1001")
  }

  @Test func saysWhatIsWrongWithTheConfiguration() {
    #expect(throws: OrderIDFormatError.pattern("[")) { try OrderIDFormat(pattern: "[") }
    #expect(throws: OrderIDFormatError.prefix("O D")) { try OrderIDFormat(prefix: "O D") }
  }

  /// What a hostile caller can make longest, for the pattern that is the default.
  @Test func aHostileInputIsNoWork() throws {
    let format = try format()
    let start = SystemTime().uptime
    for _ in 0..<1_000 { #expect(format.parse(String(repeating: "A1", count: 32)) == nil) }
    #expect(SystemTime().uptime - start < .seconds(2))
  }
}
