import Core
import EventLoop
import Events
import HTTPClient
import HTTPMessages
import Synchronization

extension Verb {
  static let eventsTail = Verb(
    name: "events tail", summary: "Follow the events of a running server, one a line.",
    details: """
      Comes again by itself when the connection ends, and goes on where it was. The client needs the scope events:read; its
      secret comes from RINGBACK_CLIENT_SECRET, or, for the client "dev", from the data folder. Ctrl-C ends it.
      """,
    options: [
      ServerAccess.serverOption,
      Option(name: "after", value: "ID", summary: "Begin after this event; 0 for all that are kept (default: now)."),
      Option(name: "types", value: "TYPES", summary: "Only these, such as return.* or return.closed,return.failed."),
      Option(name: "client-id", value: "ID", summary: "The client (default: dev)."),
      Option(name: "data", value: "DIR", summary: "The data folder of a server in development."),
    ]
  ) { invocation in
    let access = try ServerAccess(invocation)
    let time = SystemTime()
    let loop = try Loop(name: "tail")
    let http = try Client(loop: loop)
    let requests = AuthorizedRequests(
      http,
      tokens: AccessTokenSource(
        name: "ringback",
        endpoint: TokenEndpoint(url: access.server + "/oauth/token", clientID: access.clientID, scope: "events:read"),
        secret: { access.secret }, http: http, time: time), time: time)
    let query = invocation.value("types").map { "?types=\($0.percentEncoded)" } ?? ""
    let following = Following(after: invocation.value("after"))
    while true {
      var request = OutgoingRequest(
        .get, access.server + "/v1/events" + query, headers: ["accept": "text/event-stream"])
      // Then the connection is made anew: nothing else tells that the server's machine is gone.
      request.timeout = .seconds(600)
      if let last = following.begin() { request.headers["last-event-id"] = last }
      request.receive = { part in
        for event in following.read(part) { show(event, on: invocation.terminal) }
      }
      try await follow(requests, request)
      try await time.sleep(for: .seconds(1))
    }
  }

  /// Returns when the stream has ended and is worth asking for again.
  ///
  /// - Throws: `CommandFailure`.
  private static func follow(_ requests: AuthorizedRequests, _ request: OutgoingRequest) async throws {
    let answer: IncomingResponse
    do throws(AuthorizedRequestError) {
      answer = try await requests.send(request)
    } catch {
      if case .token(.rejected) = error {
        throw CommandFailure(.unauthorized, "The server gives this client no token.")
      }
      if case .http(.refused(let reason)) = error {
        throw CommandFailure(.usage, "The server is not asked: \(reason).")
      }
      return
    }
    guard [400, 401, 403, 404].contains(answer.status) else { return }
    let detail = (try? JSONValue(parsing: answer.body))?["detail"]?.string ?? ""
    throw CommandFailure(
      answer.status == 400 ? .usage : .unauthorized, "The server answered \(answer.status). \(detail)")
  }

  private static func show(_ event: ServerSentEventReader.Event, on terminal: Terminal) {
    guard let value = try? JSONValue(parsing: event.data) else { return }
    let id = event.id ?? ""
    terminal.say(
      "\(id)   \(value["time"]?.string ?? "")   \(event.type)   \(value["subject"]?.string ?? "")   "
        + "\(value["data"]?.text ?? "")")
    terminal.record(["after": .string(id), "event": value])
  }
}

/// Where a reader of the stream is.
private final class Following: Sendable {
  private let state: Mutex<(reader: ServerSentEventReader, last: String?)>

  init(after: String?) {
    state = Mutex((ServerSentEventReader(), after))
  }

  /// A new connection: what the old one left unfinished is sent again.
  ///
  /// - Returns: after which event.
  func begin() -> String? {
    state.withLock { state in
      state.reader = ServerSentEventReader()
      return state.last
    }
  }

  func read(_ part: [UInt8]) -> [ServerSentEventReader.Event] {
    state.withLock { state in
      let events = state.reader.read(part)
      state.last = events.last?.id ?? state.last
      return events
    }
  }
}
