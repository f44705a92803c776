import Core
import HTTPMessages
import Security

/// Genesys Cloud has no webhooks for its events in general. What comes from it comes in one of four ways, and each shows
/// who it is in its own:
///
/// - Open Messaging signs the raw body: `X-Hub-Signature-256: sha256=` and the HMAC-SHA-256, in base 64 as its pages have
///   it, or in hexadecimal as others write this header.
/// - An API destination of EventBridge shows a key in a header field, or as the password of HTTP Basic, or an access token.
/// - A data action behind a trigger does the same.
/// - The guide's `interaction:updated` names no form of its own and is taken in any of these.
///
/// No time is sent that is signed: a recorded delivery has the id that it had, and its event is credited once.
package struct GenesysScheme: SignatureScheme {
  package static let scope = "webhooks:send"

  private let keyHeader: String
  private let user: String

  /// - Parameters:
  ///   - keyHeader: the field with the key.
  ///   - user: beside the key in HTTP Basic.
  package init(keyHeader: String = "x-api-key", user: String = "ringback") {
    self.keyHeader = keyHeader.lowercased()
    self.user = user
  }

  package var scope: String? { Self.scope }

  package func verify(
    _ headers: Headers, body: [UInt8], keys: [WebhookKey], now: Timestamp
  ) throws(SignatureRefusal) -> SignedDelivery {
    if headers["x-hub-signature-256"] != nil {
      let signature = try headers.one("x-hub-signature-256", missing: .signatureMissing, repeated: .signatureWrong)
      guard let code = Self.code(signature), keys.accept(code, for: body) else { throw .signatureWrong }
    } else {
      guard keys.contains(shown: try shownKey(headers)) else { throw .signatureWrong }
    }
    return delivery(headers, body: body)
  }

  /// By what names the delivery in each shape: `event_id` of the guide's and of our own, `id` of the envelope and of the
  /// message. What has neither goes by its bytes.
  package func delivery(_ headers: Headers, body: [UInt8]) -> SignedDelivery {
    let json = try? JSONValue(parsing: body)
    let id = (json?["event_id"] ?? json?["id"])?.string
    return SignedDelivery(id: id.flatMap { $0.isToken ? $0 : nil } ?? SignedDelivery.contentID(body), topic: nil)
  }

  package func topic(in body: JSONValue) -> String? {
    if let detailType = body["detail-type"]?.string { return detailType }
    if let event = body["event"]?.string { return event }
    if body["channel"]?["platform"] != nil { return "openmessaging." + (body["type"]?.string ?? "") }
    return body["interaction_id"] == nil ? nil : "interaction:updated"
  }

  package func sign(_ draft: DeliveryDraft, key: WebhookKey) throws(SigningError) -> Headers {
    if case .shown(let secret) = key { return [keyHeader: String(decoding: secret.reveal(), as: UTF8.self)] }
    return ["x-hub-signature-256": "sha256=" + Base64.standard.encode(try key.code(for: draft.body))]
  }

  private static func code(_ signature: String) -> [UInt8]? {
    guard signature.hasPrefix("sha256=") else { return nil }
    let code = String(signature.dropFirst("sha256=".count))
    return code.utf8.count == 2 * SHA256.byteCount ? [UInt8](hex: code) : Base64.standard.decode(code)
  }

  private func shownKey(_ headers: Headers) throws(SignatureRefusal) -> [UInt8] {
    if headers[keyHeader] != nil {
      return Array(try headers.one(keyHeader, missing: .signatureMissing, repeated: .signatureWrong).utf8)
    }
    let field = try headers.one("authorization", missing: .signatureMissing, repeated: .signatureWrong)
    let parts = field.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "basic" else { throw .signatureMissing }
    let prefix = Array("\(user):".utf8)
    guard let credentials = Base64.standard.decode(parts[1]), credentials.starts(with: prefix) else {
      throw .signatureWrong
    }
    return Array(credentials.dropFirst(prefix.count))
  }
}

extension [WebhookKey] {
  /// Compared by their hashes, and all of them, so that the time tells neither the length of a key nor which it was.
  fileprivate func contains(shown key: [UInt8]) -> Bool {
    reduce(false) { found, next in
      guard case .shown(let secret) = next else { return found }
      return constantTimeEqual(SHA256.digest(of: secret.reveal()), SHA256.digest(of: key)) || found
    }
  }
}
