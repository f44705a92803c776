import Core
import HTTPMessages
import HTTPServer

/// `GET /v1/events`: a page of the events as JSON, or all that come, as server-sent events.
struct GetEvents: Sendable {
  static let scope = "events:read"
  private static let defaultLimit = 100
  private static let maximumLimit = 1_000
  private static let maximumTypes = 20

  let tail: EventTail

  var route: Route {
    Route(.get, "/v1/events", access: .scope(Self.scope)) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let query = try query(of: request)
    let types = try Self.types(query["types"])
    // A client that comes again names the last event that it has, whatever its URL says.
    let after = try (request.headers["last-event-id"] ?? query["after"]).map(Self.sequence)
    if request.headers["accept"]?.lowercased().contains("text/event-stream") == true {
      let stream = try await tail.follow(after: after, types: types)
      var response = Response.stream(type: "text/event-stream") { try await stream.next() }
      response.headers["cache-control"] = "no-store"
      // nginx would collect the parts otherwise.
      response.headers["x-accel-buffering"] = "no"
      return response
    }
    let page = try await tail.freshPage(after: after ?? 0, types: types, limit: try Self.limit(query["limit"]))
    let events = Array(page.events.map { $0.cloudEvent(source: tail.source) }.joined(separator: ",".utf8))
    return .json(
      Array("{\"events\":[".utf8) + events + Array("],\"next\":\"\(page.next)\"}".utf8),
      headers: ["cache-control": "no-store"])
  }

  private func query(of request: Request) throws(Problem) -> [String: String] {
    guard let text = request.query else { return [:] }
    guard let fields = FormFields(text) else { throw .eventsQueryInvalid("The query does not decode.") }
    return Dictionary(fields.pairs.map { ($0.name, $0.value) }) { first, _ in first }
  }

  private static func sequence(_ text: String) throws(Problem) -> Int64 {
    guard let number = text.utf8.decimalNumber else {
      throw .eventsQueryInvalid(
        "`after`, or Last-Event-ID, is the number of an event: an SSE id, or the `next` of a page.")
    }
    return number
  }

  private static func types(_ text: String?) throws(Problem) -> [EventTypePattern] {
    guard let text else { return [] }
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
    let types = names.compactMap { EventTypePattern(String($0)) }
    guard types.count == names.count, types.count <= maximumTypes else {
      throw .eventsQueryInvalid(
        "`types` is up to \(maximumTypes) names with commas between, such as return.* or return.closed.")
    }
    return types
  }

  private static func limit(_ text: String?) throws(Problem) -> Int {
    guard let text else { return defaultLimit }
    guard let number = Int(text), (1...maximumLimit).contains(number) else {
      throw .eventsQueryInvalid("`limit` is a whole number from 1 to \(maximumLimit).")
    }
    return number
  }
}

extension Problem {
  fileprivate static func eventsQueryInvalid(_ detail: String) -> Problem {
    Problem(status: 400, code: "events_query_invalid", title: "This asks for no events", detail: detail)
  }
}
