import Core

/// Why a request was answered by the server itself instead of by a handler. The connection is closed after each of them.
package enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
  // Framing (RFC 9112). Any doubt about where a request ends is an attack or a bug: nothing is guessed.
  case requestLine = "request_line"
  case target
  case version
  case lineEnd = "line_end"
  case fieldName = "field_name"
  case fieldValue = "field_value"
  case foldedField = "folded_field"
  case host
  case contentLength = "content_length"
  case transferEncoding = "transfer_encoding"
  case twoLengths = "two_lengths"
  case chunk
  case expectation
  // Limits.
  case targetTooLong = "uri_too_long"
  case headersTooLarge = "headers_too_large"
  case bodyTooLarge = "body_too_large"
  case requestTimeout = "request_timeout"
  case answerTimeout = "answer_timeout"
  case tooManyConnections = "too_many_connections"

  package var problem: Problem {
    switch self {
    case .version:
      Problem(
        status: 505, code: "http_version_not_supported", title: "The HTTP version is not supported",
        detail: "The request names another version than HTTP/1.0 or HTTP/1.1. Send it as HTTP/1.1.")
    case .expectation:
      Problem(
        status: 417, code: "expectation_failed", title: "The expectation cannot be met",
        detail: "Expect asks for something else than 100-continue. Send the request without it.")
    case .targetTooLong:
      Problem(
        status: 414, code: "uri_too_long", title: "The request line is too long",
        detail: "The request line is longer than this server takes. Send less in the path and the query.")
    case .headersTooLarge:
      Problem(
        status: 431, code: "headers_too_large", title: "The header fields are too large",
        detail: "There are more header fields, or more bytes in them, than this server takes. Send fewer.")
    case .bodyTooLarge:
      Problem(
        status: 413, code: "body_too_large", title: "The body is too large",
        detail: "The body is larger than this server takes. Send it in smaller parts.")
    case .requestTimeout:
      Problem(
        status: 408, code: "request_timeout", title: "The request came too slowly",
        detail: "The request was not complete in time. Send it again on a new connection.")
    case .answerTimeout:
      Problem(
        status: 503, code: "answer_timeout", title: "The answer took too long",
        detail: "No answer was ready in time, and what was begun may still be done. Look before you ask again.",
        retryAfter: .seconds(5))
    case .tooManyConnections:
      Problem(
        status: 503, code: "too_many_connections", title: "Too many connections are open",
        detail: "This server, or your address, has as many connections as are allowed. Try again shortly.",
        retryAfter: .seconds(1))
    default:
      Problem(
        status: 400, code: "bad_request", title: "The request is not valid HTTP/1.1", detail: framingDetail,
        extensions: ["reason": .string(rawValue)])
    }
  }

  private var framingDetail: String {
    switch self {
    case .requestLine: "The first line is not a method, one space, a target, one space and a version."
    case .target: "The request target has characters or a form that RFC 9112 does not allow here."
    case .lineEnd: "A line ends with LF alone; lines end with CR LF."
    case .fieldName:
      "A header field's name is empty, has a character that no token has, or stands apart from its colon."
    case .fieldValue: "A header field's value has a control character."
    case .foldedField: "A header field is continued on a second line; send it on one."
    case .host: "Exactly one Host field with a valid host is needed."
    case .contentLength: "Content-Length must stand once and be decimal digits alone."
    case .transferEncoding: "Transfer-Encoding must stand once, be chunked, and come with HTTP/1.1."
    case .twoLengths: "Content-Length and Transfer-Encoding exclude each other."
    case .chunk: "A chunk is not framed as one to eight hexadecimal digits, CR LF, the data and CR LF."
    default: "The request could not be read."
    }
  }
}
