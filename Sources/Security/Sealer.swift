import COpenSSL
import Core

/// Encrypts columns that hold personal or secret data: AES-256-GCM, with the id of the key and a random nonce, bound to
/// the place that the value belongs to, so that it cannot be moved to another row.
///
/// The form is `version (1 byte) | key id (4 bytes) | nonce (12) | ciphertext | tag (16)`.
package struct Sealer: Sendable {
  package struct Key: Sendable {
    package let id: UInt32
    /// 32 bytes.
    package let bytes: Redacted<[UInt8]>

    package init(id: UInt32, bytes: Redacted<[UInt8]>) {
      self.id = id
      self.bytes = bytes
    }
  }

  private static let version: UInt8 = 1
  private static let nonceLength = 12
  private static let tagLength = 16
  private static let headerLength = 5

  private let keys: [UInt32: Key]
  private let current: Key
  private let random: any RandomSource

  /// - Parameters:
  ///   - current: what new values are sealed with.
  ///   - older: keys that values may still be sealed with.
  package init(current: Key, older: [Key] = [], random: any RandomSource) {
    self.current = current
    self.keys = Dictionary((older + [current]).map { ($0.id, $0) }) { $1 }
    self.random = random
  }

  /// - Parameter place: table, row and column, such as `jobs/job_01…/payload`.
  /// - Throws: `CryptographyError`.
  package func seal(_ plaintext: [UInt8], in place: String) throws(CryptographyError) -> [UInt8] {
    let id = withUnsafeBytes(of: current.id.bigEndian) { Array($0) }
    let nonce = random.bytes(Self.nonceLength)
    let (ciphertext, tag) = try AESGCM.encrypt(
      plaintext, key: current.bytes.reveal(), nonce: nonce, authenticating: Array(place.utf8))
    return [Self.version] + id + nonce + ciphertext + tag
  }

  /// - Throws: `CryptographyError` for a value that was changed, moved, or sealed with a key that is not held.
  package func open(_ sealed: [UInt8], in place: String) throws(CryptographyError) -> [UInt8] {
    guard sealed.count >= Self.headerLength + Self.nonceLength + Self.tagLength, sealed[0] == Self.version else {
      throw .notAuthentic
    }
    let id = sealed[1..<Self.headerLength].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard let key = keys[id] else { throw .unknownKey(id) }
    let body = sealed[Self.headerLength...]
    return try AESGCM.decrypt(
      Array(body.dropFirst(Self.nonceLength).dropLast(Self.tagLength)), tag: Array(body.suffix(Self.tagLength)),
      key: key.bytes.reveal(), nonce: Array(body.prefix(Self.nonceLength)), authenticating: Array(place.utf8))
  }
}

package enum CryptographyError: Error, Sendable, Hashable {
  /// The value, its tag or what it is bound to was changed.
  case notAuthentic
  case unknownKey(UInt32)
  /// A key, nonce or signature that the algorithm cannot take.
  case invalidInput(String)
  /// OpenSSL refused; the text is its own.
  case library(String)
}
