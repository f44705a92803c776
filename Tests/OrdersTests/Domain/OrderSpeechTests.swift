import Core
import Testing

@testable import Orders

@Suite struct OrderSpeechTests {
  private let noon = Timestamp("2026-11-21T12:00:00Z")!

  private func speech(_ order: Order, _ language: SpokenLanguage = .english, isStale: Bool = false) -> String {
    OrderSpeech(order: order, asOf: noon, isStale: isStale).sentence(in: language)
  }

  struct Status: Sendable, CustomTestStringConvertible {
    let status: OrderStatus
    let english: String
    let german: String
    var testDescription: String { status.rawValue }
  }

  /// With the date 20 November, 129.90 EUR and no return.
  static let statuses = [
    Status(
      status: .pending,
      english:
        "We have received your order O R D, 8 3 9, 2 0 1. It is expected to ship on Friday the twentieth of November.",
      german:
        "Wir haben Ihre Bestellung O R D, 8 3 9, 2 0 1 erhalten. Der Versand ist für Freitag, den zwanzigsten November, vorgesehen."
    ),
    Status(
      status: .processing,
      english:
        "Your order O R D, 8 3 9, 2 0 1 is being prepared. It is expected to ship on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 wird vorbereitet. Der Versand ist für Freitag, den zwanzigsten November, vorgesehen."
    ),
    Status(
      status: .onHold,
      english: "Your order O R D, 8 3 9, 2 0 1 is on hold. It is expected to ship on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 ist angehalten. Der Versand ist für Freitag, den zwanzigsten November, vorgesehen."
    ),
    Status(
      status: .partiallyShipped,
      english:
        "A part of your order O R D, 8 3 9, 2 0 1 is on its way; the rest follows. It shipped on Friday the twentieth of November.",
      german:
        "Ein Teil Ihrer Bestellung O R D, 8 3 9, 2 0 1 ist unterwegs; der Rest folgt. Sie wurde am Freitag, dem zwanzigsten November, verschickt."
    ),
    Status(
      status: .shipped,
      english: "Your order O R D, 8 3 9, 2 0 1 is on its way. It shipped on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 ist unterwegs. Sie wurde am Freitag, dem zwanzigsten November, verschickt."
    ),
    Status(
      status: .outForDelivery,
      english: "Your order O R D, 8 3 9, 2 0 1 is out for delivery. It shipped on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 wird gerade zugestellt. Sie wurde am Freitag, dem zwanzigsten November, verschickt."
    ),
    Status(
      status: .delivered,
      english: "Your order O R D, 8 3 9, 2 0 1 has been delivered. It shipped on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 wurde zugestellt. Sie wurde am Freitag, dem zwanzigsten November, verschickt."
    ),
    Status(
      status: .cancelled, english: "Your order O R D, 8 3 9, 2 0 1 has been cancelled.",
      german: "Ihre Bestellung O R D, 8 3 9, 2 0 1 wurde storniert."),
    Status(
      status: .returned,
      english: "Your order O R D, 8 3 9, 2 0 1 has come back to us. It shipped on Friday the twentieth of November.",
      german:
        "Ihre Bestellung O R D, 8 3 9, 2 0 1 ist wieder bei uns eingegangen. Sie wurde am Freitag, dem zwanzigsten November, verschickt."
    ),
  ]

  @Test func everyStatusIsInTheTable() {
    #expect(Self.statuses.map(\.status) == OrderStatus.allCases)
  }

  @Test(arguments: statuses)
  func saysTheStatus(_ row: Status) {
    let order = Order.sample.with { ($0.status, $0.returnEligible) = (row.status, false) }
    #expect(speech(order) == "\(row.english) The total is 129 euros and 90 cents.")
    #expect(speech(order, .german) == "\(row.german) Der Gesamtbetrag ist 129 Euro und 90 Cent.")
  }

  @Test(arguments: OrderStatus.allCases)
  func aMissingDateIsNotYetProcessed(_ status: OrderStatus) {
    let order = Order.sample.with { ($0.status, $0.fulfillmentDate) = (status, nil) }
    #expect(speech(order).contains("Not yet processed") == (status != .cancelled))
    #expect(speech(order, .german).contains("Noch nicht bearbeitet") == (status != .cancelled))
  }

