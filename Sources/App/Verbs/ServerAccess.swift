import Core
import FoundationEssentials

/// Which running server a verb talks to, and as whom.
struct ServerAccess: Sendable {
  let server: String
  let clientID: String
  let secret: Redacted<String>

  static let serverOption = Verb.Option(
    name: "server", value: "URL", summary: "The server (default: RINGBACK_SERVER, or http://127.0.0.1:8080).")

  /// Reads `--server`, `--client-id` and `--data`, or the environment.
  ///
  /// - Throws: `CommandFailure`.
  init(_ invocation: Invocation) throws(CommandFailure) {
    let environment = invocation.environment
    clientID = invocation.value("client-id") ?? environment["RINGBACK_CLIENT_ID"] ?? "dev"
    server = invocation.value("server") ?? environment["RINGBACK_SERVER"] ?? "http://127.0.0.1:8080"
    guard SettingForm.url.parse(server) != nil else {
      throw CommandFailure(
        .usage, "The server \"\(server)\" is no URL.",
        "Write it as --server http://127.0.0.1:8080 (or RINGBACK_SERVER).")
    }
    secret = try Self.secret(of: clientID, invocation)
  }

  private static func secret(
    of clientID: String, _ invocation: Invocation
  ) throws(CommandFailure) -> Redacted<String> {
    if let secret = invocation.environment["RINGBACK_CLIENT_SECRET"] { return Redacted(secret) }
    let path = (invocation.value("data") ?? "ringback-data") + "/keys/dev-client-secret"
    if clientID == "dev", let kept = FileManager.default.contents(atPath: path) {
      return Redacted(String(decoding: kept, as: UTF8.self))
    }
    throw CommandFailure(
      .unauthorized, "There is no secret for the client \"\(clientID)\".",
      "Set RINGBACK_CLIENT_SECRET, or name the data folder of `ringback serve --dev` with --data.")
  }
}
