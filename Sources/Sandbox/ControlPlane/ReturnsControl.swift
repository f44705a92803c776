import Core
import HTTPMessages
import HTTPServer

extension SandboxVendors {
  /// `GET /_returns`, `GET /_returns/{vendor}`, `POST /_returns/{vendor}/{id}`.
  ///
  /// - Parameter path: behind `/_returns`.
  func returns(_ request: Request, _ path: [String], _ world: SandboxWorld) throws(Problem) -> Response {
    guard path.count == 2 else {
      try request.allow(.get)
      var vendors = Vendor.allCases
      if let name = path.first { vendors = [try Vendor(named: name)] }
      return .json([
        "returns": .array(
          vendors.flatMap { vendor in world.returns(of: vendor)?.bookedReturns.map { $0.json(of: vendor) } ?? [] })
      ])
    }
    try request.allow(.post)
    let vendor = try Vendor(named: path[0])
    guard let returns = world.returns(of: vendor) else { throw .returnUnknown(path[1]) }
    let body = try request.jsonBody()
    guard let action = body["action"]?.string.flatMap(ReturnAction.init(rawValue:)) else {
      throw Problem(
        status: 422, code: "action_unknown", title: "This is nothing that a merchant does with a return",
        detail: "\"action\" is one of \(ReturnAction.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    try returns.act(action, on: path[1], reason: body["reason"]?.string)
    guard let now = returns.bookedReturns.first(where: { $0.id == path[1] }) else { throw .returnUnknown(path[1]) }
    return .json(now.json(of: vendor))
  }
}

extension SandboxWorld {
  /// Nil for a vendor that takes no returns.
  fileprivate func returns(of vendor: Vendor) -> (any SimulatedReturns)? {
    self.vendor(vendor) as? any SimulatedReturns
  }
}
