import Core
import HTTPMessages

/// A request to a system outside.
package struct OutgoingRequest: Sendable {
  package var method: Method
  /// Absolute, `https` or `http`.
  package var url: String
  package var headers: Headers
  package var body: [UInt8]?
  /// From the first attempt to connect to the last byte of the answer.
  package var timeout: Duration
  /// More than this is an error; what was read is dropped.
  package var maximumBodySize: Int
  /// Given the body of a 2xx answer part by part, on the client's loop; `IncomingResponse.body` is empty then, and no size is
  /// too large.
  package var receive: (@Sendable ([UInt8]) -> Void)?

  package init(
    _ method: Method, _ url: String, headers: Headers = [:], body: [UInt8]? = nil, timeout: Duration = .seconds(10),
    maximumBodySize: Int = 4 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maximumBodySize = maximumBodySize
  }
}

/// What the other side answered, whatever its status.
package struct IncomingResponse: Sendable {
  package let status: Int
  package let headers: Headers
  package let body: [UInt8]

  package init(status: Int, headers: Headers, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Why there is no answer. The texts name no secret and no body.
package enum HTTPClientError: Error, Sendable, Hashable {
  /// The connection failed before a byte of the request was sent: trying again is safe.
  case notSent(reason: String)
  /// The time limit passed. The other side may have acted.
  case timedOut
  /// The connection broke after the request was sent. The other side may have acted.
  case interrupted(reason: String)
  /// The answer is larger than was allowed.
  case bodyTooLarge
  /// The URL is not one that may be called.
  case refused(reason: String)
  case cancelled
}

/// Makes requests. `Client` is the one over libcurl.
package protocol HTTPRequesting: Sendable {
  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse
}
