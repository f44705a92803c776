import Core
import HTTPMessages

/// Sends requests with an access token. A 401 takes the token out of use and the request is made once more with a new
/// one, all within the time limit of the request.
package struct AuthorizedRequests: Sendable {
  private let http: any HTTPRequesting
  private let tokens: AccessTokenSource
  private let time: any TimeSource
  private let place: @Sendable (String, inout Headers) -> Void

  /// - Parameter place: puts the token into the headers; `Authorization: Bearer` unless given.
  package init(
    _ http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    place: @escaping @Sendable (String, inout Headers) -> Void = { $1["authorization"] = "Bearer \($0)" }
  ) {
    self.http = http
    self.tokens = tokens
    self.time = time
    self.place = place
  }

  /// - Returns: the answer, whatever its status: a 401 after the second attempt too.
  package func send(_ request: OutgoingRequest) async throws(AuthorizedRequestError) -> IncomingResponse {
    let deadline = time.uptime + request.timeout
    let token = try await token(by: deadline)
    let response = try await send(request, token, by: deadline)
    guard response.status == 401 else { return response }
    tokens.invalidate(token)
    let next = try await self.token(by: deadline)
    guard next.reveal() != token.reveal() else { return response }
    return try await send(request, next, by: deadline)
  }

  private func token(by deadline: Duration) async throws(AuthorizedRequestError) -> Redacted<String> {
    do throws(AccessTokenError) {
      return try await tokens.token(within: deadline - time.uptime)
    } catch {
      throw .token(error)
    }
  }

  private func send(
    _ request: OutgoingRequest, _ token: Redacted<String>, by deadline: Duration
  ) async throws(AuthorizedRequestError) -> IncomingResponse {
    var request = request
    request.timeout = deadline - time.uptime
    guard request.timeout > .zero else { throw .token(.timedOut) }
    place(token.reveal(), &request.headers)
    do throws(HTTPClientError) {
      return try await http.send(request)
    } catch {
      throw .http(error)
    }
  }
}

package enum AuthorizedRequestError: Error, Sendable, Hashable {
  /// There is no access token: the request was not sent, or was answered with 401.
  case token(AccessTokenError)
  case http(HTTPClientError)
}
