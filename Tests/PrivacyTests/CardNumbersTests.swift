import Core
import Privacy
import Testing

/// Numbers that processors publish for tests (Stripe, Adyen, Braintree), by scheme.
let publishedCards: [(CardBrand, String)] = [
  (.visa, "4242424242424242"), (.visa, "4111111111111111"), (.visa, "4012888888881881"), (.visa, "4000056655665556"),
  (.visa, "4222222222222"), (.visa, "4000000000000002"), (.visa, "4917610000000000"), (.visa, "4988438843884305"),
  (.mastercard, "5555555555554444"), (.mastercard, "5105105105105100"), (.mastercard, "2223003122003222"),
  (.mastercard, "5200828282828210"), (.mastercard, "2222400070000005"), (.mastercard, "5454545454545454"),
  (.amex, "378282246310005"), (.amex, "371449635398431"), (.amex, "370000000000002"), (.amex, "341111111111111"),
  (.discover, "6011111111111117"), (.discover, "6011000990139424"), (.discover, "6445644564456445"),
  (.diners, "30569309025904"), (.diners, "36227206271667"), (.diners, "38520000023237"), (.diners, "36006666333344"),
  (.jcb, "3566002020360505"), (.jcb, "3530111333300000"), (.jcb, "3569990010095841"),
  (.unionpay, "6200000000000005"), (.unionpay, "6205500000000000004"), (.unionpay, "6250941006528599"),
  (.unionpay, "8171999900000000021"),
  (.maestro, "6304000000000000"), (.maestro, "6771798021000008"), (.maestro, "5000550000000029"),
  (.elo, "5066991111111118"), (.hiper, "6370950000000005"), (.hiper, "6062828888666688"),
]

@Suite struct CardNumbersTests {
  @Test(arguments: publishedCards)
  func findsPublishedTestCards(brand: CardBrand, number: String) throws {
    let match = try #require(CardNumbers.find(in: "paid with \(number) today").first)
    #expect(match.brand == brand)
    #expect(match.lastFour == String(number.suffix(4)))
    #expect(match.range == 10..<(10 + number.utf8.count))
  }

  static let spellings: [String] = [
    "4242 4242 4242 4242", "4242-4242-4242-4242", "4242.4242.4242.4242", "4242\u{A0}4242\u{A0}4242\u{A0}4242",
    "4242\u{2013}4242\u{2013}4242\u{2013}4242", "4242+4242+4242+4242", "4242%204242%204242%204242",
    "4242%C2%A04242%C2%A04242%C2%A04242", "%34242424242424242", "card%3D4242424242424242", "pan:4242424242424242",
    "pan=4242424242424242;", "\"4242424242424242\"", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "４２４２ ４２４２ ４２４２ ４２４２", "४२४२४२४२४२४२४२४२",
    "4242\u{200B}4242\u{200B}4242\u{200B}4242", "NDI0MjQyNDI0MjQyNDI0Mg==", "NDI0MjQyNDI0MjQyNDI0Mg",
    "3782-822463-10005", "3782 822463 10005", "3056 930902 5904", "6205 5000 0000 0000 004", "620550 0000000000004",
    "4242424242424242,5555555555554444", "/4242424242424242/", "4242 4242 4242 4242 12/27", "4242424242424242 1227 123",
    "{\"a\":4242424242424242}", "see 4242 4242 4242 4242.", "2026-11-20 4242 4242 4242 4242",
  ]

  @Test(arguments: spellings)
  func findsEverySpelling(text: String) {
    #expect(!CardNumbers.find(in: text, threshold: .mask).isEmpty)
    #expect(!CardNumbers.find(in: text, named: "card_number", threshold: .refuse).isEmpty)
  }

  /// Transcripts and careless forms: worth masking, not certain enough to refuse.
  @Test(arguments: [
    "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "42 42 42 42 42 42 42 42", "card4242424242424242", "pan_4242424242424242",
    "42424242 42424242", "3782 8224 6310 005", "4222 222 222 222",
  ])
  func masksLooseSpellings(text: String) {
    #expect(!CardNumbers.find(in: text, threshold: .mask).isEmpty)
    #expect(CardNumbers.find(in: text, threshold: .refuse).isEmpty)
  }

