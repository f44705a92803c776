import Core
import Resilience

/// What is known of one access token, and what to do next. A pure state machine on `TimeSource.uptime`; the secret's
/// version stands for the secret.
struct AccessTokenState {
  enum Decision: Equatable {
    /// Use it; `refresh` says to fetch a new one in the background as well.
    case use(String, refresh: Bool)
    /// Fetch one and wait for it.
    case fetch
    /// One is being fetched: wait for it.
    case join
    /// The last attempt failed and it is too early for another.
    case fail(AccessTokenError)
  }

  private struct Token {
    var value: String
    var secretVersion: Int
    var refreshAt: Duration
    var expiresAt: Duration
    var wasUsed: Bool
  }

  /// A token that was fetched because of a 401 and meets one within this time is kept: another would fare no better, and
  /// the token endpoint would be asked for every request.
  static let invalidationPause = Duration.seconds(5)

  private let backoff: Backoff
  private var token: Token?
  private var isFetching = false
  private var secretVersion = 0
  private var failures = 0
  private var notBefore: Duration = .zero
  private var lastError: AccessTokenError = .unavailable(reason: "not fetched yet", retryAfter: nil)
  private var invalidatedAt: Duration?

  init(backoff: Backoff) {
    self.backoff = backoff
  }

  mutating func ask(secretVersion: Int, now: Duration) -> Decision {
    if secretVersion != self.secretVersion {
      // What failed with the old secret says nothing about the new one.
      (self.secretVersion, failures, notBefore) = (secretVersion, 0, .zero)
    }
    let mayFetch = !isFetching && now >= notBefore
    if let token, now < token.expiresAt {
      self.token?.wasUsed = true
      let refresh = mayFetch && (now >= token.refreshAt || token.secretVersion != secretVersion)
      if refresh { isFetching = true }
      return .use(token.value, refresh: refresh)
    }
    if isFetching { return .join }
    guard mayFetch else { return .fail(lastError.waiting(notBefore - now)) }
    isFetching = true
    return .fetch
  }

  /// Whether to fetch because time has passed: the token ends soon, and was used since it was fetched. One that nobody
  /// asks for is let expire.
  mutating func refreshIsDue(now: Duration) -> Bool {
    guard let token, token.wasUsed, !isFetching, now >= token.refreshAt, now < token.expiresAt, now >= notBefore else {
      return false
    }
    isFetching = true
    return true
  }

  /// When `refreshIsDue` should be asked next; nil when nothing is to be done by itself.
  func nextRefresh(now: Duration) -> Duration? {
    guard let token, !isFetching, now < token.expiresAt else { return nil }
    let due = max(token.refreshAt, notBefore)
    return due < token.expiresAt ? due : nil
  }

  /// - Parameters:
  ///   - lifetime: `expires_in`.
  ///   - askedAt: when the request was made: the lifetime runs from then at the latest.
  ///   - isWanted: whether somebody waits for it.
  mutating func succeeded(_ value: String, lifetime: Duration, secretVersion: Int, askedAt: Duration, isWanted: Bool) {
    let margin = min(.seconds(60), lifetime / 10)
    token = Token(
      value: value, secretVersion: secretVersion, refreshAt: askedAt + lifetime - margin, expiresAt: askedAt + lifetime,
      wasUsed: isWanted)
    (isFetching, failures, notBefore) = (false, 0, .zero)
  }

  /// - Parameter secretVersion: of the secret that was used.
  mutating func failed(_ error: AccessTokenError, secretVersion: Int, now: Duration, random: any RandomSource) {
    isFetching = false
    lastError = error
    guard secretVersion == self.secretVersion else { return }
    failures += 1
    let pause = backoff.delay(afterFailures: failures, random: random) ?? .seconds(30)
    notBefore = now + max(pause, error.retryAfter ?? .zero)
  }

  /// Forgets the token if it is the present one, so that the next question fetches anew.
  mutating func invalidate(_ value: String, now: Duration) {
    guard let token, token.value == value else { return }
    if let invalidatedAt, now < invalidatedAt + Self.invalidationPause { return }
    invalidatedAt = now
    self.token = nil
  }
}
