import Core
import HTTPMessages
import Security

@testable import Webhooks

/// The time of the published vectors.
let signedAt = Timestamp(seconds: 1_614_265_330)

extension SignatureScheme {
  /// What `verify` says, as one word: `ok` or the refusal.
  func verdict(
    _ headers: Headers, _ body: String, secrets: [String], now: Timestamp = signedAt
  ) -> String {
    do throws(SignatureRefusal) {
      _ = try verify(
        headers, body: Array(body.utf8), keys: secrets.compactMap { key(from: Redacted($0)) }, now: now)
      return "ok"
    } catch {
      return error.rawValue
    }
  }

  func delivery(_ headers: Headers, _ body: String, secret: String) throws -> SignedDelivery {
    try verify(headers, body: Array(body.utf8), keys: [key(from: Redacted(secret))].compactMap { $0 }, now: signedAt)
  }
}

extension Headers {
  /// Another value, none for nil, or one more with `also`.
  func with(_ name: String, _ value: String?, also: String? = nil) -> Headers {
    var headers = self
    headers[name] = value
    if let also { headers.add(name, also) }
    return headers
  }
}

func hmac(_ body: String, _ secret: String) -> [UInt8] {
  HMACSHA256.code(for: Array(body.utf8), key: Array(secret.utf8))
}
