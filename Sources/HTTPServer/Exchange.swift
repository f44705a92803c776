import Core

/// One answer, for the access log and the metrics.
package struct Exchange: Sendable {
  /// Nil for what was refused before it was a request.
  package let request: Request?
  /// Why the server answered itself.
  package let refusal: Refusal?
  package let requestID: String
  package let peer: Peer
  package let status: Int
  /// Of the answer, header and body; of a streamed one, the header.
  package let bytes: Int
  /// From the first byte of the request to the answer being handed to the system.
  package let duration: Duration
  /// The pattern of the route, such as `/v1/orders/{order_id}`; nil when none answered.
  package let route: String?
}
