import Core
import HTTPClient
import HTTPMessages
import Resilience

/// One attempt to send a message to somebody's URL: a POST that is signed by Standard Webhooks.
package struct SignedPost: Sendable {
  package enum Answer: Sendable, Hashable {
    case taken(status: Int)
    case gone
    case failed(status: Int?, reason: String, retryAfter: Duration? = nil)
    /// Another runner has the job: it says nothing about the receiver.
    case cancelled
  }

  private static let timeout = Duration.seconds(15)
  /// Nobody reads what a receiver answers.
  private static let answerSize = 64 << 10

  private let http: any HTTPRequesting
  private let time: any TimeSource

  /// - Parameter http: its address rules are those that the operator wants for URLs of others.
  package init(http: any HTTPRequesting, time: any TimeSource) {
    self.http = http
    self.time = time
  }

  /// - Parameter id: `webhook-id`; the same however often the message is sent, so that the receiver tells repetitions by it.
  package func send(
    _ id: String, to url: String, type: String, body: [UInt8], secrets: [WebhookSecret]
  ) async -> Answer {
    var headers = StandardWebhooks.headers(id: id, at: time.now, body: body, secrets: secrets)
    headers["content-type"] = type
    do throws(HTTPClientError) {
      let answer = try await http.send(
        OutgoingRequest(
          .post, url, headers: headers, body: body, timeout: Self.timeout, maximumBodySize: Self.answerSize))
      switch answer.status {
      case 200..<300: return .taken(status: answer.status)
      case 410: return .gone
      default:
        return .failed(
          status: answer.status, reason: "the subscriber answered \(answer.status)",
          retryAfter: answer.headers["retry-after"].flatMap { RetryAfter.duration($0, now: time.now) })
      }
    } catch {
      return error == .cancelled ? .cancelled : .failed(status: nil, reason: error.delivery)
    }
  }
}

extension HTTPClientError {
  fileprivate var delivery: String {
    switch self {
    case .notSent(let reason), .interrupted(let reason), .refused(let reason): reason
    case .timedOut: "no answer within 15 s"
    case .bodyTooLarge: "the answer is larger than 64 KiB"
    case .cancelled: "the attempt was cancelled"
    }
  }
}
