import Core
import HTTPMessages
import HTTPServer

extension ShopifyShop {
  /// The legacy REST: what the official Python library reads orders with.
  func rest(_ request: VendorRequest, _ path: [String]) -> Response {
    guard let used = takeCall() else {
      var response = Self.error(
        429,
        "Exceeded \(limits.shopifyCallsPerSecond) calls per second for api client. "
          + "Reduce request rates to resume uninterrupted service.")
      response.headers["retry-after"] = "2.0"
      response.headers["x-shopify-shop-api-call-limit"] = "\(limits.shopifyCalls)/\(limits.shopifyCalls)"
      return response
    }
    var response = request.method == .get ? read(request, path) : Self.error(406, "Not Acceptable")
    response.headers["x-shopify-shop-api-call-limit"] = "\(used)/\(limits.shopifyCalls)"
    return response
  }

  private func read(_ request: VendorRequest, _ path: [String]) -> Response {
    let fields = request.query["fields"].map { Set($0.split(separator: ",").map(String.init)) }
    switch (path.count, path[0]) {
    case (1, "shop.json"): return .json(["shop": Self.shopJSON])
    case (1, "orders.json"): return list(request, fields)
    case (2, "orders") where path[1] == "count.json": return .json(["count": .integer(select(request).count)])
    case (2, "orders"):
      guard path[1].hasSuffix(".json"), let order = orders.first(where: { "\($0.shopifyID).json" == path[1] }) else {
        return Self.error(404, "Not Found")
      }
      return .json(["order": order.restJSON.only(fields)])
    default: return Self.error(404, "Not Found")
    }
  }

  private func list(_ request: VendorRequest, _ fields: Set<String>?) -> Response {
    let limit = request.query["limit"].map { Int($0) ?? 0 } ?? 50
    guard (1...250).contains(limit) else {
      return .json(["errors": ["limit": ["must be between 1 and 250"]]], status: 400)
    }
    return .json(["orders": .array(select(request).prefix(limit).map { $0.restJSON.only(fields) })])
  }

  /// Newest first. `status` is `open` unless given: archived and cancelled orders are left out.
  private func select(_ request: VendorRequest) -> [SimulatedOrder] {
    let query = request.query
    let ids = query["ids"].map { Set($0.split(separator: ",").map(String.init)) }
    let name = query["name"]?.lowercased()
    return
      orders
      .filter { order in
        let isOpen = order.closedAt == nil && order.cancelledAt == nil
        let hasStatus =
          switch query["status"] ?? "open" {
          case "any": true
          case "closed": order.closedAt != nil
          case "cancelled": order.cancelledAt != nil
          default: isOpen
          }
        return hasStatus
          && name.map { [order.number.lowercased(), "#\(order.serial)", "\(order.serial)"].contains($0) } ?? true
          && ids?.contains("\(order.shopifyID)") ?? true
          && query["financial_status"].map { $0 == "any" || $0 == order.financialStatus.lowercased() } ?? true
      }
      .sorted { ($0.placedAt, $0.shopifyID) > ($1.placedAt, $1.shopifyID) }
  }

  private static let shopJSON: JSONValue = [
    "id": 60_001, "name": "Ringback Sandbox", "email": "shop@example.com", "domain": .string(domain),
    "myshopify_domain": .string(domain), "currency": "EUR", "iana_timezone": "Europe/Berlin", "plan_name": "basic",
  ]
}

extension JSONValue {
  /// The members that `fields=` names; all when it is not given.
  fileprivate func only(_ fields: Set<String>?) -> JSONValue {
    guard let fields, let members else { return self }
    return .object(members.filter { fields.contains($0.name) })
  }
}
