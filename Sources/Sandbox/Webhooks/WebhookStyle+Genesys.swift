import Core
import HTTPMessages
import Security

extension WebhookStyle {
  /// By what a message begins with, as `GenesysEvent.topic` has it.
  ///
  /// - Parameters:
  ///   - key: shown by whoever stands between Genesys Cloud and us.
  ///   - signatureSecret: what Open Messaging signs with.
  static func genesys(key: String, signatureSecret: String) -> WebhookStyle {
    var guide = WebhookStyle(retries: genesysGuideRetries, timeout: .seconds(10)) { _ in ["x-api-key": key] }
    guide.extendsOn429 = true
    var eventBridge = guide
    eventBridge.retries = eventBridgeRetries
    eventBridge.timeout = .seconds(5)
    var dataAction = guide
    // A workflow sends once; what happens then is the workflow's.
    dataAction.retries = []
    let openMessaging = WebhookStyle(retries: openMessagingRetries, timeout: .seconds(10)) { message in
      let code = HMACSHA256.code(for: message.body, key: Array(signatureSecret.utf8))
      return ["x-hub-signature-256": "sha256=" + Base64.standard.encode(code)]
    }
    guide.ways = ["eventbridge": eventBridge, "data_action": dataAction, "openmessaging": openMessaging]
    return guide
  }

  /// The guide: up to five times in 24 hours, the pauses growing; it does not say which.
  static let genesysGuideRetries: [Duration] = [60, 600, 3_600, 18_000, 63_000].map { .seconds($0) }

  /// developer.genesys.cloud, "Validate webhook notifications": five retries, five seconds apart.
  static let openMessagingRetries = [Duration](repeating: .seconds(5), count: 5)

  /// EventBridge tries for 24 hours and 185 times, with growing pauses that it does not publish.
  static let eventBridgeRetries: [Duration] =
    [1, 2, 4, 8, 16, 32, 64, 128, 256].map { .seconds($0) } + [Duration](repeating: .seconds(490), count: 175)
}
