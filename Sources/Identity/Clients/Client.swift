import Core

/// A system that may ask for tokens.
package struct Client: Sendable, Hashable {
  package let id: String
  /// For people.
  package let name: String
  /// What it may ask for. None: it may introspect and revoke, not get tokens.
  package let scopes: Set<String>
  package let methods: Set<ClientAuthenticationMethod>
  package let isDisabled: Bool
  package let createdAt: Timestamp
  /// The oldest first; expired ones too, until they are revoked.
  package let secrets: [ClientSecret]
}

/// How a client shows its secret, by the names of RFC 7591, section 2.
package enum ClientAuthenticationMethod: String, Sendable, Hashable, CaseIterable {
  /// In `Authorization`; what every client should do and the default.
  case basic = "client_secret_basic"
  /// In the body; only for platforms that cannot do otherwise.
  case post = "client_secret_post"
}

package struct ClientSecret: Sendable, Hashable {
  /// Such as `sec_…`; names the secret and tells nothing about it.
  package let id: String
  package let createdAt: Timestamp
  /// Nil: it does not expire.
  package let expiresAt: Timestamp?
  /// To the hour.
  package let lastUsedAt: Timestamp?
  /// Never shown; see `SecretHash`.
  let hash: String

  package func isActive(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }
}

/// A secret as it is shown once, when it is made.
package struct IssuedSecret: Sendable {
  package let id: String
  package let secret: Redacted<String>
}

package enum ClientStoreError: Error, Sendable, Hashable, CustomStringConvertible {
  case unknownClient(String)
  case unknownSecret(String)
  case exists(String)
  /// Two are active already.
  case tooManySecrets(String)
  case invalid(String)

  package var description: String {
    switch self {
    case .unknownClient(let id): "There is no client \(id). List the clients to see their ids."
    case .unknownSecret(let id): "The client has no secret \(id). List the clients to see the ids of their secrets."
    case .exists(let id): "There is a client \(id) already. Choose another id, or rotate the secret of that one."
    case .tooManySecrets(let id):
      "The client \(id) has two active secrets, which is the most it may have. Revoke one before you add another."
    case .invalid(let why): why
    }
  }
}

/// Scope tokens and client ids: what they may be made of.
enum ClientSyntax {
  /// RFC 6749, section 3.3: printable ASCII without space, quote and backslash.
  static func isScope(_ text: some StringProtocol) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  /// A scope parameter: tokens with one space between; nil for anything else.
  static func scopes(_ text: String) -> Set<String>? {
    let tokens = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { Substring($0) }
    return tokens.allSatisfy { isScope($0) } ? Set(tokens.map(String.init)) : nil
  }

  /// Letters, digits, `.`, `_` and `-`, so that an id never reads like an issuer's URL.
  static func isClientID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        byte.isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
      }
  }
}
