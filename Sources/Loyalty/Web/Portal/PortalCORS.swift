import Core
import HTTPMessages
import HTTPServer

/// Lets pages of the configured origins ask the portal, and no others (Fetch, CORS protocol). No cookies, no `*`.
struct PortalCORS: Sendable {
  /// As now configured, such as `https://shop.example`.
  let origins: @Sendable () -> [String]

  /// On every answer of a portal route, so that a page can read what went wrong, too.
  func finish(_ request: Request, _ response: inout Response) {
    // A cache must not give one origin's answer to another, nor one that was asked without an origin.
    response.headers.add("vary", "origin")
    guard let origin = request.headers["origin"], origins().contains(origin) else { return }
    response.headers["access-control-allow-origin"] = origin
    response.headers["access-control-expose-headers"] = "Retry-After, X-Request-ID, Idempotency-Replayed"
  }

  /// Answers what a browser asks before it sends a request with a token.
  func preflight(_ pattern: String, allowing methods: String) -> Route {
    Route(.options, pattern, access: .open, finish: finish) { _ in
      Response(
        status: 204,
        headers: [
          "access-control-allow-methods": methods,
          "access-control-allow-headers": "Authorization, Content-Type, Accept-Language, Idempotency-Key, X-Request-ID",
          "access-control-max-age": "600", "cache-control": "no-store",
        ])
    }
  }

  /// Whether it has the form that browsers send: scheme, host, port, and nothing behind.
  static func isOrigin(_ text: String) -> Bool {
    let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
    guard let scheme else { return false }
    let host = text.utf8.dropFirst(scheme.utf8.count)
    return (1...255).contains(host.count)
      && host.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || ".-:[]".utf8.contains($0)
      }
  }
}
