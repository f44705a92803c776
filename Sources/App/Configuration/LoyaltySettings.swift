import Core
import Events
import Loyalty
import Webhooks

/// The points.
struct LoyaltySettings: Sendable {
  /// Which webhooks earn points.
  struct Earning: Sendable {
    /// The name of a source of webhooks.
    var source: String
    var filter: EarningFilter
  }

  var programme: String
  var balanceTTL: Duration
  var holdLifetime: Duration
  var earning: [Earning]
  var rewards: RewardsConfiguration
  /// The present one, and during a rotation the one before; none where none is configured.
  var fulfilmentSecrets: [WebhookSecret]

  init(from reader: inout SettingsReader) {
    programme = reader.value(
      "loyalty.programme", .text, default: "points",
      "The name that customers are hashed with: another one is another programme, with other accounts.")
    balanceTTL = reader.value(
      "loyalty.balance_ttl", .duration, default: .seconds(1), reloads: true,
      "How old a balance may be that is answered from memory.")
    holdLifetime = reader.value(
      "loyalty.hold_lifetime", .duration, default: .seconds(86_400), reloads: true,
      "How long a hold lasts that names no end.")
    earning = reader.entries(
      "loyalty.earning",
      "a list of mappings with source, when, event_type, customer, conversation, amount, channel, event_id and occurred_at",
      reloads: true, "Which webhooks earn points; the first entry that means one counts."
    ) { Self.earning(&$0, $1) }
    rewards = Self.rewards(&reader)
    let secret = reader.secret("loyalty.fulfillment_secret", "What the calls of rewards' webhooks are signed with.")
    let old = reader.secret("loyalty.old_fulfillment_secret", "The secret before, while receivers change over.")
    fulfilmentSecrets = [
      secret.flatMap { reader.webhookSecret($0, of: "loyalty.fulfillment_secret") },
      old.flatMap { reader.webhookSecret($0, of: "loyalty.old_fulfillment_secret") },
    ].compactMap { $0 }
  }

  private static func rewards(_ reader: inout SettingsReader) -> RewardsConfiguration {
    var rewards = RewardsConfiguration()
    rewards.sessionLifetime = reader.value(
      "loyalty.session_lifetime", .sessionLifetime, default: rewards.sessionLifetime, reloads: true,
      "How long a session of the portal lasts.")
    rewards.portalOrigins = reader.list(
      "loyalty.portal_origins", .origin, reloads: true, "The pages that may show the portal.")
    return rewards
  }

  var configuration: LoyaltyConfiguration {
    var configuration = LoyaltyConfiguration()
    configuration.balanceTTL = balanceTTL
    configuration.holdLifetime = holdLifetime
    return configuration
  }

  private static func earning(_ reader: inout SettingsReader, _ prefix: String) -> Earning? {
    let source = reader.value(
      "\(prefix).source", .earningSource, default: WebhookVendor.genesys.rawValue, reloads: true,
      "Whose webhooks.")
    let when = expression("when", of: prefix, &reader, "Which of them, as a filter.", isValue: false)
    let type = reader.optional(
      "\(prefix).event_type", .eventType, reloads: true, "What the rules know it as, such as chat.")
    var paths = EarningFilter.Paths()
    paths.customer = path("customer", of: prefix, &reader, "the customer's id; a platform call asks without it")
    paths.conversation = path("conversation", of: prefix, &reader, "the conversation whose customer is asked for")
    paths.amount = path("amount", of: prefix, &reader, "the amount, a whole number in minor units")
    paths.channel = path("channel", of: prefix, &reader, "the channel, in which an event's id is unique")
    paths.eventID = path("event_id", of: prefix, &reader, "the event's id")
    paths.occurredAt = path("occurred_at", of: prefix, &reader, "when it happened")
    let entry = "An entry of loyalty.earning"
    reader.require(when, "\(prefix).when", because: entry, example: "$.type = 'WebChat' AND $.state = 'closed'")
    reader.require(type, "\(prefix).event_type", because: entry, example: "chat")
    guard let when, let type else { return nil }
    return Earning(source: source, filter: EarningFilter(when: when, eventType: type, paths: paths))
  }

  private static func path(
    _ name: String, of prefix: String, _ reader: inout SettingsReader, _ what: String
  ) -> FilterExpression? {
    expression(name, of: prefix, &reader, "Where an event has \(what).", isValue: true)
  }

  private static func expression(
    _ name: String, of prefix: String, _ reader: inout SettingsReader, _ summary: String, isValue: Bool
  ) -> FilterExpression? {
    guard let text = reader.optional("\(prefix).\(name)", .text, reloads: true, summary) else { return nil }
    do throws(FilterError) {
      return try isValue ? FilterExpression(value: text) : FilterExpression(text)
    } catch {
      reader.refuse("\(prefix).\(name)", "\(prefix).\(name) is not understood at \(error)")
      return nil
    }
  }
}

extension SettingForm where Value == String {
  fileprivate static let earningSource = SettingForm(
    expectation: LiveEarning.sources.joined(separator: " | "),
    parse: { LiveEarning.sources.contains($0) ? $0 : nil }, show: { $0 })

  fileprivate static let eventType = SettingForm(
    expectation: "1 to 64 small letters, digits, dots, hyphens and underscores",
    parse: { text in
      let isFit = text.utf8.allSatisfy { $0.isDecimalDigit || "._-".utf8.contains($0) || (0x61...0x7A).contains($0) }
      return (1...64).contains(text.utf8.count) && isFit ? text : nil
    }, show: { $0 })
}

extension SettingForm where Value == String {
  fileprivate static let origin = SettingForm(
    expectation: "an origin, for example \"https://shop.example\"",
    parse: { RewardsConfiguration.isOrigin($0) ? $0 : nil }, show: { $0 })
}

extension SettingForm where Value == Duration {
  /// Long enough to choose, short enough that a token which gets away is soon worth nothing.
  fileprivate static let sessionLifetime = SettingForm(
    expectation: "a duration from \"1m\" to \"24h\"",
    parse: { text in
      Duration(text: text).flatMap { (.seconds(60) ... .seconds(86_400)).contains($0) ? $0 : nil }
    }, show: { $0.text })
}