  @Test(arguments: [
    (12_990, "EUR", "129 euros and 90 cents", "129 Euro und 90 Cent"),
    (101, "EUR", "1 euro and 1 cent", "1 Euro und 1 Cent"),
    (100, "GBP", "1 pound", "1 Pfund"),
    (1, "GBP", "1 penny", "1 Penny"),
    (0, "USD", "0 dollars", "0 US-Dollar"),
    (-550, "USD", "minus 5 dollars and 50 cents", "minus 5 US-Dollar und 50 Cent"),
    (129_000_005, "EUR", "1290000 euros and 5 cents", "1290000 Euro und 5 Cent"),
    (4_999, "JPY", "4999 yen", "4999 Yen"),
    (12_500, "KWD", "12 point 5 0 0 K W D", "12 Komma 5 0 0 K W D"),
    (1_200, "XXX", "12 X X X", "12 X X X"),
  ])
  func saysAmounts(_ minorUnits: Int64, _ code: String, _ english: String, _ german: String) throws {
    let total = Money(minorUnits: minorUnits, currency: try #require(Currency(code)))
    let order = Order.sample.with { ($0.total, $0.returnEligible) = (total, false) }
    #expect(speech(order).hasSuffix("The total is \(english)."))
    #expect(speech(order, .german).hasSuffix("Der Gesamtbetrag ist \(german)."))
  }

  @Test(arguments: [
    ("2026-11-01", "Sunday the first of November", "Sonntag, dem ersten November"),
    ("2026-10-03", "Saturday the third of October", "Samstag, dem dritten Oktober"),
    ("2026-12-31", "Thursday the thirty-first of December", "Donnerstag, dem einunddreißigsten Dezember"),
    ("2026-03-07", "Saturday the seventh of March 2026", "Samstag, dem siebten März 2026"),
    ("2025-11-20", "Thursday the twentieth of November 2025", "Donnerstag, dem zwanzigsten November 2025"),
  ])
  func saysDays(_ date: String, _ english: String, _ german: String) {
    let order = Order.sample.with { $0.fulfillmentDate = CalendarDate(date) }
    #expect(speech(order).contains("It shipped on \(english)."))
    #expect(speech(order, .german).contains("Sie wurde am \(german), verschickt."))
  }

  @Test(arguments: [
    ("ORD-839201", "O R D, 8 3 9, 2 0 1"), ("1001", "1 0 0, 1"), ("#1001", "1 0 0, 1"), ("A1B2", "A, 1, B, 2"),
  ])
  func spells(_ id: String, as spelled: String) {
    #expect(EnglishWording().spelled(OrderID(rawValue: id)) == spelled)
  }

  @Test func saysUntilWhenItMayBeReturned() {
    #expect(speech(.sample).hasSuffix("You may return it until Sunday the twentieth of December."))
    #expect(
      speech(.sample, .german).hasSuffix("Eine Rückgabe ist bis zum Sonntag, dem zwanzigsten Dezember, möglich."))
    #expect(speech(.sample.with { $0.returnEligibleUntil = nil }).hasSuffix("You may return it."))
  }

  @Test(arguments: SpokenLanguage.allCases)
  func saysWhenItMayBeOutdated(_ language: SpokenLanguage) {
    #expect(speech(.sample, language, isStale: true).hasSuffix(language.wording.mayBeOutdated))
    #expect(!speech(.sample, language).contains(language.wording.mayBeOutdated))
  }

  @Test(arguments: OrderStatus.allCases, SpokenLanguage.allCases)
  func saysNothingPersonal(_ status: OrderStatus, _ language: SpokenLanguage) {
    let sentence = speech(.sample.with { $0.status = status }, language, isStale: true)
    for private_ in ["SKU", "12345", "Rain", "10115", "1234567", "0034", "-", "€"] {
      #expect(!sentence.contains(private_))
    }
  }
}
