import Core
import HTTPServer

/// `ErrorBody` of the SDK: what every refusal of the API carries.
struct GenesysError: Error, Sendable, Hashable {
  var status: Int
  var code: String
  var message: String
  /// The member of the request at fault.
  var field: String?
  var limit: Int?

  static let noToken = GenesysError(
    status: 401, code: "authentication.required",
    message: "No authentication bearer token specified in authorization header.")
  static let badToken = GenesysError(status: 401, code: "bad.credentials", message: "Invalid login credentials.")
  static let methodNotAllowed = GenesysError(
    status: 405, code: "method.not.allowed", message: "HTTP 405 Method Not Allowed")

  static func notFound(_ message: String) -> GenesysError { .init(status: 404, code: "not.found", message: message) }

  static func badRequest(_ message: String, field: String? = nil) -> GenesysError {
    .init(status: 400, code: "bad.request", message: message, field: field)
  }

  static func tooManyRequests(_ rate: RateWindow.Reading) -> GenesysError {
    let seconds = max(1, rate.reset.secondsRoundedUp)
    return .init(
      status: 429, code: "too.many.requests.retry.after",
      message: "Rate limit exceeded the maximum. Retry the request in [\(seconds)] seconds", limit: rate.allowed)
  }

  func response(contextID: String) -> Response {
    var members: [JSONValue.Member] = [
      .init("message", .string(message)), .init("code", .string(code)), .init("status", .integer(status)),
      .init("contextId", .string(contextID)),
      .init("details", .array(field.map { [["errorCode": .string(code), "fieldName": .string($0)]] } ?? [])),
      .init("errors", []),
    ]
    if let limit {
      members.append(
        .init(
          "limit",
          [
            "key": "client.credentials.token.rate.per.minute", "namespace": "platform.api", "value": .integer(limit),
          ]))
    }
    return .json(.object(members), status: status)
  }
}

/// The members of a JSON request body.
struct GenesysBody {
  let json: JSONValue

  init(_ request: VendorRequest) throws(GenesysError) {
    guard let json = try? JSONValue(parsing: request.body), json.members != nil else {
      throw .badRequest("The request body could not be parsed as a JSON object.")
    }
    self.json = json
  }

  func text(_ name: String) throws(GenesysError) -> String? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let text = value.string else { throw .badRequest("\(name) must be a string.", field: name) }
    return text
  }

  func required(_ name: String) throws(GenesysError) -> String {
    guard let text = try text(name), !text.isEmpty else { throw .badRequest("\(name) is required.", field: name) }
    return text
  }

  func time(_ name: String) throws(GenesysError) -> Timestamp? {
    guard let text = try text(name) else { return nil }
    guard let time = Timestamp(text) else { throw .badRequest("\(name) must be an ISO-8601 date-time.", field: name) }
    return time
  }

  func flag(_ name: String) throws(GenesysError) -> Bool {
    guard let value = json[name], !value.isNull else { return false }
    guard let flag = value.bool else { throw .badRequest("\(name) must be a boolean.", field: name) }
    return flag
  }

  func texts(_ name: String) throws(GenesysError) -> [String]? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let items = value.array else { throw .badRequest("\(name) must be an array.", field: name) }
    let texts = items.compactMap(\.string)
    guard texts.count == items.count else { throw .badRequest("\(name) must be an array of strings.", field: name) }
    return texts
  }

  /// A map from text to text, such as a participant's attributes.
  func map(_ name: String) throws(GenesysError) -> [JSONValue.Member]? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let members = value.members, members.allSatisfy({ $0.value.string != nil }) else {
      throw .badRequest("\(name) must be an object of strings.", field: name)
    }
    return members
  }
}
