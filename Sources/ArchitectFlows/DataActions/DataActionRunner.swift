import Core
import HTTPClient
import HTTPMessages
import Synchronization

/// Where requests go that the exports address to a host which stands for "your server".
package struct ServerAddress: Sendable {
  /// Scheme and host as the exports have them, such as `https://ringback.example.com`.
  package let placeholder: String
  /// Where they really go, such as `http://127.0.0.1:8080`.
  package let url: String

  package init(placeholder: String = "https://ringback.example.com", url: String) {
    self.placeholder = placeholder
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
  }
}

/// A request that a data action made, for the trace. It holds no header and no body.
struct DataActionRequest: Sendable {
  let action: String
  let method: String
  /// The path of the URL, or the template where the path would show something secure.
  let path: String
  let status: Int?
  let duration: Duration
  /// In words, where there was no answer.
  let failure: String?
}

enum DataActionResult: Sendable {
  case success([String: FlowValue])
  case failure(DataActionFailure)
  /// The action of the flow did not want to wait any longer.
  case timedOut
}

struct DataActionFailure: Error, Sendable, Equatable {
  var errorCode: String
  var status: Int
  var correlationID: String?
  var userMessage: String

  func value(_ output: String) -> FlowValue {
    switch output {
    case "errorCode": .string(errorCode)
    case "status": .integer(Int64(status))
    case "correlationId": correlationID.map(FlowValue.string) ?? .notSet
    case "userMessage": .string(userMessage)
    default: .notSet
    }
  }
}

/// Carries data actions out as Genesys Cloud does: templates, request, translation, contract. Tokens of a custom
/// authentication action are kept until a request is refused with 401; then one new one is fetched and the request is
/// made once more.
package final class DataActionRunner: Sendable {
  private let http: any HTTPRequesting
  private let time: any TimeSource
  private let server: ServerAddress?
  private let credentials: [String: Redacted<String>]
  private let tokens = Mutex<[String: Redacted<JSONValue>]>([:])

  /// - Parameter credentials: what `${credentials.NAME}` stands for, such as `clientId` and `clientSecret`.
  package init(
    http: any HTTPRequesting, time: any TimeSource, server: ServerAddress?, credentials: [String: Redacted<String>]
  ) {
    self.http = http
    self.time = time
    self.server = server
    self.credentials = credentials
  }

  struct Invocation {
    let action: DataAction
    let authentication: DataAction?
    let inputs: JSONValue
    /// Names of inputs whose value is not printed.
    let secretInputs: Set<String>
    /// How long the action of the flow waits.
    let limit: Duration
    let trace: (DataActionRequest) -> Void
  }

  func run(_ invocation: Invocation) async -> DataActionResult {
    let deadline = time.uptime + invocation.limit
    do {
      let answer = try await answer(to: invocation, deadline: deadline)
      var outputs: [String: FlowValue] = [:]
      for field in invocation.action.outputs {
        let value = answer.flattened(field.path) ?? field.defaultValue ?? .null
        outputs[field.name] = try FlowValue.json(value).converted(to: field.type)
      }
      return .success(outputs)
    } catch let failure as DataActionFailure {
      return .failure(failure)
    } catch let fault as FlowFault {
      return .failure(.refused(fault.reason))
    } catch {
      return .timedOut
    }
  }

  private struct NodeTimedOut: Error {}

  /// The action's answer after translation, held against its contract.
  private func answer(to invocation: Invocation, deadline: Duration) async throws -> JSONValue {
    let action = invocation.action
    for field in action.inputs
    where field.isRequired && field.defaultValue == nil && invocation.inputs.flattened(field.path) == nil {
      throw DataActionFailure.refused("input \"\(field.name)\" is required")
    }
    guard action.usesAuthentication, let authentication = invocation.authentication else {
      return try await exchange(invocation, token: nil, deadline: deadline)
    }
    let cached = tokens.withLock { $0[authentication.name] }
    let token =
      if let cached { cached } else { try await newToken(authentication, invocation, deadline: deadline) }
    do {
      return try await exchange(invocation, token: token, deadline: deadline)
    } catch let failure as DataActionFailure where failure.status == 401 {
      let renewed = try await newToken(authentication, invocation, deadline: deadline)
      return try await exchange(invocation, token: renewed, deadline: deadline)
    }
  }

  private func newToken(
    _ authentication: DataAction, _ invocation: Invocation, deadline: Duration
  ) async throws -> Redacted<JSONValue> {
    tokens.withLock { $0[authentication.name] = nil }
    let signIn = Invocation(
      action: authentication, authentication: nil, inputs: .object([]), secretInputs: [], limit: invocation.limit,
      trace: invocation.trace)
    let token = Redacted(try await exchange(signIn, token: nil, deadline: deadline))
    tokens.withLock { $0[authentication.name] = token }
    return token
  }

  private func exchange(
    _ invocation: Invocation, token: Redacted<JSONValue>?, deadline: Duration
  ) async throws -> JSONValue {
    let action = invocation.action
    let request = try request(for: invocation, token: token, deadline: deadline)
    let isLimitedByNode = deadline - time.uptime <= action.request.timeout
    let start = time.uptime
    let response: IncomingResponse
    do throws(HTTPClientError) { response = try await http.send(request) } catch {
      trace(invocation, url: request.url, status: nil, failure: error.words, since: start)
      if error == .timedOut, isLimitedByNode { throw NodeTimedOut() }
      throw DataActionFailure(error)
    }
    trace(invocation, url: request.url, status: response.status, failure: nil, since: start)
    guard (200..<300).contains(response.status) else { throw DataActionFailure(response) }
    return try translate(response.body, by: action)
  }

  private func trace(_ invocation: Invocation, url: String, status: Int?, failure: String?, since start: Duration) {
    let request = invocation.action.request
    let namesSecret = request.url.references.contains { reference in
      guard case .property(let name)? = reference.steps.first else { return false }
      return invocation.secretInputs.contains(name.lowercased())
    }
    let shown = invocation.action.isSecure || namesSecret ? request.urlSource : url
    invocation.trace(
      DataActionRequest(
        action: invocation.action.name, method: request.method, path: Self.path(of: shown), status: status,
        duration: time.uptime - start, failure: failure))
  }

  private static func path(of url: String) -> String {
    guard let scheme = url.offset(of: "://", from: 0) else { return url }
    let path = url.dropFirst(scheme + 3).drop { $0 != "/" }
    return path.isEmpty ? "/" : String(path)
  }
}

