import Core
import HTTPMessages
import Security

/// A secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base 64.
package struct WebhookSecret: Sendable {
  private static let prefix = "whsec_"
  private let key: Redacted<[UInt8]>

  /// Nil for anything else.
  package init?(_ text: Redacted<String>) {
    let text = text.reveal()
    guard text.hasPrefix(Self.prefix), let key = Base64.standard.decode(text.dropFirst(Self.prefix.count)),
      (24...64).contains(key.count)
    else { return nil }
    self.key = Redacted(key)
  }

  fileprivate func code(for content: [UInt8]) -> [UInt8] {
    HMACSHA256.code(for: content, key: key.reveal())
  }
}

/// The header fields that sign a message (www.standardwebhooks.com, version 1.0.0): HMAC-SHA256 over
/// `{webhook-id}.{webhook-timestamp}.{body}`, one signature for each secret.
package enum StandardWebhooks {
  package static func headers(
    id: String, at time: Timestamp, body: [UInt8], secrets: [WebhookSecret]
  ) -> Headers {
    let content = Array("\(id).\(time.seconds).".utf8) + body
    let signatures = secrets.map { "v1,\(Base64.standard.encode($0.code(for: content)))" }
    return [
      "webhook-id": id, "webhook-timestamp": "\(time.seconds)", "webhook-signature": signatures.joined(separator: " "),
    ]
  }
}
