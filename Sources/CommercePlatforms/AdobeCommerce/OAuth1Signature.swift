import Core
import HTTPMessages
import Security

/// The four values of an Adobe Commerce integration, made when an administrator activates it.
package struct OAuth1Credentials: Sendable {
  package var consumerKey: String
  package var consumerSecret: Redacted<String>
  package var token: String
  package var tokenSecret: Redacted<String>

  package init(consumerKey: String, consumerSecret: Redacted<String>, token: String, tokenSecret: Redacted<String>) {
    self.consumerKey = consumerKey
    self.consumerSecret = consumerSecret
    self.token = token
    self.tokenSecret = tokenSecret
  }
}

/// Signs requests by OAuth 1.0a (RFC 5849) with HMAC-SHA256. Pure.
struct OAuth1Signature {
  typealias Pair = (name: String, value: String)

  let method: Method
  /// Absolute. Its query is signed; a body that is no form is not (section 3.4.1.3.1).
  let url: String
  /// Fields of a body of type `application/x-www-form-urlencoded`.
  var form: [Pair] = []

  /// The value of `Authorization`.
  ///
  /// - Parameters:
  ///   - nonce: never used before with this timestamp.
  ///   - timestamp: seconds since 1970.
  func header(_ credentials: OAuth1Credentials, nonce: String, timestamp: Int64) -> String {
    var protocolPairs: [Pair] = [
      ("oauth_consumer_key", credentials.consumerKey), ("oauth_nonce", nonce),
      ("oauth_signature_method", "HMAC-SHA256"), ("oauth_timestamp", "\(timestamp)"),
      ("oauth_token", credentials.token), ("oauth_version", "1.0"),
    ]
    // Section 3.4.2: both secrets, encoded, with & between.
    let key =
      credentials.consumerSecret.reveal().percentEncoded + "&" + credentials.tokenSecret.reveal().percentEncoded
    let code = HMACSHA256.code(for: Array(baseString(protocolPairs).utf8), key: Array(key.utf8))
    protocolPairs.append(("oauth_signature", Base64.standard.encode(code)))
    return "OAuth "
      + protocolPairs.map { "\($0.name.percentEncoded)=\"\($0.value.percentEncoded)\"" }.joined(separator: ", ")
  }

  /// Section 3.4.1.1.
  ///
  /// - Parameter protocolPairs: the `oauth_` parameters but the signature.
  func baseString(_ protocolPairs: [Pair]) -> String {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let query = parts.count == 2 ? FormFields(parts[1])?.pairs.map { ($0.name, $0.value) } ?? [] : []
    return [method.name, Self.baseURI(String(parts[0])), Self.normalized(protocolPairs + query + form)]
      .map(\.percentEncoded).joined(separator: "&")
  }

  /// Section 3.4.1.2: scheme and host in lower case, without the port that the scheme has anyway.
  static func baseURI(_ url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 3 else { return url }
    let scheme = parts[0].lowercased()
    var authority = parts[2].lowercased()
    let usual = scheme == "https:" ? ":443" : ":80"
    if authority.hasSuffix(usual) { authority.removeLast(usual.count) }
    return "\(scheme)//\(authority)/\(parts.count == 4 ? parts[3] : "")"
  }

  /// Section 3.4.1.3.2: encoded, then sorted by byte. Magento sorts by "natural order", which differs only where numbers
  /// of several digits stand in names.
  private static func normalized(_ pairs: [Pair]) -> String {
    pairs.map { (name: $0.name.percentEncoded, value: $0.value.percentEncoded) }
      .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
      .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }
}
