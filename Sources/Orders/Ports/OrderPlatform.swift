import Core
import HTTPMessages

/// The shop platform, as order status needs it. Implemented in `CommercePlatforms`.
///
/// A connector makes the call and maps the answer; caching, the circuit breaker and joining of equal look-ups are the use
/// case's.
package protocol OrderPlatform: Sendable {
  /// The platform's name in metrics and logs, such as `shopify`.
  var name: String { get }

  /// The order, or nil when the platform does not know the number. Obeys `context.deadline`.
  func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order?
}

/// Why a platform gave no answer. Texts are for the log: no secret, no personal data, no body.
package enum OrderPlatformError: Error, Sendable, Hashable {
  /// No answer within the time limit.
  case timedOut
  /// It cannot be reached, answers 5xx, or answers what cannot be read.
  case unavailable(reason: String)
  /// It asks to be called less often; it works otherwise.
  case throttled(retryAfter: Duration?)
  /// It refuses our credentials: an operator must act.
  case unauthorized(reason: String)
}
