import Core
import Testing

@testable import Orders

@Suite struct StatusTextTests {
  @Test func tellsWhatTheCallerWouldHaveHeard() {
    #expect(
      StatusText.compose(.sample, in: .english)
        == "Your order ORD-839201: on its way. Shipping date: 20 November 2026. Tracking: DHL 00340434161094042557. "
        + "Total: 129.90 EUR. Returns: until 20 December 2026.")
    #expect(
      StatusText.compose(.sample, in: .german)
        == "Ihre Bestellung ORD-839201: unterwegs. Versanddatum: 20. November 2026. Sendung: DHL 00340434161094042557. "
        + "Gesamtbetrag: 129,90 EUR. Rückgabe: bis 20. Dezember 2026.")
  }

  @Test(arguments: OrderStatus.allCases, SpokenLanguage.allCases)
  func fitsOneMessageAndNamesNobody(_ status: OrderStatus, _ language: SpokenLanguage) {
    let order = Order.sample.with {
      $0.status = status
      $0.tracking = Order.Tracking(
        carrier: String(repeating: "ä", count: 2_000), number: "1\r\n2\u{7}" + String(repeating: "9", count: 2_000))
    }
    let text = StatusText.compose(order, in: language)
    #expect(text.count <= StatusText.maximumLength)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    for personal in ["1234567", "10115", "SKU"] { #expect(!text.contains(personal)) }
  }

  @Test func aMissingDateIsNotYetProcessed() {
    let order = Order.sample.with { $0.fulfillmentDate = nil }
    #expect(StatusText.compose(order, in: .english).contains("Shipping date: Not yet processed."))
  }
}
