import Core
import Events
import Loyalty

extension SignedPost {
  /// What the shop's own systems are told with, as a port of the rewards.
  ///
  /// - Parameter secrets: the present one, and during a rotation the one before; asked at each attempt.
  func fulfilment(secrets: @escaping @Sendable () -> [WebhookSecret]) -> CallFulfilment {
    { call in
      let secrets = secrets()
      guard !secrets.isEmpty else {
        return .failed(reason: "loyalty.fulfillment_secret is not configured", retryAfter: nil)
      }
      switch await send(call.id, to: call.url, type: "application/json", body: call.body, secrets: secrets) {
      case .taken: return .taken
      case .gone: return .refused(reason: "the receiver answered 410")
      case .failed(422?, _, _): return .refused(reason: "the receiver answered 422")
      case .failed(_, let reason, let retryAfter): return .failed(reason: reason, retryAfter: retryAfter)
      case .cancelled: return .failed(reason: "the attempt was cancelled", retryAfter: nil)
      }
    }
  }
}
