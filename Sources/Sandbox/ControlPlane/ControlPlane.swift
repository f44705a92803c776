import Core
import HTTPMessages
import HTTPServer

extension SandboxVendors {
  /// The sandbox's own paths. Nobody signs in: a sandbox listens on loopback.
  func control(_ request: Request, _ path: [String]) throws(Problem) -> Response {
    let world = current
    switch (path.count, path.first ?? "") {
    case (0, _):
      try request.allow(.get)
      return page(
        request, html: { IndexPage.html(world.orders, clients) }, json: { IndexPage.json(clients) })
    case (1, "_inbox"):
      try request.allow(.get)
      let items = world.inbox.all.map { ($0, world.genesys.status(of: $0.statusID) ?? "sent") }
      return page(
        request, html: { InboxPage.html(items) },
        json: { ["items": .array(items.map { $0.0.json(status: $0.1) })] })
    case (1, "_orders"):
      try request.allow(.get)
      return .json(["orders": .array(world.orders.map(\.json))])
    case (1, "_reset"):
      try request.allow(.post)
      reset()
      return Response(status: 204)
    case (1, "_limits"): return try limits(request, world)
    case (2..., "_genesys"):
      try request.allow(.get, .post, .put)
      return try world.genesys.control(request.method, Array(path.dropFirst())) { () throws(Problem) in
        try request.jsonBody()
      }
    case (1, "_faults"), (2, "_faults"): return try faults(request, path.dropFirst().first, world)
    case (1, "_journal"), (2, "_journal"): return try journal(request, path.dropFirst().first, world)
    case (1...3, "_returns"): return try returns(request, Array(path.dropFirst()), world)
    case (1...3, "_webhooks"): return try webhooks(request, Array(path.dropFirst()), world.webhooks)
    default: throw .notInSandbox
    }
  }

  private func page(_ request: Request, html: () -> String, json: () -> JSONValue) -> Response {
    guard request.wantsHTML else { return .json(json(), headers: ["vary": "accept"]) }
    var response = Response.text(html(), type: "text/html; charset=utf-8")
    // What is shown was sent by others: no script runs, and nothing is fetched.
    response.headers["content-security-policy"] =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["cache-control"] = "no-store"
    response.headers["vary"] = "accept"
    return response
  }

  private func limits(_ request: Request, _ world: SandboxWorld) throws(Problem) -> Response {
    try request.allow(.get, .put)
    if request.method == .put {
      var limits = world.limits.value
      try limits.apply(try request.jsonBody())
      world.limits.value = limits
    }
    return .json(world.limits.value.json)
  }

  private func faults(_ request: Request, _ name: String?, _ world: SandboxWorld) throws(Problem) -> Response {
    guard let name else {
      try request.allow(.get, .delete)
      if request.method == .delete {
        for vendor in Vendor.allCases { world.faults.set(nil, for: vendor) }
        return Response(status: 204)
      }
      return .json(
        .object(Vendor.allCases.map { .init($0.rawValue, world.faults.fault(of: $0)?.json ?? .null) }))
    }
    let vendor = try Vendor(named: name)
    try request.allow(.get, .put, .delete)
    switch request.method {
    case .put:
      let fault = try Fault(try request.jsonBody())
      world.faults.set(fault, for: vendor)
      return .json(fault.json)
    case .delete:
      world.faults.set(nil, for: vendor)
      return Response(status: 204)
    default: return .json(world.faults.fault(of: vendor)?.json ?? [:])
    }
  }

  private func journal(_ request: Request, _ name: String?, _ world: SandboxWorld) throws(Problem) -> Response {
    try request.allow(.get)
    guard let name else {
      return .json(["vendors": .array(Vendor.allCases.map { .string("/_journal/\($0.rawValue)") })])
    }
    let vendor = try Vendor(named: name)
    guard let entries = world.journal.entries(vendor, since: request.query.flatMap { FormFields($0) }?["since"]) else {
      throw Problem(
        status: 422, code: "since_invalid", title: "This is no place in the journal",
        detail: "Give `since` as a time such as 2026-11-20T09:30:00Z, or as the `seq` of the last entry that was read.")
    }
    return .json(["vendor": .string(vendor.rawValue), "entries": .array(entries)])
  }
}

extension Vendor {
  /// - Throws: `Problem` 404 that lists the vendors.
  init(named name: String) throws(Problem) {
    guard let vendor = Vendor(rawValue: name) else {
      throw Problem(
        status: 404, code: "vendor_unknown", title: "No such vendor is simulated",
        detail: "\"\(name)\" is none of \(Vendor.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    self = vendor
  }
}

extension Request {
  /// - Throws: `Problem` 405 for another method. HEAD goes where GET does.
  func allow(_ methods: HTTPMessages.Method...) throws(Problem) {
    guard !methods.contains(method), !(method == .head && methods.contains(.get)) else { return }
    let allowed = methods.map(\.name).joined(separator: ", ")
    throw Problem(
      status: 405, code: "method_not_allowed", title: "The method does not apply here",
      detail: "This path takes \(allowed).", headers: ["allow": allowed])
  }

  func jsonBody() throws(Problem) -> JSONValue {
    do {
      return try JSONValue(parsing: body)
    } catch {
      throw Problem(
        status: 400, code: "body_not_json", title: "The body is not JSON", detail: "Reading stopped: \(error).")
    }
  }

  /// Browsers name `text/html` in `Accept`; programs do not.
  fileprivate var wantsHTML: Bool { headers["accept"]?.lowercased().contains("text/html") == true }
}

extension Inbox.Item {
  /// What the status is asked of: the message of a text, the conversation of a call-back.
  fileprivate var statusID: String { kind == .callback ? conversationID : id }
}
