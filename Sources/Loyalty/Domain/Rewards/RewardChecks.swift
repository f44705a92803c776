import Core

/// What is wrong with a reward that somebody wants to have in the catalogue.
package struct RewardFlaw: Error, Sendable, Hashable {
  /// As in the API, such as `point_cost`.
  package let member: String
  /// Goes on after "must be" or the like: a sentence for who wrote it.
  package let sentence: String

  init(_ member: String, _ sentence: String) {
    self.member = member
    self.sentence = sentence
  }
}

extension Reward {
  private static let longestTitle = 120
  private static let longestDescription = 1_000
  private static let longestURL = 2_000

  /// - Throws: `RewardFlaw`.
  package func check() throws(RewardFlaw) {
    guard Self.isID(id) else {
      throw RewardFlaw("reward_id", "An id is \"RWD-\" and 1 to 40 capital letters, digits and hyphens.")
    }
    guard !title.texts.isEmpty, title.isFit(longest: Self.longestTitle) else {
      throw RewardFlaw(
        "title", "A title is an object such as {\"en\": \"Coffee\"}: up to 20 languages, 1 to 120 characters each.")
    }
    guard description.isFit(longest: Self.longestDescription) else {
      throw RewardFlaw("description", "A description is as a title, with up to 1,000 characters.")
    }
    guard (1...1_000_000_000_000).contains(pointCost) else {
      throw RewardFlaw("point_cost", "A price is a whole number of points above zero.")
    }
    if let tier, !(1...64).contains(tier.utf8.count) { throw RewardFlaw("tier", "A tier is the id of one.") }
    if let from = availableFrom, let until = availableUntil, from >= until {
      throw RewardFlaw("available_until", "It ends before it begins.")
    }
    if let stock, !(0...1_000_000_000_000).contains(stock) {
      throw RewardFlaw("stock", "A stock is a whole number from zero, or null for no limit.")
    }
    if let limit = limitPerCustomer, !(1...1_000_000).contains(limit) {
      throw RewardFlaw("limit_per_customer", "A limit is a whole number from 1, or null for none.")
    }
    if let imageURL, !Self.isPicture(imageURL) {
      throw RewardFlaw("image_url", "A picture is at https://… or at a path that begins with one \"/\".")
    }
    guard !methods.isEmpty, Set(methods).count == methods.count else {
      throw RewardFlaw("fulfillment.methods", "The methods are some of email, webhook and code, each once.")
    }
    // What this machine may call in fact, the client decides when it calls: a name may lead elsewhere by then.
    guard methods.contains(.webhook) == (webhookURL != nil), webhookURL.map(Self.isWebAddress) ?? true else {
      throw RewardFlaw(
        "fulfillment.webhook_url", "With the method webhook, and only then, there is an https:// URL to call.")
    }
  }

  private static func isPicture(_ text: String) -> Bool {
    guard isVisible(text) else { return false }
    return text.hasPrefix("https://") || text.hasPrefix("/") && !text.hasPrefix("//") && !text.contains("\\")
  }

  /// Plain HTTP is let through here for a receiver on this machine; the client refuses it for any other.
  private static func isWebAddress(_ text: String) -> Bool {
    isVisible(text) && (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.contains("@")
  }

  private static func isVisible(_ text: String) -> Bool {
    (1...longestURL).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}

extension LocalizedText {
  fileprivate func isFit(longest: Int) -> Bool {
    guard texts.count <= 20, Set(texts.map { $0.tag.lowercased() }).count == texts.count else { return false }
    return texts.allSatisfy { tag, text in
      PortalLocale.isTag(tag) && (1...longest).contains(text.count) && text.utf8.count <= 4 * longest
        && text.contains { !$0.isWhitespace }
        && text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }
  }
}
