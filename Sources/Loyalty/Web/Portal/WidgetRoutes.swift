import Core
import HTTPMessages
import HTTPServer
import Security

/// The widget as one file, for pages anywhere; and under `--dev` a page to try it on.
struct WidgetRoutes: Sendable {
  let sessions: PortalSessions
  let customers: CustomerKeys
  let servesSample: Bool

  /// Short enough to write, long enough to name one version.
  static let version = String(SHA256.digest(of: WidgetAssets.bundle).hex.prefix(16))

  var routes: [Route] {
    let bundle = Route(.get, "/loyalty-widget/v1/bundle.min.js", access: .open) { Self.bundle($0) }
    guard servesSample else { return [bundle] }
    return [
      bundle,
      Route(.get, "/dev/portal", access: .open) { try await sample($0) },
      Route(.get, "/dev/portal/sample.css", access: .open) { _ in Self.file(WidgetAssets.sampleStyle, "text/css") },
      Route(.get, "/dev/portal/sample.js", access: .open) { _ in
        Self.file(WidgetAssets.sampleScript, "text/javascript")
      },
    ]
  }

  /// Any page may load it: it holds nothing but code, and asks the portal with the token that the page has. A page that
  /// names the version it wants, `?v=…`, keeps it; else browsers ask each time whether there is a newer one, so that no old
  /// one meets the new hash of a page (`integrity`).
  private static func bundle(_ request: Request) -> Response {
    let tag = "\"\(version)\""
    let isNamed = request.query.flatMap { FormFields($0) }?["v"] == version
    var headers: Headers = [
      "content-type": "text/javascript; charset=utf-8", "etag": tag, "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin", "x-content-type-options": "nosniff",
      "cache-control": isNamed ? "public, max-age=31536000, immutable" : "public, no-cache",
    ]
    let known = request.headers["if-none-match"]?.split(separator: ",").map { tag in
      String(tag.drop { $0 == " " }).strippingWeakness
    }
    guard let known, known.contains(tag) || known == ["*"] else {
      return Response(status: 200, headers: headers, body: WidgetAssets.bundle)
    }
    headers["content-type"] = nil
    return Response(status: 304, headers: headers)
  }

  /// Without a session, makes one for the customer that `customer` names.
  private func sample(_ request: Request) async throws -> Response {
    let fields = request.query.flatMap { FormFields($0) }
    if fields?["session"] != nil { return Self.file(WidgetAssets.samplePage, "text/html; charset=utf-8") }
    var new = PortalSessions.New(customer: customers.hashes(fields?["customer"] ?? "u-4711"))
    new.address = fields?["email"]
    let token = try await sessions.make(new, client: "dev").token
    return Response(
      status: 303,
      headers: ["location": "/dev/portal?session=\(token.reveal())", "cache-control": "no-store"])
  }

  private static func file(_ bytes: [UInt8], _ type: String) -> Response {
    Response(
      status: 200,
      headers: [
        "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      ], body: bytes)
  }
}

extension String {
  fileprivate var strippingWeakness: String { hasPrefix("W/") ? String(dropFirst(2)) : self }
}
