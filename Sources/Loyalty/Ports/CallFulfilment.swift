import Core

/// Tells the shop's own system that a reward is due: one attempt of a signed POST. `Events` signs and sends.
package typealias CallFulfilment = @Sendable (FulfilmentCall) async -> FulfilmentAnswer

package struct FulfilmentCall: Sendable, Hashable {
  /// The same however often it is sent, so that the receiver tells repetitions by it.
  package var id: String
  package var url: String
  /// JSON.
  package var body: [UInt8]
}

package enum FulfilmentAnswer: Sendable, Hashable {
  /// 2xx: it is seen to.
  case taken
  /// 410 or 422: it never will be.
  case refused(reason: String)
  /// It may be tried again.
  case failed(reason: String, retryAfter: Duration?)
}
