/// The text message that tells how an order stands.
enum StatusText {
  /// The contact centre's limit (Genesys Cloud: `POST /api/v2/conversations/messages/agentless`).
  static let maximumLength = 765

  /// Names no person, and no more than the caller would have heard.
  static func compose(_ order: Order, in language: SpokenLanguage) -> String {
    var order = order
    order.tracking = order.tracking.flatMap { tracking in
      let carrier = line(tracking.carrier)
      let number = line(tracking.number)
      return number.isEmpty ? nil : Order.Tracking(carrier: carrier, number: number)
    }
    return String(language.wording.text(for: order).prefix(maximumLength))
  }

  /// For a number that no order has, or none that this caller may hear of: the same for both.
  static func link(to statusPage: String, in language: SpokenLanguage) -> String {
    String(language.wording.unknownOrder(statusPage: statusPage).prefix(maximumLength))
  }

  /// What a platform wrote, as one short line.
  private static func line(_ text: String) -> String {
    String(
      text.prefix(64).filter { !$0.isNewline && !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } })
  }
}
