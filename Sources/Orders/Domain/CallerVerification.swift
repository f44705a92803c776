import Core
import Security

/// Who may hear of an order (`orders.verify`).
package enum CallerVerification: String, Sendable, Hashable, CaseIterable {
  /// Whoever knows its number.
  case none
  /// Who calls from a number that the shop has for it.
  case callerNumber = "caller_number"
  /// Who knows the postal code that it goes to, or is billed to.
  case postalCode = "postal_code"

  /// Whether `proof` fits the order. All that the shop has is compared, in a time that does not depend on where they
  /// differ.
  package func accepts(_ proof: CallerProof, for ownership: Order.Ownership) -> Bool {
    switch self {
    case .none:
      return true
    case .callerNumber:
      guard let caller = proof.callerNumber.flatMap(DialledNumber.init) else { return false }
      return ownership.phoneNumbers.compactMap(DialledNumber.init)
        .reduce(false) { known, number in number.isSame(as: caller) || known }
    case .postalCode:
      guard let given = proof.postalCode.flatMap(PostalCode.init) else { return false }
      return ownership.postalCodes.compactMap(PostalCode.init)
        .reduce(false) { known, code in code.isSame(as: given) || known }
    }
  }
}

/// What the caller gives to show that the order is theirs. Personal: never logged.
package struct CallerProof: Sendable, Hashable, Codable {
  /// As the contact centre reports it (ANI).
  package var callerNumber: String?
  package var postalCode: String?

  package init(callerNumber: String? = nil, postalCode: String? = nil) {
    self.callerNumber = callerNumber
    self.postalCode = postalCode
  }
}

extension DialledNumber {
  private static let shortestSuffix = 7

  /// Two international numbers are the same when all digits are. Shops also hold numbers without a country code; these
  /// are the same when one ends with the other and at least seven digits agree.
  func isSame(as other: DialledNumber) -> Bool {
    if isInternational, other.isInternational { return constantTimeEqual(digits, other.digits) }
    let length = min(digits.count, other.digits.count)
    guard length >= Self.shortestSuffix else { return false }
    return constantTimeEqual(Array(digits.suffix(length)), Array(other.digits.suffix(length)))
  }
}

/// A postal code without regard to case, spaces and hyphens.
struct PostalCode: Sendable {
  private let characters: [UInt8]

  init?(_ text: String) {
    guard text.utf8.count <= 32 else { return nil }
    characters = text.uppercased().utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }
    guard characters.count >= 2 else { return nil }
  }

  /// The nine digits that only the United States write (ZIP+4) are known to most by the first five.
  private var commonPart: [UInt8] {
    characters.count == 9 && characters.allSatisfy(\.isDecimalDigit) ? Array(characters.prefix(5)) : characters
  }

  func isSame(as other: PostalCode) -> Bool {
    constantTimeEqual(commonPart, other.commonPart)
  }
}
