import Core
import HTTPMessages
import HTTPServer

extension SandboxVendors {
  /// `/_webhooks`, `/_webhooks/{vendor}`, and `faults` and `release` below that.
  ///
  /// - Parameter path: behind `/_webhooks`.
  func webhooks(_ request: Request, _ path: [String], _ sender: WebhookSender) throws(Problem) -> Response {
    guard let name = path.first else {
      try request.allow(.get)
      return .json(.object(Vendor.allCases.map { .init($0.rawValue, .text(sender.target(of: $0))) }))
    }
    let vendor = try Vendor(named: name)
    switch path.dropFirst().first {
    case nil: return try deliveries(request, vendor, sender)
    case "faults": return try webhookFaults(request, vendor, sender)
    case "release":
      try request.allow(.post)
      return .json(["released": .integer(sender.release(vendor))])
    default: throw .notInSandbox
    }
  }

  private func deliveries(_ request: Request, _ vendor: Vendor, _ sender: WebhookSender) throws(Problem) -> Response {
    try request.allow(.get, .put, .delete)
    switch request.method {
    case .put:
      guard let url = try request.jsonBody()["url"]?.string, url.hasPrefix("http://") || url.hasPrefix("https://")
      else {
        throw Problem(
          status: 422, code: "url_invalid", title: "This is no place for webhooks",
          detail: "\"url\" is an address such as http://127.0.0.1:8080/v1/webhooks/\(vendor.rawValue).")
      }
      sender.setTarget(url, of: vendor)
    case .delete:
      sender.setTarget(nil, of: vendor)
      return Response(status: 204)
    default: break
    }
    return .json([
      "url": .text(sender.target(of: vendor)), "faults": sender.faults(of: vendor).json,
      "deliveries": .array(sender.deliveries(of: vendor).map(\.json)),
    ])
  }

  private func webhookFaults(_ request: Request, _ vendor: Vendor, _ sender: WebhookSender) throws(Problem)
    -> Response
  {
    try request.allow(.get, .put, .delete)
    switch request.method {
    case .put: sender.setFaults(try WebhookFaults(try request.jsonBody()), of: vendor)
    case .delete:
      sender.setFaults(WebhookFaults(), of: vendor)
      return Response(status: 204)
    default: break
    }
    return .json(sender.faults(of: vendor).json)
  }
}
