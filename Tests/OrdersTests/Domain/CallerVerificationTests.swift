import Testing

@testable import Orders

@Suite struct CallerVerificationTests {
  @Test(arguments: [
    ("+49 30 1234567", "+49301234567", true),
    ("030 1234567", "+49301234567", true),
    ("+49301234567", "0301234567", true),
    ("49301234567", "+49301234567", true),
    ("0049 30 1234567", "tel:+49301234567", true),
    ("+49301234567", "+49301234568", false),
    ("+43301234567", "+49301234567", false),  // the same but for the country
    ("234567", "+49301234567", false),  // six digits prove nothing
    ("+49301234567", "anonymous", false),
    ("", "", false),
  ])
  func comparesNumbers(shop: String, caller: String, same: Bool) {
    let ownership = Order.Ownership(phoneNumbers: ["+4989999999", shop])
    let accepted = CallerVerification.callerNumber.accepts(CallerProof(callerNumber: caller), for: ownership)
    #expect(accepted == same)
  }

  @Test(arguments: [
    ("10115", "10115", true),
    ("SW1A 1AA", "sw1a1aa", true),
    ("12345-6789", "12345", true),
    ("12345-6789", "12345-0000", true),
    ("10115", "10117", false),
    ("10115", "1011", false),
    ("", "", false),
    ("-", " ", false),
  ])
  func comparesPostalCodes(shop: String, caller: String, same: Bool) {
    let ownership = Order.Ownership(postalCodes: ["99999", shop])
    #expect(CallerVerification.postalCode.accepts(CallerProof(postalCode: caller), for: ownership) == same)
  }

  @Test(arguments: CallerVerification.allCases)
  func noProofFitsOnlyWhereNoneIsAsked(_ verification: CallerVerification) {
    #expect(verification.accepts(CallerProof(), for: Order.sample.ownership) == (verification == .none))
  }
}
