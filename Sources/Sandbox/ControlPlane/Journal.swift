import Core
import HTTPMessages
import HTTPServer
import Synchronization

/// What a vendor received and answered, newest last, the oldest falling off. Credentials are masked in what is shown.
final class Journal: Sendable {
  static let capacity = 1_000
  /// Longer bodies are cut.
  static let bodyLimit = 16_384

  /// Kept as it came and written out when it is read: the journal is written far more often than read.
  private struct Entry: Sendable {
    let sequence: Int
    let time: Timestamp
    let request: Request
    let body: [UInt8]
    let status: Int?
  }

  private struct State {
    var entries: [Vendor: [Entry]] = [:]
    var next = 1
  }

  private let state = Mutex(State())

  func record(_ vendor: Vendor, _ request: Request, received: Timestamp, answer: Response) {
    state.withLock { state in
      let entry = Entry(
        sequence: state.next, time: received, request: request.withoutBody,
        body: request.body.count <= Self.bodyLimit + 1 ? request.body : Array(request.body.prefix(Self.bodyLimit + 1)),
        status: answer.disposition == .drop ? nil : answer.status)
      state.next += 1
      // Dropped in blocks, as removing the first of an array moves all the others.
      if state.entries[vendor, default: []].count >= 2 * Self.capacity {
        state.entries[vendor]?.removeFirst(Self.capacity)
      }
      state.entries[vendor, default: []].append(entry)
    }
  }

  /// - Parameter since: an RFC 3339 time (entries from then on) or the `seq` of an entry (those after it).
  /// - Returns: nil when `since` is neither.
  func entries(_ vendor: Vendor, since: String?) -> [JSONValue]? {
    let entries = state.withLock { ($0.entries[vendor] ?? []).suffix(Self.capacity) }
    guard let since, !since.isEmpty else { return entries.map(Self.json) }
    if let sequence = Int(since) { return entries.filter { $0.sequence > sequence }.map(Self.json) }
    guard let time = Timestamp(since) else { return nil }
    return entries.filter { $0.time >= time }.map(Self.json)
  }

  private static func json(_ entry: Entry) -> JSONValue {
    let request = entry.request
    let body = String(decoding: entry.body.prefix(bodyLimit), as: UTF8.self)
    let isCredential = ["/token", "/access_token", "/token/v3"].contains { request.path.hasSuffix($0) }
    return [
      "seq": .integer(entry.sequence), "time": .string("\(entry.time)"),
      "request_id": .string(request.context.requestID), "method": .string(request.method.name),
      "path": .string(request.path), "query": .text(request.query),
      "headers": .object(request.headers.map { .init($0.name, .string(masked($0.value, of: $0.name))) }),
      "body": .string(isCredential ? withoutSecret(body) : body), "body_cut": .bool(entry.body.count > bodyLimit),
      "status": entry.status.map { .integer($0) } ?? .null,
      "outcome": .string(entry.status == nil ? "dropped" : "answered"),
    ]
  }

  private static func masked(_ value: String, of name: String) -> String {
    switch name {
    case "authorization", "proxy-authorization":
      let parts = value.split(separator: " ", maxSplits: 1)
      return parts.count == 2 ? "\(parts[0]) [masked]" : "[masked]"
    case "x-shopify-access-token", "cookie": return "[masked]"
    default: return value
    }
  }

  /// A token request without its secret: a form stays a form and an object an object.
  private static func withoutSecret(_ body: String) -> String {
    if let members = (try? JSONValue(parsing: body))?.members {
      return JSONValue.object(
        members.map { .init($0.name, $0.name == "client_secret" ? .string("[masked]") : $0.value) }
      ).text
    }
    guard let form = FormFields(body) else { return "[masked]" }
    return form.pairs
      .map { "\($0.name.percentEncoded)=\($0.name == "client_secret" ? "[masked]" : $0.value.percentEncoded)" }
      .joined(separator: "&")
  }
}

extension Request {
  /// The same without its body, which may be large.
  fileprivate var withoutBody: Request {
    Request(method: method, path: path, query: query, headers: headers, peer: peer, context: context)
  }
}
