import Core
import Privacy

/// What may be written into the attributes of a conversation's participants. Genesys Cloud keeps them for years and lets
/// them be searched, so only names on a list are written, and card and personal data never, whatever the list says.
package struct AttributeRules: Sendable, Hashable {
  /// What Ringback writes itself; every list has to name these.
  package static let own = [
    GenesysClient.referenceAttribute, GenesysClient.orderAttribute, "return_request_id", "rma_status",
    "return_created_at",
  ]
  /// The same, and what the flows in `genesys/flows` write.
  package static let standard = own + ["ringback_lookup", "ringback_request_id"]

  private static let cardNames: Set<String> = [
    "card", "pan", "cardno", "ccnumber", "creditcard", "cardexpiry", "expirydate", "iban", "ssn",
  ]

  package let allowed: [String]

  package init(allowed: [String] = standard) {
    self.allowed = allowed
  }

  /// Why no attribute of this name may be written; nil if it may.
  package func refusal(of name: String) -> String? {
    if Self.isPersonal(name) { return "attribute \"\(name)\" is named like card or personal data." }
    guard !allowed.contains(name) else { return nil }
    return "attribute \"\(name)\" is not in genesys.attributes.\(nearestNameHint(for: name, among: allowed))"
  }

  /// Why a value that is known beforehand may not be written; nil if it may.
  package static func refusal(ofValue value: String) -> String? {
    Masking.masked(value) == value ? nil : "the value looks like card or personal data."
  }

  /// Whether a name speaks of a card, a secret or a person: what a log would mask under it.
  package static func isPersonal(_ name: String) -> Bool {
    let folded = String(
      decoding: name.lowercased().utf8.filter { $0.isLetter || $0.isDecimalDigit }, as: UTF8.self)
    return cardNames.contains(folded) || folded.hasSuffix("cardnumber")
      || Masking.masked(.string("x"), named: name) != .string("x")
  }

  /// `attributes` as they may be sent.
  ///
  /// - Throws: `refused` for what no setting allows: a mistake in this program, or an id that is a card number.
  func checked(_ attributes: [(name: String, value: String)]) throws(GenesysCallError) -> JSONValue {
    for (name, value) in attributes {
      if let reason = refusal(of: name) { throw .refused(reason) }
      guard CardNumbers.find(in: value, named: name, threshold: .refuse).isEmpty else {
        throw .refused("the value of \"\(name)\" is a card number")
      }
    }
    return .object(attributes.map { .init($0.name, .string($0.value)) })
  }
}
