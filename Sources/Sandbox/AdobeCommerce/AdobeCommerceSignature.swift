import Core
import HTTPMessages
import Security

/// A request signed by OAuth 1.0a, checked as Adobe Commerce does: with HMAC-SHA256, each nonce once, and no timestamp from
/// the future. (Its check of the timestamp looks one way only.)
struct AdobeCommerceSignature {
  static let allowedDeviation: Int64 = 600

  private let parameters: [String: String]
  private let method: String
  private let address: String
  private let query: FormFields

  /// Nil for a request that is not signed.
  init?(_ request: VendorRequest) {
    guard let header = request.headers["authorization"], header.lowercased().hasPrefix("oauth ") else { return nil }
    var parameters: [String: String] = [:]
    for part in header.dropFirst(6).split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
      guard pair.count == 2, pair[0].hasPrefix("oauth_"), let value = pair[1].percentDecoded() else { continue }
      parameters[pair[0]] = value
    }
    self.parameters = parameters
    method = request.method.name
    address =
      request.origin + "/\(Vendor.adobeCommerce.rawValue)/"
      + request.segments.map(\.percentEncoded).joined(separator: "/")
    query = request.query
  }

  func check(
    _ clients: AdobeCommerceClients, nonces: inout AdobeCommerceNonces, now: Timestamp
  ) throws(AdobeCommerceError) {
    for name in [
      "oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp",
      "oauth_token",
    ] where parameters[name] == nil {
      throw .invalid("\"%fieldName\" is required. Enter and try again.", ["fieldName": .string(name)])
    }
    guard parameters["oauth_signature_method"] == "HMAC-SHA256" else {
      throw .invalid("Signature method %1 is not supported", [.string(parameters["oauth_signature_method"] ?? "")])
    }
    guard parameters["oauth_consumer_key"] == clients.consumer.id else {
      throw .refused("A consumer having the specified key does not exist")
    }
    guard let timestamp = Int64(parameters["oauth_timestamp"] ?? ""), timestamp > 0,
      timestamp <= now.seconds + Self.allowedDeviation
    else { throw .refused("Incorrect timestamp value in the oauth_timestamp parameter") }
    guard nonces.use(parameters["oauth_nonce"] ?? "", at: timestamp) else {
      throw .refused("The nonce is already being used by the consumer with ID %1", [1])
    }
    guard parameters["oauth_token"] == clients.token.id else { throw .refused("Specified token does not exist") }
    let expected = Base64.standard.encode(
      HMACSHA256.code(
        for: Array(signed.utf8),
        key: Array("\(clients.consumer.secret.percentEncoded)&\(clients.token.secret.percentEncoded)".utf8)))
    guard constantTimeEqual(expected, parameters["oauth_signature"] ?? "") else {
      throw .refused("The signature is invalid. Verify and try again.")
    }
  }

  /// RFC 5849, section 3.4.1.1.
  private var signed: String {
    var pairs = query.pairs.map { [$0.name.percentEncoded, $0.value.percentEncoded] }
    for (name, value) in parameters where name != "oauth_signature" {
      pairs.append([name.percentEncoded, value.percentEncoded])
    }
    let sorted = pairs.sorted { $0[0] == $1[0] ? $0[1] < $1[1] : $0[0] < $1[0] }
    let joined = sorted.map { $0.joined(separator: "=") }.joined(separator: "&")
    return "\(method)&\(address.percentEncoded)&\(joined.percentEncoded)"
  }
}

/// The nonces that were used, with their timestamps.
struct AdobeCommerceNonces {
  private var used: [String: Int64] = [:]

  /// - Returns: whether it is new.
  mutating func use(_ nonce: String, at timestamp: Int64) -> Bool {
    // A task of the shop's cleans them up hourly.
    if used.count >= 50_000 { used = used.filter { $0.value > timestamp - 3_600 } }
    return used.updateValue(timestamp, forKey: nonce) == nil
  }
}

extension AdobeCommerceError {
  fileprivate static func refused(_ message: String, _ parameters: JSONValue? = Optional.none) -> Self {
    Self(status: 401, message: message, parameters: parameters)
  }
}
