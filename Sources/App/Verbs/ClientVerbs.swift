import Core
import Identity
import Telemetry

extension Verb {
  static let clientsAdd = Verb(
    name: "clients add", summary: "Add a client that may ask for tokens, and show its secret once.",
    details: "With --rotate NAME is the id of a client that gets a new secret; the old one is good for a day more.",
    arguments: ["NAME"],
    options: configurationOptions + [
      Option(name: "scope", value: "SCOPE", summary: "What it may ask for.", repeats: true),
      Option(name: "id", value: "ID", summary: "Its id; made up if not given."),
      Option(name: "secret-in-body", summary: "Also accept its secret in the body of the token request."),
      Option(name: "rotate", summary: "Give the client NAME a new secret instead."),
    ]
  ) { invocation in
    try await withClients(invocation) { clients in
      let name = invocation.arguments[0]
      guard name.contains(where: { !$0.isWhitespace }) else {
        throw CommandFailure(.usage, "The name is empty.", "Name the client after what uses it, such as genesys-cloud.")
      }
      if invocation.flag("rotate") {
        show(try await clients.rotateSecret(client: name), client: name, scopes: nil, on: invocation.terminal)
        return .success
      }
      let scopes = Set(invocation.values("scope"))
      if let unknown = scopes.first(where: { scope in !Scopes.all.contains { $0.key == scope } }) {
        let guess = nearestNameHint(for: unknown, among: Scopes.all.map(\.key))
        throw CommandFailure(
          .usage, "There is no scope \"\(unknown)\".\(guess)",
          "The scopes are \(Scopes.all.map(\.key).joined(separator: ", ")).")
      }
      let added = try await clients.add(
        id: invocation.value("id"), name: name, scopes: scopes,
        methods: invocation.flag("secret-in-body") ? [.basic, .post] : [.basic])
      show(added.secret, client: added.client.id, scopes: scopes, on: invocation.terminal)
      return .success
    }
  }

  static let clientsList = Verb(
    name: "clients list", summary: "List the clients, without their secrets.", options: configurationOptions
  ) { invocation in
    try await withClients(invocation) { clients in
      let all = try await clients.list()
      let terminal = invocation.terminal
      if all.isEmpty { terminal.say("There are no clients. `ringback clients add NAME --scope orders:read` adds one.") }
      for client in all {
        let scopes = client.scopes.sorted().joined(separator: " ")
        terminal.say(
          "\(client.id)   \(client.name)   \(client.isDisabled ? "revoked" : scopes)   "
            + "\(client.secrets.count) secret\(client.secrets.count == 1 ? "" : "s")")
        terminal.record([
          "client_id": .string(client.id), "name": .string(client.name),
          "scopes": .array(client.scopes.sorted().map { .string($0) }), "revoked": .bool(client.isDisabled),
          "created_at": .string("\(client.createdAt)"),
          "secrets": .array(
            client.secrets.map {
              [
                "id": .string($0.id), "created_at": .string("\($0.createdAt)"),
                "expires_at": $0.expiresAt.map { .string("\($0)") } ?? .null,
                "last_used_at": $0.lastUsedAt.map { .string("\($0)") } ?? .null,
              ]
            }),
        ])
      }
      return .success
    }
  }

  static let clientsRevoke = Verb(
    name: "clients revoke", summary: "Shut a client out, with every token that it has; or take one secret away.",
    arguments: ["ID"],
    options: configurationOptions + [Option(name: "secret", value: "SECRET_ID", summary: "Only this secret.")]
  ) { invocation in
    try await withClients(invocation) { clients in
      let id = invocation.arguments[0]
      if let secret = invocation.value("secret") {
        try await clients.revokeSecret(secret, client: id)
      } else {
        try await clients.revoke(id)
      }
      invocation.terminal.say("Revoked. A running server knows it within half a minute.")
      invocation.terminal.record(["event": "revoked", "client_id": .string(id)])
      return .success
    }
  }

  private static func withClients(
    _ invocation: Invocation, _ body: (ClientStore) async throws -> ExitCode
  ) async throws -> ExitCode {
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    do {
      try await platform.migrate()
      let code = try await body(
        ClientStore(database: platform.database, pool: platform.pool, time: platform.time, random: platform.random))
      await platform.close()
      return code
    } catch let error as ClientStoreError {
      await platform.close()
      let code: ExitCode =
        switch error {
        case .exists, .tooManySecrets: .conflict
        case .invalid: .usage
        case .unknownClient, .unknownSecret: .failure
        }
      throw CommandFailure(code, error.description)
    } catch {
      await platform.close()
      throw error
    }
  }

  private static func show(_ issued: IssuedSecret, client: String, scopes: Set<String>?, on terminal: Terminal) {
    terminal.say("client id      \(client)")
    terminal.say("client secret  \(issued.secret.reveal())")
    terminal.say("The secret is shown this once. Put it where the client keeps its secrets.")
    terminal.record([
      "client_id": .string(client), "client_secret": .string(issued.secret.reveal()), "secret_id": .string(issued.id),
      "scopes": scopes.map { .array($0.sorted().map { .string($0) }) } ?? .null,
    ])
  }
}
