import Core
import HTTPMessages
import Security

// What the schemes have in common.

extension Headers {
  /// The one value of a field. Two fields of one name are two opinions, and neither is taken.
  func one(
    _ name: String, missing: SignatureRefusal, repeated: SignatureRefusal
  ) throws(SignatureRefusal) -> String {
    let values = all(name)
    guard let value = values.first, !value.isEmpty else { throw missing }
    guard values.count == 1 else { throw repeated }
    return value
  }

  /// A value that is fit to be stored and shown: 1 to 255 visible ASCII characters. Nil for any other, or for two.
  func token(_ name: String) -> String? {
    let values = all(name)
    guard values.count == 1 else { return nil }
    return values[0].isToken ? values[0] : nil
  }
}

extension String {
  var isToken: Bool { (1...255).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}

extension [WebhookKey] {
  /// Whether `code` is the HMAC-SHA-256 of `message` by one of the shared keys. A code of another length is a wrong one.
  func accept(_ code: [UInt8], for message: [UInt8]) -> Bool {
    contains { key in key.shared.map { HMACSHA256.isValid(code, for: message, key: $0) } ?? false }
  }
}

extension WebhookKey {
  /// - Throws: `SigningError.keyOnlyVerifies`.
  func code(for message: [UInt8]) throws(SigningError) -> [UInt8] {
    guard let shared else { throw .keyOnlyVerifies }
    return HMACSHA256.code(for: message, key: shared)
  }
}

extension SignedDelivery {
  /// The id of what comes without one: the same bytes sent again at the same time are the same delivery.
  static func contentID(_ body: [UInt8], _ rest: String...) -> String {
    "sha256:" + SHA256.digest(of: body + Array(rest.map { "\u{0}" + $0 }.joined().utf8)).hex
  }
}

extension Timestamp {
  /// Whole seconds since 1970, without a sign or leading spaces; nil for more than a thousand years.
  init?(unixSeconds text: String) {
    guard text.utf8.count <= 11, let seconds = text.utf8.decimalNumber else { return nil }
    self.init(seconds: seconds)
  }

  /// - Throws: `timestampOutOfRange` unless it lies within `past` before and `future` after `now`, the ends included.
  func check(at now: Timestamp, past: Duration, future: Duration) throws(SignatureRefusal) {
    guard self >= now - past, self <= now + future else { throw .timestampOutOfRange }
  }
}
