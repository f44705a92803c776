import Core
import HTTPServer

/// `{"statusCode": 409, "message": …, "errors": [{"code": …, "message": …}]}`, where the first error's message is repeated.
struct CommercetoolsError: Error {
  let status: Int
  let code: String
  let message: String
  var details: [JSONValue.Member] = []

  static let invalidToken = Self(status: 401, code: "invalid_token", message: "invalid_token")
  static let invalidClient = Self(
    status: 401, code: "invalid_client",
    message: "Please provide valid client credentials using HTTP Basic Authentication.")

  static func scopeMissing(_ scopes: [String]) -> Self {
    Self(
      status: 403, code: "insufficient_scope",
      message: "Insufficient scope. One of the following scopes is missing: \(scopes.joined(separator: ", ")).")
  }

  static func noResource(_ name: String, _ value: String) -> Self {
    Self(status: 404, code: "ResourceNotFound", message: "The Resource with \(name) '\(value)' was not found.")
  }

  static func invalidOperation(_ message: String) -> Self {
    Self(status: 400, code: "InvalidOperation", message: message)
  }

  static func invalidJSON(_ message: String) -> Self {
    Self(
      status: 400, code: "InvalidJsonInput", message: "Request body does not contain valid JSON.",
      details: [.init("detailedErrorMessage", .string(message))])
  }

  static func conflict(_ id: String, expected: Int64, actual: Int64) -> Self {
    Self(
      status: 409, code: "ConcurrentModification",
      message:
        "Object \(id) has a different version than expected. Expected: \(expected) - Actual: \(actual).",
      details: [.init("currentVersion", .integer(actual))])
  }

  var response: Response {
    var body: [JSONValue.Member] = [
      .init("statusCode", .integer(status)), .init("message", .string(message)),
      .init(
        "errors",
        [.object([.init("code", .string(code)), .init("message", .string(message))] + details)]),
    ]
    // Those about tokens say it once more, as RFC 6749 has it.
    if code.first?.isLowercase == true {
      body += [.init("error", .string(code)), .init("error_description", .string(message))]
    }
    return .json(.object(body), status: status)
  }
}
