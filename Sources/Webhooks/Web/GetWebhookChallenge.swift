import Core
import HTTPMessages
import HTTPServer

/// `GET /v1/webhooks/{source}?challenge=…`: Adobe asks it when a webhook is registered, and wants the value back.
struct GetWebhookChallenge: Sendable {
  let live: LiveWebhookSettings

  var route: Route {
    Route(.get, "/v1/webhooks/{source}", access: .open) { try answer($0) }
  }

  private func answer(_ request: Request) throws(Problem) -> Response {
    guard let source = live.source(request.parameters["source"] ?? ""), source.scheme.answersChallenge else {
      throw .sourceUnknown
    }
    guard let challenge = Self.challenge(in: request.query ?? "") else {
      throw Problem(
        status: 400, code: "challenge_invalid", title: "There is no challenge to answer",
        detail: "Send one `challenge` of 1 to 128 letters, digits, hyphens, dots and underscores in the query.")
    }
    var response = Response.text(challenge)
    response.headers["x-content-type-options"] = "nosniff"
    return response
  }

  /// Whoever asks gets back what they sent, so that it is held to what Adobe sends: a UUID, or the like of it.
  private static func challenge(in query: String) -> String? {
    let values = query.split(separator: "&").filter { $0.hasPrefix("challenge=") }
    guard values.count == 1 else { return nil }
    let value = values[0].dropFirst("challenge=".count)
    let isPlain = value.utf8.allSatisfy { byte in
      byte.isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.lowercased)
        || "-._".utf8.contains(byte)
    }
    return isPlain && (1...128).contains(value.utf8.count) ? String(value) : nil
  }
}