  /// None of these is a card at any threshold.
  @Test(arguments: [
    "", "ORD-839201", "cb_01KAGX3V8N4242424242424242ABCD", "1795000000000", "1800000000000000", "1800000000000007",
    "1795000000000000", "1795000000123456789", "2026-11-20T09:30:00.000Z", "20261120093000", "+4930123456789",
    "+424242424242424", "1Z999AA10123456784", "9400 1000 0000 0000 0000 00", "550e8400-e29b-41d4-a716-446655440000",
    "12345678-1234-4111-8111-500000000009", "0.4111111111111111", "12.4242424242424242", "4242424242424243",
    "4444444444444444", "0000000000000000", "1234567890123456", "a4242424242424242b", "x4242424242424242",
    "42424242424242424242424242424242", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "192.168.100.200",
    "4242 4242-4242 4242", "4242424242424242_1", "9999999999999995", "1/4242/4242", "call-77", "835 ms",
  ])
  func leavesOtherNumbersAlone(text: String) {
    #expect(CardNumbers.find(in: text, threshold: .mask).isEmpty)
    #expect(CardNumbers.find(in: text, threshold: .refuse).isEmpty)
  }

  /// Barcodes, tracking numbers and database ids of these lengths pass the check digit now and then.
  @Test(arguments: ["4222222222222", "6205500000000000004", "500000000009", "9400 4242 4242 4242 4242"])
  func refusesUnusualLengthsOnlyWithAWordNearby(number: String) {
    #expect(CardNumbers.find(in: "ref \(number)", threshold: .refuse).isEmpty)
  }

  @Test(arguments: [
    ("my credit card is 6205500000000000004", ""), ("6205500000000000004 (visa)", ""), ("PAN 4222222222222", ""),
    ("4222222222222", "cardNumber"), ("4222222222222", "ccnum"), ("4222222222222", "pan"),
  ])
  func refusesUnusualLengthsWithAWordNearby(text: String, name: String) {
    #expect(!CardNumbers.find(in: text, named: name, threshold: .refuse).isEmpty)
  }

  @Test func wordsThatOnlyHoldACardWordDoNotCount() {
    #expect(CardNumbers.find(in: "company account 4222222222222", threshold: .refuse).isEmpty)
  }

  /// Wherever the number begins within the groups of three bytes that base 64 is made of.
  @Test(
    arguments: ["", "a", "ab", "abc", "{\"n\":\"", "4 "],
    ["4242424242424242", "3782-822463-10005", "4242 4242 4242 4242"])
  func findsCardsInBase64(before: String, number: String) {
    let plain = Array("\(before)\(number)".utf8)
    // Glued to a letter it is no card on either side of the encoding.
    let expected = CardNumbers.find(in: "\(before)\(number)").count
    #expect(CardNumbers.find(in: Base64.standard.encode(plain)).count == expected)
    #expect(CardNumbers.find(in: "x " + Base64.url.encode(plain)).count == expected)
  }

  @Test func tellsWhereAJSONTextHoldsACard() throws {
    let clean = try JSONValue(
      parsing: #"{"order_id":"ORD-839201","at":1795000000000,"items":[{"sku":"4006381333931"}]}"#)
    #expect(try pointer(in: clean) == nil)
    // A UUID is a key, whatever its digits are; what is only as long is none.
    #expect(try pointer(in: ["key": "41111111-1111-1111-8111-111111111111"]) == nil)
    #expect(try pointer(in: ["key": "4111111111111111-1111-8111-111111111"]) == "/key")
    #expect(try pointer(in: ["key": "4111-1111-1111-1111"]) == "/key")
    let nested = try JSONValue(parsing: #"{"items":[{"sku":"A"},{"note":"4242 4242 4242 4242"}]}"#)
    #expect(try pointer(in: nested) == "/items/1/note")
    let number = try JSONValue(parsing: #"{"total":4242424242424242}"#)
    #expect(try pointer(in: number) == "/total")
    let name = try JSONValue(parsing: #"{"a":1,"4242424242424242":true}"#)
    #expect(try pointer(in: name) == "/(name of member 2)")
    let escaped = try JSONDocument(parsing: Array(#"{"note":"4242 4242 4242 424\u0032"}"#.utf8))
    #expect(CardNumbers.pointer(in: escaped) == "/note")
  }

  /// The share of random numbers that look like cards, which is why our own ids are never bare digits.
  @Test func fewRandomNumbersLookLikeCards() {
    let random = SeededRandom(seed: 7)
    let hits = (0..<4_000).count { _ in
      !CardNumbers.find(in: random.bytes(16).map { String($0 % 10) }.joined()).isEmpty
    }
    #expect(hits < 4_000 * 6 / 100)
  }

  private func pointer(in json: JSONValue) throws -> String? {
    CardNumbers.pointer(in: try JSONDocument(parsing: json.bytes))
  }
}
