import Core

/// Something that points buy.
package struct Reward: Sendable, Hashable {
  /// `RWD-…`: 1 to 40 capital letters, digits and hyphens after it.
  package var id: String
  package var title: LocalizedText
  package var description = LocalizedText()
  /// Above zero.
  package var pointCost: Int64
  /// The least tier that may have it; nil for all.
  package var tier: String?
  package var availableFrom: Timestamp?
  package var availableUntil: Timestamp?
  /// How many there are; nil for no limit.
  package var stock: Int64?
  package var limitPerCustomer: Int64?
  /// `https://…`, or a path of the page that shows it.
  package var imageURL: String?
  /// In the order in which they are offered; never empty.
  package var methods: [FulfilmentMethod]
  /// Where `webhook` calls.
  package var webhookURL: String?
  package var isActive = true

  package init(id: String, title: LocalizedText, pointCost: Int64, methods: [FulfilmentMethod]) {
    self.id = id
    self.title = title
    self.pointCost = pointCost
    self.methods = methods
  }

  package static func isID(_ text: String) -> Bool {
    let rest = text.utf8.dropFirst(4)
    return text.hasPrefix("RWD-") && (1...40).contains(rest.count)
      && rest.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  /// Whether a redemption takes a code of the pool: one of a reward with codes, unless somebody else is asked to see to it.
  func takesCode(by method: FulfilmentMethod) -> Bool { methods.contains(.code) && method != .webhook }
}

/// How a customer gets a reward.
package enum FulfilmentMethod: String, Sendable, Hashable, CaseIterable {
  /// A mail, with a code if the reward has codes.
  case email
  /// A signed message to the shop's own system, which sees to it.
  case webhook
  /// A code of an uploaded pool, there at once.
  case code
}

/// A text in several languages.
package struct LocalizedText: Sendable, Hashable {
  /// By tags such as `en` or `de-AT`, in the order in which they came.
  package private(set) var texts: [(tag: String, text: String)] = []

  package init(_ texts: [(tag: String, text: String)] = []) {
    self.texts = texts
  }

  /// The text for a locale: of the tag itself, of its language, in English, or the first.
  package func text(for locale: String?) -> String? {
    let wanted = (locale ?? "en").lowercased()
    let language = wanted.prefix { $0 != "-" }
    func find(_ tag: some StringProtocol) -> String? { texts.first { $0.tag.lowercased() == tag }?.text }
    return find(wanted) ?? find(language) ?? find("en") ?? texts.first?.text
  }

  package static func == (left: LocalizedText, right: LocalizedText) -> Bool {
    left.texts.elementsEqual(right.texts) { $0 == $1 }
  }

  package func hash(into hasher: inout Hasher) {
    for (tag, text) in texts {
      hasher.combine(tag)
      hasher.combine(text)
    }
  }
}

extension LocalizedText {
  /// `{"en": "…"}`.
  package var json: JSONValue { .object(texts.map { .init($0.tag, .string($0.text)) }) }

  /// Nil for anything but an object of texts.
  package init?(json: JSONValue) {
    guard let members = json.members else { return nil }
    var texts: [(tag: String, text: String)] = []
    for member in members {
      guard let text = member.value.string else { return nil }
      texts.append((member.name, text))
    }
    self.init(texts)
  }
}
