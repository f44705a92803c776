import Core
import HTTPMessages
import HTTPServer
import Storage

/// `POST /v1/portal/sessions` and `DELETE /v1/portal/sessions/{session_id}`: for the contact centre and the shop's server.
struct PortalSessionRoutes: Sendable {
  private static let scope = "portal:create"

  let sessions: PortalSessions
  let requests: LedgerRequests
  let database: any Database
  let answerOnce: AnswerOnce

  var routes: [Route] {
    [
      Route(.post, "/v1/portal/sessions", access: .scope(Self.scope)) { try await make($0) },
      Route(.delete, "/v1/portal/sessions/{session_id}", access: .scope(Self.scope)) { request in
        let id = request.parameters["session_id"] ?? ""
        guard id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return Response(status: 204) }
        try await database.write { try sessions.end(id, in: $0) }
        return Response(status: 204)
      },
    ]
  }

  private func make(_ request: Request) async throws -> Response {
    let new = try Self.new(JSONBody(request), requests)
    let client = request.caller?.clientID ?? ""
    return try await answerOnce(request) { connection in
      let made = try sessions.make(new, client: client, in: connection)
      let scopes = made.session.scopes.map(\.rawValue).sorted().map { JSONValue.string($0) }
      return .json(
        [
          "session_id": .string(made.session.id), "session_token": .string(made.token.reveal()),
          "expires_at": .string("\(made.session.expiresAt)"),
          "customer_hash": .string(made.session.customer[0].handle), "scopes": .array(scopes),
        ], status: 201, headers: ["cache-control": "no-store"])
    }
  }

  private static func new(_ body: JSONBody, _ requests: LedgerRequests) throws(Problem) -> PortalSessions.New {
    let customer = try requests.customer(body).hashes
    var new = PortalSessions.New(customer: customer)
    let locale = Problem.sessionInvalid("\"locale\" is a language tag such as en or de-AT.")
    if let tag = try body.text("locale", or: locale) {
      guard PortalLocale.isTag(tag) else { throw locale }
      new.locale = tag
    }
    if let address = try body.text("email", or: .sessionEmailInvalid) {
      guard isAddress(address) else { throw .sessionEmailInvalid }
      new.address = address
    }
    if let scopes = body["scopes"] {
      let read = scopes.array?.compactMap { $0.string.flatMap(PortalSession.Scope.init) } ?? []
      guard !read.isEmpty, read.count == scopes.array?.count else {
        throw .sessionInvalid("\"scopes\" is a list of portal:read and portal:redeem.")
      }
      new.scopes = Set(read)
    }
    return new
  }

  /// Printable ASCII, one `@`, a domain with a dot; lengths of RFC 5321, section 4.5.3.1.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), (3...255).contains(parts[1].count),
      text.utf8.count <= 254, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"(),:;<>[\\]".utf8.contains($0) })
    else { return false }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
  }
}
