import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// Genesys Cloud's public API, as far as a commerce server needs it: sign-in, call-backs, agentless messages,
/// conversations with their participants' attributes, recording state, external contacts. Shapes are those of the official SDK's models.
final class GenesysPlatform: SimulatedVendor {
  let time: any TimeSource
  let identities: Identities
  let inbox: Inbox
  let emit: WebhookSender.Emit
  private let client: SandboxClient
  private let limits: LimitBoard
  private let state: Mutex<State>

  struct State {
    var tokens = TokenDesk()
    var rate = RateWindow()
    var conversations = ConversationStore()
    var contacts = ContactStore()
    /// Numbers whose owners have sent STOP.
    var optOuts: Set<String> = []
  }

  init(
    client: SandboxClient, limits: LimitBoard, time: any TimeSource, identities: Identities, inbox: Inbox,
    emit: @escaping WebhookSender.Emit = { _, _, _ in }
  ) {
    self.client = client
    self.limits = limits
    self.time = time
    self.identities = identities
    self.inbox = inbox
    self.emit = emit
    state = Mutex(State())
  }

  func answer(_ request: VendorRequest) -> Response {
    let contextID = identities.uuid()
    var response: Response
    do {
      if request.segments.suffix(2) == ["oauth", "token"] {
        response = try token(request)
      } else {
        response = try api(request, contextID: contextID)
      }
    } catch {
      response = error.response(contextID: contextID)
    }
    response.headers["inin-correlation-id"] = contextID
    return response
  }

  // MARK: - Sign-in

  /// The login host takes the credentials by HTTP Basic; the SDKs send them so, `token_type` is lower case.
  private func token(_ request: VendorRequest) throws(GenesysError) -> Response {
    guard request.method == .post else { throw .methodNotAllowed }
    guard let fields = request.fields, let grant = fields["grant_type"] else {
      return Self.loginError(400, "invalid_request", "missing grant_type")
    }
    guard let credentials = request.basicCredentials, credentials.id == client.id, credentials.secret == client.secret
    else { return Self.loginError(401, "invalid_client", "authentication failed") }
    guard grant == "client_credentials" else {
      return Self.loginError(400, "unsupported_grant_type", "unsupported grant type \(grant)")
    }
    let token = Base64.url.encode([UInt8](identities.hex(32).utf8))
    let lifetime = Duration.seconds(limits.value.genesysTokenSeconds)
    state.withLock {
      $0.tokens.issue(token, to: credentials.id, scopes: [], lifetime: lifetime, now: time.uptime)
    }
    return .json([
      "access_token": .string(token), "token_type": "bearer",
      "expires_in": .integer(lifetime.components.seconds),
    ])
  }

  private static func loginError(_ status: Int, _ code: String, _ text: String) -> Response {
    .json(["error": .string(code), "description": .string(text), "error_description": .string(text)], status: status)
  }

  // MARK: - API

  private func api(_ request: VendorRequest, contextID: String) throws(GenesysError) -> Response {
    guard request.segments.starts(with: ["api", "v2"]) else { throw .notFound("The requested resource was not found.") }
    let rate = try admit(request)
    var response: Response
    if rate.isOver {
      response = GenesysError.tooManyRequests(rate).response(contextID: contextID)
      response.headers["retry-after"] = String(max(1, rate.reset.secondsRoundedUp))
    } else {
      do {
        response = try route(request, Array(request.segments.dropFirst(2)))
      } catch {
        response = error.response(contextID: contextID)
      }
    }
    response.headers["inin-ratelimit-count"] = String(rate.count)
    response.headers["inin-ratelimit-allowed"] = String(rate.allowed)
    response.headers["inin-ratelimit-reset"] = String(rate.reset.secondsRoundedUp)
    return response
  }

  private func admit(_ request: VendorRequest) throws(GenesysError) -> RateWindow.Reading {
    guard let token = request.bearerToken else { throw .noToken }
    let allowed = limits.value.genesysRequestsPerMinute
    let reading = state.withLock { state -> RateWindow.Reading? in
      guard (try? state.tokens.admit(token, now: time.uptime)) != nil else { return nil }
      return state.rate.count(token, allowed: allowed, now: time.uptime)
    }
    guard let reading else { throw .badToken }
    return reading
  }

  private func route(_ request: VendorRequest, _ path: [String]) throws(GenesysError) -> Response {
    if path.starts(with: ["externalcontacts", "contacts"]) {
      return try routeContacts(request, Array(path.dropFirst(2)))
    }
    guard path.first == "conversations" else { throw .notFound("The requested resource was not found.") }
    switch (request.method, path.count, path.dropFirst().first ?? "") {
    case (.post, 2, "callbacks"): return try createCallback(request)
    case (.patch, 2, "callbacks"): return try rescheduleCallback(request)
    case (.get, 3, "callbacks"): return .json(try conversations.callbackJSON(path[2]))
    case (.patch, 3, "callbacks"): return try updateCallback(path[2], request)
    case (.post, 3, "messages") where path[2] == "agentless": return try sendMessage(request)
    case (.get, 4, "messages") where path[3] == "details":
      return .json(try conversations.messageJSON(path[2], now: time.uptime))
    case (.get, 3, "messages"): return .json(try conversations.messagesJSON(path[2], now: time.uptime))
    case (.post, 3, "emails") where path[2] == "agentless": return try sendMail(request)
    case (.post, 4, "participants") where path[2...] == ["attributes", "search"]: return try search(request)
    case (.patch, 5, _) where path[2] == "participants" && path[4] == "attributes":
      return try patchAttributes(path[1], participant: path[3], request, answers: false)
    case (.patch, 6, let media)
    where Self.media.contains(media) && path[3] == "participants" && path[5] == "attributes":
      return try patchAttributes(path[2], participant: path[4], request, answers: true)
    case (.patch, 3, _) where path[2] == "recordingstate": return try setRecording(path[1], request)
    case (.put, 4, let media) where Self.media.contains(media) && path[3] == "recordingstate":
      return try setRecording(path[2], request)
    case (.get, 2, _): return .json(try conversations.conversationJSON(path[1]))
    default: throw .notFound("The requested resource was not found.")
    }
  }

  private static let media: Set<String> = ["calls", "callbacks", "emails", "messages"]

  var conversations: ConversationStore { state.withLock { $0.conversations } }

  /// Changes the conversations, or leaves them as they were when `change` throws.
  func change<Result: Sendable>(
    _ change: (inout ConversationStore) throws(GenesysError) -> Result
  ) throws(GenesysError) -> Result {
    try state.withLock { (state) throws(GenesysError) in try change(&state.conversations) }
  }

  var contacts: ContactStore { state.withLock { $0.contacts } }

  func changeContacts<Result: Sendable>(
    _ change: (inout ContactStore) throws(GenesysError) -> Result
  ) throws(GenesysError) -> Result {
    try state.withLock { (state) throws(GenesysError) in try change(&state.contacts) }
  }

  var optOuts: Set<String> {
    get { state.withLock { $0.optOuts } }
    set { state.withLock { $0.optOuts = newValue } }
  }

  /// Where a message stands now, in Genesys' word; for the inbox.
  func status(of id: String) -> String? {
    state.withLock { $0.conversations.status(of: id, now: time.uptime) }
  }
}
