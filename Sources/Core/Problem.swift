/// An error that the caller of the API sees: RFC 9457 with a stable `code`.
///
/// Use cases throw their own typed errors; the web layer of a feature turns them into these.
package struct Problem: Error, Sendable, Equatable {
  /// The HTTP status.
  package var status: Int
  /// Stable, `snake_case`; also the last part of `type` (`/problems/{code}`).
  package var code: String
  /// What kind of problem, the same for every occurrence.
  package var title: String
  /// What happened this time, why, and what to do next. Never an upstream body, a secret or personal data.
  package var detail: String
  /// Becomes `Retry-After`, rounded up to whole seconds.
  package var retryAfter: Duration?
  /// Further members, such as the list of values that would have been accepted.
  package var extensions: [String: JSONValue]
  /// Further header fields, such as `WWW-Authenticate`.
  package var headers: [String: String]

  package init(
    status: Int, code: String, title: String, detail: String, retryAfter: Duration? = nil,
    extensions: [String: JSONValue] = [:], headers: [String: String] = [:]
  ) {
    self.status = status
    self.code = code
    self.title = title
    self.detail = detail
    self.retryAfter = retryAfter
    self.extensions = extensions
    self.headers = headers
  }
}
