import Core

/// Shopify's search syntax, as far as orders are found by it: terms `field:value` or a bare value, quoted or not, joined
/// by AND (or nothing), OR, and turned round by NOT or `-`; parentheses; `:>`, `:>=`, `:<`, `:<=` for times.
///
/// As in Shopify's index a value matches whatever begins with it, and a field that it does not know is left out with a
/// warning — the search then finds more, not less. Whoever looks an order up must compare its name.
struct ShopifySearch: Sendable {
  struct Warning: Sendable, Hashable {
    let field: String
    let message: String
  }

  private indirect enum Condition: Sendable {
    case all
    case term(field: String?, comparison: String, value: String)
    case not(Condition)
    case both(Condition, Condition)
    case either(Condition, Condition)
  }

  private static let fields: Set<String> = [
    "name", "email", "confirmation_number", "id", "status", "financial_status", "fulfillment_status", "created_at",
    "processed_at", "updated_at", "sku", "tag", "test",
  ]

  private var condition = Condition.all
  private(set) var warnings: [Warning] = []

  init(_ query: String) {
    var words = Self.words(query)[...]
    condition = either(&words)
  }

  func matches(_ order: SimulatedOrder) -> Bool { Self.matches(condition, order) }

  // MARK: - Reading

  private enum Word: Hashable {
    case open, close, and, or, not
    case term(field: String?, comparison: String, value: String)
  }

  private static func words(_ query: String) -> [Word] {
    var words: [Word] = []
    var rest = Substring(query)
    while let character = rest.first {
      switch character {
      case " ", "\t", "\n", ",": rest.removeFirst()
      case "(", ")":
        rest.removeFirst()
        words.append(character == "(" ? .open : .close)
      case "-":
        rest.removeFirst()
        words.append(.not)
      default:
        let (word, quoted) = value(&rest, endsAtColon: true)
        switch quoted ? "" : word.uppercased() {
        case "AND": words.append(.and)
        case "OR": words.append(.or)
        case "NOT": words.append(.not)
        default: words.append(term(word, quoted: quoted, &rest))
        }
      }
    }
    return words
  }

  private static func term(_ word: String, quoted: Bool, _ rest: inout Substring) -> Word {
    guard !quoted, rest.first == ":" else { return .term(field: nil, comparison: "", value: word) }
    rest.removeFirst()
    let comparison = [">=", "<=", ">", "<"].first { rest.hasPrefix($0) } ?? ""
    rest.removeFirst(comparison.count)
    return .term(field: word.lowercased(), comparison: comparison, value: value(&rest, endsAtColon: false).text)
  }

  /// Up to the next character that ends a word; a quoted value up to its quote, with `\` before what is meant as such.
  private static func value(_ rest: inout Substring, endsAtColon: Bool) -> (text: String, quoted: Bool) {
    var text = ""
    guard let quote = rest.first, quote == "\"" || quote == "'" else {
      let ends = endsAtColon ? " \t\n(),:" : " \t\n(),"
      while let character = rest.first, !ends.contains(character) { text.append(rest.removeFirst()) }
      // A colon without a field before it.
      if endsAtColon, text.isEmpty, rest.first == ":" { rest.removeFirst() }
      return (text, false)
    }
    rest.removeFirst()
    while let character = rest.popFirst(), character != quote {
      text.append(character == "\\" ? rest.popFirst() ?? character : character)
    }
    return (text, true)
  }

  private mutating func either(_ words: inout ArraySlice<Word>) -> Condition {
    var left = both(&words)
    while words.first == .or {
      words.removeFirst()
      left = .either(left, both(&words))
    }
    return left
  }

  private mutating func both(_ words: inout ArraySlice<Word>) -> Condition {
    var left = Condition.all
    while let word = words.first, word != .or, word != .close {
      if word == .and { words.removeFirst() } else { left = .both(left, single(&words)) }
    }
    return left
  }

  private mutating func single(_ words: inout ArraySlice<Word>) -> Condition {
    switch words.popFirst() {
    case .not: return .not(single(&words))
    case .open:
      let inner = either(&words)
      if words.first == .close { words.removeFirst() }
      return inner
    case .term(let field, let comparison, let value):
      if let field, !Self.fields.contains(field) {
        warnings.append(Warning(field: field, message: "Invalid search field for this query."))
        return .all
      }
      return .term(field: field, comparison: comparison, value: value.lowercased())
    default: return .all
    }
  }

  // MARK: - Matching

  private static func matches(_ condition: Condition, _ order: SimulatedOrder) -> Bool {
    switch condition {
    case .all: true
    case .not(let inner): !matches(inner, order)
    case .both(let left, let right): matches(left, order) && matches(right, order)
    case .either(let left, let right): matches(left, order) || matches(right, order)
    case .term(let field, let comparison, let value): matches(field, comparison, value, order)
    }
  }

  private static func matches(_ field: String?, _ comparison: String, _ value: String, _ order: SimulatedOrder) -> Bool
  {
    func begins(_ text: String) -> Bool {
      text.lowercased().hasPrefix(value.hasSuffix("*") ? String(value.dropLast()) : value)
    }
    switch field {
    case nil: return begins(order.number) || begins(order.customer.email) || begins(order.customer.name)
    // The index knows a name by its digits as well, and a leading # is no part of it.
    case "name":
      return begins(order.number) || "#\(order.serial)".hasPrefix(value) || "\(order.serial)".hasPrefix(value)
    case "email": return begins(order.customer.email)
    case "confirmation_number": return begins(order.confirmationNumber)
    case "id": return value == "\(order.shopifyID)"
    case "sku": return order.items.contains { begins($0.sku) }
    case "financial_status": return value == "any" || order.financialStatus.lowercased() == value
    case "fulfillment_status": return value == "any" || order.fulfillmentStatus.lowercased() == value
    case "status":
      switch value {
      case "open": return order.closedAt == nil && order.cancelledAt == nil
      case "closed": return order.closedAt != nil
      case "cancelled": return order.cancelledAt != nil
      default: return true
      }
    case "created_at", "processed_at": return compare(order.placedAt, comparison, value)
    case "updated_at": return compare(order.updatedAt, comparison, value)
    case "test": return value == "false"
    default: return false
    }
  }

  private static func compare(_ time: Timestamp, _ comparison: String, _ value: String) -> Bool {
    guard let other = Timestamp(value) else { return false }
    switch comparison {
    case ">": return time > other
    case ">=": return time >= other
    case "<": return time < other
    case "<=": return time <= other
    default: return time >= other && time < other + .seconds(86_400)
    }
  }
}
