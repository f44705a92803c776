import Core

/// Why there is no access token. Texts are for the log: no secret, no token, no body.
package enum AccessTokenError: Error, Sendable, Hashable {
  /// The token endpoint refuses the client: an operator must act. `code` is one of RFC 6749, section 5.2, if it was given.
  case rejected(status: Int, code: String?)
  /// It cannot be reached, is broken, or asks to be called less often.
  case unavailable(reason: String, retryAfter: Duration?)
  case timedOut
  /// The caller's task was cancelled.
  case cancelled

  init(_ error: HTTPClientError) {
    self =
      switch error {
      case .timedOut: .timedOut
      case .notSent(let reason), .interrupted(let reason), .refused(let reason):
        .unavailable(reason: "the token endpoint cannot be reached: \(reason)", retryAfter: nil)
      case .bodyTooLarge: .unavailable(reason: "the answer of the token endpoint is too large", retryAfter: nil)
      case .cancelled: .unavailable(reason: "the attempt was cancelled", retryAfter: nil)
      }
  }

  var retryAfter: Duration? { if case .unavailable(_, let retryAfter) = self { retryAfter } else { nil } }

  /// The same, for a caller that comes while the next attempt has to wait.
  func waiting(_ wait: Duration) -> AccessTokenError {
    switch self {
    case .unavailable(let reason, _): .unavailable(reason: reason, retryAfter: wait)
    case .timedOut: .unavailable(reason: "the token endpoint did not answer in time", retryAfter: wait)
    case .rejected, .cancelled: self
    }
  }
}

/// One attempt to fetch a token, for a metric.
package struct TokenRefresh: Sendable, Hashable {
  /// The name of the source, such as `shopify`.
  package let name: String
  /// Nil when it succeeded.
  package let error: AccessTokenError?
  package let duration: Duration

  /// A fixed word, fit for a label.
  package var outcome: String {
    switch error {
    case nil: "ok"
    case .rejected: "rejected"
    case .unavailable: "unavailable"
    case .timedOut: "timed_out"
    case .cancelled: "cancelled"
    }
  }
}
