import Core
import Testing

@Suite struct MoneyTests {
  @Test(arguments: [
    ("129.90", "EUR", Int64(12_990), "129.90"), ("129.9", "EUR", 12_990, "129.90"), ("129", "EUR", 12_900, "129.00"),
    ("0.05", "USD", 5, "0.05"), ("-5.00", "USD", -500, "-5.00"), ("1500", "JPY", 1_500, "1500"),
    ("1500.00", "JPY", 1_500, "1500"), ("1.234", "KWD", 1_234, "1.234"), ("1.2300", "EUR", 123, "1.23"),
  ])
  func readsAndWritesDecimals(text: String, code: String, minor: Int64, written: String) throws {
    let currency = try #require(Currency(code))
    let money = try #require(Money(decimal: text, currency: currency))
    #expect(money.minorUnits == minor)
    #expect(money.decimal == written)
  }

  @Test(arguments: [
    "", ".", "1.", ".5", "1,50", "1.234", "1e3", "+1", "92233720368547758.08", "NaN", "--1", "1.2.3", "١",
  ])
  func refusesWhatIsNoAmount(text: String) throws {
    #expect(Money(decimal: text, currency: try #require(Currency("EUR"))) == nil)
  }

  @Test(arguments: ["", "EU", "EURO", "E1R", "€€€"])
  func refusesWhatIsNoCurrency(code: String) {
    #expect(Currency(code) == nil)
  }
}
