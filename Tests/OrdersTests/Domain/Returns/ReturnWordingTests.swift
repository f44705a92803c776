import Core
import Testing

@testable import Orders

@Suite struct ReturnWordingTests {
  private static func record(
    _ state: ReturnState, rmaNumber: String? = nil, refusal: ReturnRefusal? = nil
  ) -> ReturnRecord {
    let created = Timestamp("2026-11-21T12:00:00Z")!
    return ReturnRecord(
      id: "ret_1", orderID: OrderID(rawValue: "ORD-839201"), state: state, items: [], customerReference: "call-1",
      channel: .sms, language: .english, details: nil, requestID: "call-1", platformID: "p", rmaNumber: rmaNumber,
      refusal: refusal.map { ReturnRecord.Refusal(reason: $0, detail: nil) }, triedAt: nil, checks: 0,
      createdAt: created, expiresAt: created)
  }

  private static let day = CalendarDate("2026-12-05")!

  @Test func isSpokenAndWritten() {
    let record = Self.record(.authorized, rmaNumber: "RMA-1042")
    let speech = ReturnSpeech(record: record, lastDay: Self.day)
    #expect(
      speech.sentence(in: .english)
        == "Your return for order O R D, 8 3 9, 2 0 1 is approved. The return number is R M A, 1 0 4, 2. "
        + "Please send the goods by Saturday the fifth of December.")
    #expect(
      speech.sentence(in: .german)
        == "Ihre Rücksendung zur Bestellung O R D, 8 3 9, 2 0 1 ist genehmigt. Die Rücksendenummer ist R M A, 1 0 4, 2. "
        + "Bitte senden Sie die Ware bis zum Samstag, dem fünften Dezember, zurück.")
    let text = ReturnText(record: record, about: .authorized, lastDay: Self.day)
    #expect(
      text.body(in: .english)
        == "Your return for order ORD-839201 is approved. The return number is RMA-1042. Please send the goods by "
        + "5 December 2026.")
    #expect(text.subject(in: .german) == "Ihre Rücksendung zur Bestellung ORD-839201")
  }

  @Test func saysWhyItWasDeclined() {
    let text = ReturnText(record: Self.record(.declined, refusal: .windowPassed), about: .declined, lastDay: Self.day)
    #expect(
      text.body(in: .english)
        == "Your return for order ORD-839201 was declined. The time in which it could be returned has passed.")
  }

  @Test(arguments: ReturnState.allCases, SpokenLanguage.allCases)
  func everyStateHasItsWordsAndFitsIntoAText(_ state: ReturnState, _ language: SpokenLanguage) {
    let number = String(repeating: "X", count: 1_000) + "\u{0}\r\n"
    let body = ReturnText(record: Self.record(state, rmaNumber: number), about: state, lastDay: Self.day)
      .body(in: language)
    #expect(body.contains("ORD-839201"))
    #expect(body.count <= 765)
    #expect(body.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test(arguments: [
    ("ada@example.com", true), ("a.b+c@mail.example.co.uk", true), ("", false), ("ada", false), ("@example.com", false),
    ("ada@", false), ("ada@example", false), ("ada@example..com", false), ("a@b@example.com", false),
    ("ada@example.com\u{0}", false), ("ada lovelace@example.com", false), ("ada@example.com,eve@example.com", false),
    ("<ada@example.com>", false), ("ada@exämple.com", false),
    (String(repeating: "a", count: 65) + "@example.com", false),
  ])
  func readsEmailAddresses(_ text: String, _ isOne: Bool) {
    #expect((EmailAddress(text) != nil) == isOne)
    if let email = EmailAddress(text) { #expect(!"\(email)".contains("ada")) }
  }
}
