import Core
import Security

/// Where the journal once ended, signed: whoever keeps it elsewhere can tell later that nothing before it was changed or cut
/// off, whatever became of the database.
package struct LedgerCheckpoint: Sendable, Hashable {
  /// Of the last transaction.
  package let sequence: Int64
  /// Of the last commit.
  package let journal: Int64
  /// The hash over all commits.
  package let root: [UInt8]
  /// When the journal was as it says.
  package let at: Timestamp
  package let programme: String

  package init(sequence: Int64, journal: Int64, root: [UInt8], at: Timestamp, programme: String) {
    (self.sequence, self.journal, self.root) = (sequence, journal, root)
    (self.at, self.programme) = (at, programme)
  }

  package enum Fault: Error, Sendable, Hashable {
    case malformed
    /// Signed by another key: its thumbprint.
    case foreign(String)
    case badSignature
  }

  private static let type = "ringback-checkpoint+jwt"

  /// A JWS in compact form (RFC 7515), `EdDSA`; its header holds the public key, which is believed for its thumbprint alone.
  ///
  /// - Throws: `CryptographyError`.
  package func signed(by key: PrivateKey) throws(CryptographyError) -> String {
    let header: JSONValue = [
      "alg": .string(SignatureAlgorithm.edDSA.rawValue), "kid": .string(key.publicKey.thumbprint),
      "typ": .string(Self.type), "jwk": .object(key.publicKey.jwk),
    ]
    let payload: JSONValue = [
      "programme": .string(programme), "sequence": .integer(sequence), "journal": .integer(journal),
      "root": .string(root.hex), "at": .string(at.description), "at_us": .integer(at.microseconds),
    ]
    let input = Base64.url.encode(header.bytes) + "." + Base64.url.encode(payload.bytes)
    return input + "." + Base64.url.encode(try key.sign(Array(input.utf8), algorithm: .edDSA))
  }

  /// Reads what `signed` made, if it was signed by that key.
  package init(_ text: String, by key: PublicKey) throws(Fault) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count < 4_096, parts.count == 3, let header = Self.tree(parts[0]),
      let payload = Self.tree(parts[1]),
      let signature = Base64.url.decode(parts[2]), header["typ"]?.string == Self.type,
      header["alg"]?.string == SignatureAlgorithm.edDSA.rawValue, let kid = header["kid"]?.string
    else { throw .malformed }
    guard kid == key.thumbprint else { throw .foreign(kid) }
    guard key.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8), algorithm: .edDSA) else {
      throw .badSignature
    }
    guard let sequence = payload["sequence"]?.integer, let journal = payload["journal"]?.integer,
      let root = payload["root"]?.string.flatMap([UInt8].init(hex:)), let at = payload["at_us"]?.integer,
      let programme = payload["programme"]?.string
    else { throw .malformed }
    self.init(
      sequence: sequence, journal: journal, root: root, at: Timestamp(microseconds: at), programme: programme)
  }

  private static func tree(_ part: Substring) -> JSONValue? {
    Base64.url.decode(part).flatMap { try? JSONValue(parsing: $0, depth: 4) }
  }
}
