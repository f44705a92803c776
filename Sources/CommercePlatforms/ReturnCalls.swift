import Core
import HTTPClient
import HTTPMessages
import Orders

/// Calls about returns: the same calls, but a failure says whether the platform may have acted.
extension PlatformCalls {
  /// - Parameter isRead: whether the call changes nothing. A read that fails is always `notDone`.
  /// - Returns: an answer with a status below 500, but never 401, 403 or 429; what the others mean is the caller's to say.
  func sendReturn(
    _ method: Method, _ url: String, body: [UInt8]?, maximumBodySize: Int, isRead: Bool, context: CallContext,
    by deadline: Duration
  ) async throws(ReturnPlatformError) -> IncomingResponse {
    let response: IncomingResponse
    do throws(AuthorizedRequestError) {
      response = try await exchange(
        method, url, body: body, maximumBodySize: maximumBodySize, context: context, by: deadline)
    } catch {
      throw ReturnPlatformError(error, isRead: isRead)
    }
    switch response.status {
    case 401: throw .notDone(reason: "it answered 401 to a fresh access token", retryAfter: nil)
    case 403: throw .notDone(reason: "it answered 403: the client lacks a permission", retryAfter: nil)
    case 429: throw .notDone(reason: "it asks to be called less often", retryAfter: retryAfter(of: response))
    // A gateway answers so too when the platform behind it has acted.
    case 500...:
      throw ReturnPlatformError.unanswered(
        "it answered \(response.status)", isRead: isRead, retryAfter: retryAfter(of: response))
    default: return response
    }
  }
}

extension ReturnPlatformError {
  /// A call that ended without an answer that can be used.
  ///
  /// - Parameter retryAfter: what the platform asked for. Dropped when it may have acted: looking is not to wait.
  static func unanswered(_ reason: String, isRead: Bool, retryAfter: Duration? = nil) -> ReturnPlatformError {
    isRead ? .notDone(reason: reason, retryAfter: retryAfter) : .unknown(reason: reason)
  }

  /// `AuthorizedRequests` asks for a token before it sends and once more after a 401, so that a call which ends for want
  /// of one was not sent or was refused. Of the others only those that say so were not sent.
  init(_ error: AuthorizedRequestError, isRead: Bool) {
    self =
      switch error {
      case .token(.rejected(let status, let code)):
        .notDone(
          reason: "the token endpoint refuses the client: \(status) \(code ?? "without a code")", retryAfter: nil)
      case .token(.unavailable(let reason, let retryAfter)): .notDone(reason: reason, retryAfter: retryAfter)
      case .token(.timedOut): .notDone(reason: "there was no time left to send it", retryAfter: nil)
      case .token(.cancelled): .notDone(reason: "the call was cancelled before it was sent", retryAfter: nil)
      case .http(.notSent(let reason)): .notDone(reason: "it cannot be reached: \(reason)", retryAfter: nil)
      case .http(.refused(let reason)): .notDone(reason: "its URL may not be called: \(reason)", retryAfter: nil)
      case .http(.timedOut): .unanswered("it did not answer in time", isRead: isRead)
      case .http(.interrupted(let reason)): .unanswered("the connection broke: \(reason)", isRead: isRead)
      case .http(.bodyTooLarge): .unanswered("its answer is too large", isRead: isRead)
      case .http(.cancelled): .unanswered("the call was cancelled", isRead: isRead)
      }
  }
}
