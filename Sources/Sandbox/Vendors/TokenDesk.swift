import Core

/// The access tokens that a vendor has given out.
struct TokenDesk: Sendable {
  struct Grant: Sendable, Hashable {
    let clientID: String
    let scopes: Set<String>
    let expires: Duration
  }

  enum Refusal: Error, Sendable, Hashable {
    case missing, unknown, expired
  }

  private var grants: [String: Grant] = [:]

  /// - Parameter now: `TimeSource.uptime`.
  mutating func issue(_ token: String, to clientID: String, scopes: Set<String>, lifetime: Duration, now: Duration) {
    // Long expired ones are kept for a day, to be told apart from ones that never were.
    if grants.count >= 1_000 { grants = grants.filter { $0.value.expires + .seconds(86_400) > now } }
    grants[token] = Grant(clientID: clientID, scopes: scopes, expires: now + lifetime)
  }

  func admit(_ token: String?, now: Duration) throws(Refusal) -> Grant {
    guard let token else { throw .missing }
    guard let grant = grants[token] else { throw .unknown }
    guard grant.expires > now else { throw .expired }
    return grant
  }
}
