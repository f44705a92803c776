import Core
import HTTPMessages
import HTTPServer

/// The value of `Idempotency-Key`, quoted as draft-ietf-httpapi-idempotency-key-header asks (a structured-field string,
/// RFC 8941) or bare as most clients send it. Both name the same key.
enum IdempotencyKey {
  private static let maximumLength = 255

  /// Nil when the request has none.
  ///
  /// - Throws: 400 `idempotency_key_invalid`.
  static func read(_ request: Request) throws(Problem) -> String? {
    let values = request.headers.all("idempotency-key")
    guard let value = values.first else { return nil }
    guard values.count == 1, let key = parse(value), (1...maximumLength).contains(key.utf8.count) else {
      throw Problem(
        status: 400, code: "idempotency_key_invalid", title: "The Idempotency-Key cannot be used",
        detail: "Send Idempotency-Key once, as 1 to \(maximumLength) visible ASCII characters, in quotes or without. A UUID is good.")
    }
    return key
  }

  private static func parse(_ value: String) -> String? {
    var bytes = Array(value.utf8)
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    let quote = UInt8(ascii: "\"")
    guard bytes.first == quote else {
      return bytes.contains(where: { $0 == quote || $0 == 0x20 }) ? nil : value
    }
    guard bytes.count >= 2, bytes.removeLast() == quote else { return nil }
    var key: [UInt8] = []
    var rest = bytes.dropFirst()
    while let byte = rest.popFirst() {
      if byte == quote { return nil }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst(), escaped == quote || escaped == byte else { return nil }
        key.append(escaped)
      } else {
        key.append(byte)
      }
    }
    return String(decoding: key, as: UTF8.self)
  }
}
