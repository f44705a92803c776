import Core
import HTTPMessages

/// One request that was made, for a metric. Holds no URL: paths carry order numbers.
package struct ObservedCall: Sendable, Hashable {
  /// The label that was given, such as `shopify`.
  package let vendor: String
  package let method: Method
  package let outcome: Outcome
  package let duration: Duration

  package enum Outcome: Sendable, Hashable {
    case status(Int)
    case failed(HTTPClientError)

    /// A status as digits, or a fixed word: fit for a label.
    package var label: String {
      switch self {
      case .status(let status): String(status)
      case .failed(.notSent): "not_sent"
      case .failed(.timedOut): "timed_out"
      case .failed(.interrupted): "interrupted"
      case .failed(.bodyTooLarge): "body_too_large"
      case .failed(.refused): "refused"
      case .failed(.cancelled): "cancelled"
      }
    }
  }
}

/// Tells an observer of every request to one vendor.
package struct ObservedRequests: HTTPRequesting {
  private let vendor: String
  private let http: any HTTPRequesting
  private let time: any TimeSource
  private let observe: @Sendable (ObservedCall) -> Void

  package init(
    vendor: String, _ http: any HTTPRequesting, time: any TimeSource,
    observe: @escaping @Sendable (ObservedCall) -> Void
  ) {
    self.vendor = vendor
    self.http = http
    self.time = time
    self.observe = observe
  }

  package func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let start = time.uptime
    func report(_ outcome: ObservedCall.Outcome) {
      observe(ObservedCall(vendor: vendor, method: request.method, outcome: outcome, duration: time.uptime - start))
    }
    do throws(HTTPClientError) {
      let response = try await http.send(request)
      report(.status(response.status))
      return response
    } catch {
      report(.failed(error))
      throw error
    }
  }
}
