import Core
import Orders
import Testing

@testable import GenesysCloud

@Suite struct AttributeRulesTests {
  @Test func whatIsOnTheListMayBeWritten() {
    for name in AttributeRules.standard { #expect(AttributeRules().refusal(of: name) == nil, "\(name)") }
  }

  @Test func whatIsNotIsRefusedWithTheNearestName() {
    #expect(
      AttributeRules().refusal(of: "rma_state")
        == "attribute \"rma_state\" is not in genesys.attributes. Did you mean \"rma_status\"?")
    #expect(AttributeRules(allowed: ["x"]).refusal(of: "rma_status")?.contains("not in genesys.attributes") == true)
  }

  @Test(arguments: [
    "card_number", "cardNumber", "PAN", "cvv", "customer_phone", "email", "customerName", "shipping_address", "iban",
    "access_token", "pin", "credit-card",
  ])
  func noListAllowsWhatIsPersonal(name: String) {
    #expect(
      AttributeRules(allowed: [name]).refusal(of: name)
        == "attribute \"\(name)\" is named like card or personal data.")
  }

  @Test(arguments: [
    ("4242 4242 4242 4242", false), ("+4930123456701", false), ("alex@example.com", false), ("timeout", true),
    ("ret_01KAJQ3ZJ3X8J6Y2", true), ("2026-11-21T10:00:00.000Z", true),
  ])
  func valuesAreLookedAt(value: String, isFine: Bool) {
    #expect((AttributeRules.refusal(ofValue: value) == nil) == isFine)
  }

  /// A mistake in this program, or a list that says otherwise, sends nothing.
  @Test func theClientSendsNothingThatTheRulesRefuse() async {
    let bench = Bench()
    let client = bench.client { $0.attributes = AttributeRules(allowed: ["ringback_reference"]) }
    await #expect(throws: ContactCentreError.self) {
      try await client.bookCallback(.of("+4930123456701"), reference: "r", context: bench.context())
    }
    let card = Callback(number: "+4930123456701", name: nil, orderID: OrderID(rawValue: "4242424242424242"), at: nil)
    await #expect(throws: ContactCentreError.refused(reason: "the value of \"ringback_order_id\" is a card number")) {
      try await bench.client().bookCallback(card, reference: "r", context: bench.context())
    }
    #expect(bench.http.sent.isEmpty)
  }
}
