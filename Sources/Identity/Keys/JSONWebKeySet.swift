import Core
import Security

/// A set of public keys (RFC 7517, section 5).
enum JSONWebKeySet {
  static let maximumCount = 100

  /// Our own: public members only, with `use`, `alg` and the thumbprint as `kid`.
  static func json(_ keys: [SigningKeys.Key]) -> JSONValue {
    .object([
      .init(
        "keys",
        .array(
          keys.map { key in
            .object(
              key.privateKey.publicKey.jwk + [
                .init("kid", .string(key.kid)), .init("use", "sig"), .init("alg", .string(key.algorithm.rawValue)),
              ])
          }))
    ])
  }

  /// Reads another issuer's. Keys that are for something else or that we cannot use are passed over, so that one strange
  /// key does not shut out the others; two keys with one `kid` are both passed over, as nobody can say which is meant.
  ///
  /// - Returns: nil for what is no key set.
  static func parse(_ body: [UInt8], accepting algorithms: Set<SignatureAlgorithm>) -> [String: VerificationKey]? {
    guard let tree = try? JSONValue(parsing: body, depth: 8), let items = tree["keys"]?.array,
      items.count <= maximumCount
    else { return nil }
    let names = Dictionary(grouping: items.compactMap { $0["kid"]?.string }) { $0 }
    let keys = items.compactMap { item in
      item["kid"]?.string.flatMap { names[$0]?.count == 1 ? key($0, item, accepting: algorithms) : nil }
    }
    return Dictionary(keys.map { ($0.kid, $0) }) { $1 }
  }

  private static func key(
    _ kid: String, _ item: JSONValue, accepting algorithms: Set<SignatureAlgorithm>
  ) -> VerificationKey? {
    if let use = item["use"], use != "sig" { return nil }
    if let operations = item["key_ops"], operations.array?.contains("verify") != true { return nil }
    guard let key = try? PublicKey(jwk: item), let algorithm = algorithm(of: item, key, accepting: algorithms) else {
      return nil
    }
    return VerificationKey(kid: kid, algorithm: algorithm, publicKey: key)
  }

  /// The algorithm that the key names, else the only accepted one that fits its type; with two to choose from RS256, which
  /// RFC 9068 makes the one that everybody has.
  private static func algorithm(
    of item: JSONValue, _ key: PublicKey, accepting algorithms: Set<SignatureAlgorithm>
  ) -> SignatureAlgorithm? {
    let fitting = algorithms.filter { $0.keyType == key.type }
    guard let named = item["alg"] else { return fitting.count == 1 ? fitting.first : fitting.first { $0 == .rs256 } }
    return named.string.flatMap(SignatureAlgorithm.init(rawValue:)).flatMap { fitting.contains($0) ? $0 : nil }
  }
}
