import Core
import HTTPMessages

/// The value of `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a string of RFC 8941 in its quotes, or the
/// same bare, as most clients send it. 1 to 255 visible ASCII characters.
package struct IdempotencyKey: Sendable, Hashable {
  package let text: String

  /// - Returns: nil when there is no such field.
  /// - Throws: 400 `idempotency_key_invalid`.
  package static func read(from headers: Headers) throws(Problem) -> IdempotencyKey? {
    guard headers.bytes("idempotency-key") != nil else { return nil }
    let values = headers.all("idempotency-key")
    guard let value = values.first else { return nil }
    guard values.count == 1, let text = unquoted(Array(value.utf8)) else {
      throw Problem(
        status: 400, code: "idempotency_key_invalid", title: "The idempotency key is not valid",
        detail:
          "Send one Idempotency-Key of 1 to 255 visible ASCII characters, best a random UUID, with or without quotes.")
    }
    return IdempotencyKey(text: text)
  }

  private static func unquoted(_ bytes: [UInt8]) -> String? {
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    var key = bytes
    if bytes.first == quote {
      guard bytes.count >= 2, bytes.last == quote else { return nil }
      key = []
      var rest = bytes[1..<bytes.count - 1]
      while let byte = rest.popFirst() {
        if byte == quote { return nil }
        guard byte == backslash else {
          key.append(byte)
          continue
        }
        guard let escaped = rest.popFirst(), escaped == quote || escaped == backslash else { return nil }
        key.append(escaped)
      }
    }
    guard (1...255).contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return String(decoding: key, as: UTF8.self)
  }
}
