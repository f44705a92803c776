import Testing

@testable import Orders

@Suite struct PhoneNumberTests {
  @Test(arguments: [
    ("+49 30 1234567", "49", "+49301234567"),
    ("+49 (0)30 1234-567", "49", "+49301234567"),
    ("0049301234567", "1", "+49301234567"),
    ("030/1234567", "49", "+49301234567"),
    ("tel:+49301234567", "", "+49301234567"),
    ("TEL:+49301234567", "", "+49301234567"),
    ("49301234567", "49", "+49301234567"),
    ("(415) 555-0132", "1", "+14155550132"),
    ("1 415 555 0132", "1", "+14155550132"),
  ])
  func reads(_ text: String, countryCode: String, as e164: String) {
    #expect(PhoneNumber(text, countryCode: countryCode)?.e164 == e164)
  }

  @Test(arguments: [
    "", "+", "anonymous", "sip:alice@example.com", "+49 30 12a4567", "+123456", "+1234567890123456", "+0301234567",
    "++49301234567", "+49301234567;ext=1", String(repeating: "1", count: 41), "＋49301234567", "112",
  ])
  func refuses(_ text: String) {
    #expect(PhoneNumber(text, countryCode: "49") == nil)
  }

  @Test func aNationalNumberNeedsACountry() {
    #expect(PhoneNumber("0301234567", countryCode: "") == nil)
  }

  @Test func isNotShownWhenPrinted() throws {
    let number = try #require(PhoneNumber("+49301234567", countryCode: ""))
    #expect(!"\(number) \(String(describing: [number]))".contains("301"))
  }
}
