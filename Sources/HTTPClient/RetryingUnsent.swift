import Core

/// Tries once more when the connection failed before a byte was sent, within the time limit of the request. Safe for
/// every method, because the other side has seen nothing.
package struct RetryingUnsent: HTTPRequesting {
  private let http: any HTTPRequesting
  private let time: any TimeSource

  package init(_ http: any HTTPRequesting, time: any TimeSource) {
    self.http = http
    self.time = time
  }

  package func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let start = time.uptime
    do throws(HTTPClientError) {
      return try await http.send(request)
    } catch .notSent(let reason) {
      guard !Task.isCancelled else { throw .cancelled }
      var again = request
      again.timeout = request.timeout - (time.uptime - start)
      guard again.timeout > .zero else { throw .notSent(reason: reason) }
      return try await http.send(again)
    }
  }
}