// MARK: - Making a request, reading an answer

extension DataActionRunner {
  private func request(
    for invocation: Invocation, token: Redacted<JSONValue>?, deadline: Duration
  ) throws(any Error) -> OutgoingRequest {
    let template = invocation.action.request
    let remaining = deadline - time.uptime
    guard remaining > .zero else { throw NodeTimedOut() }
    var input = invocation.inputs
    for field in invocation.action.inputs where input.flattened(field.path) == nil {
      if let defaultValue = field.defaultValue { input.insert(defaultValue, at: field.path) }
    }
    input.insert(.string(input.text), at: ["rawRequest"])
    var rendering = TemplateRendering([
      "input": input, "authresponse": token?.reveal() ?? .null,
      "credentials": .object(credentials.map { JSONValue.Member($0.key, .string($0.value.reveal())) }),
    ])
    let url = rewritten(try rendering.render(template.url))
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
      throw FlowFault(
        "\"\(invocation.action.name)\" does not call an absolute URL; Genesys Cloud's own API is not simulated here")
    }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw FlowFault("the URL of \"\(invocation.action.name)\" has a character that must be encoded ($esc.url)")
    }
    var headers = Headers()
    for header in template.headers {
      let value = try rendering.render(header.value)
      guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
        throw FlowFault("header \"\(header.name)\" of \"\(invocation.action.name)\" has a control character")
      }
      // A field without a value says nothing; some servers refuse it.
      if !value.isEmpty { headers.add(header.name, value) }
    }
    // GET carries no body, whatever the template says (the vendor's documentation of requests).
    let body = template.method == "GET" ? nil : try template.body.map { Array(try rendering.render($0).utf8) }
    return OutgoingRequest(
      Method(template.method), url, headers: headers, body: body, timeout: min(remaining, template.timeout))
  }

  private func rewritten(_ url: String) -> String {
    guard let server, url.lowercased().hasPrefix(server.placeholder.lowercased()) else { return url }
    let rest = url.dropFirst(server.placeholder.count)
    guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?") else { return url }
    return server.url + rest
  }

  private func translate(_ body: [UInt8], by action: DataAction) throws(any Error) -> JSONValue {
    let text = String(decoding: body, as: UTF8.self)
    let isEmpty = text.trimmed.isEmpty
    var values: [String: JSONValue] = ["rawresult": .string(isEmpty ? "{}" : text)]
    if !action.response.translation.isEmpty {
      let json = isEmpty ? .object([]) : try parse(text, from: action, what: "the answer")
      for (name, path) in action.response.translation {
        let found = try path.value(in: json)
        let isMissing = found == nil || found?.isNull == true || (!path.isDefinite && found == .array([]))
        let value = isMissing ? action.response.defaults[name] ?? found?.text : found?.text
        values[name.lowercased()] = value.map(JSONValue.string)
      }
    }
    var rendering = TemplateRendering(values)
    let output = try parse(
      try rendering.render(action.response.success), from: action, what: "the result of the success template")
    if let violation = action.successSchema.violation(in: output) {
      throw DataActionFailure.refused("the answer does not fit the contract: \(violation)")
    }
    return output
  }

  private func parse(_ text: String, from action: DataAction, what: String) throws(any Error) -> JSONValue {
    do throws(JSONError) { return try JSONValue(parsing: text, depth: 50) } catch {
      throw DataActionFailure.refused("\(what) of \"\(action.name)\" is not JSON: \(error)")
    }
  }
}

extension DataActionFailure {
  fileprivate static func refused(_ reason: String) -> DataActionFailure {
    DataActionFailure(errorCode: "bad.request", status: 400, userMessage: reason)
  }

  /// `errorCode` is the `code` of a problem document where the answer is one.
  fileprivate init(_ response: IncomingResponse) {
    let problem = try? JSONValue(parsing: response.body)
    self.init(
      errorCode: problem?["code"]?.string ?? "http.\(response.status)", status: response.status,
      correlationID: response.headers["x-request-id"],
      userMessage: problem?["detail"]?.string ?? "the server answered \(response.status)")
  }

  fileprivate init(_ error: HTTPClientError) {
    switch error {
    case .timedOut: self.init(errorCode: "gateway.timeout", status: 504, userMessage: error.words)
    default: self.init(errorCode: "bad.gateway", status: 502, userMessage: error.words)
    }
  }
}

extension HTTPClientError {
  var words: String {
    switch self {
    case .notSent(let reason): "not sent: \(reason)"
    case .timedOut: "no answer in time"
    case .interrupted(let reason): "interrupted: \(reason)"
    case .bodyTooLarge: "the answer is too large"
    case .refused(let reason): "refused: \(reason)"
    case .cancelled: "cancelled"
    }
  }
}
