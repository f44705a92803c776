import Core
import Orders

/// A GraphQL answer: data, errors, and what it cost.
struct ShopifyAnswer {
  let data: JSONValue
  let cost: ShopifyBudget.Cost?
  private let errors: [(code: String, path: [String])]

  /// Fields that need Shopify's approval, and returns, which need a scope of their own: an order without them is still
  /// worth telling.
  private static let dispensable: Set<String> = [
    "order.phone", "order.shippingAddress", "order.billingAddress", "returnableFulfillments",
  ]
  private static let knownCodes = refusedBeforeRunning.union([
    "THROTTLED", "ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "SHOP_INACTIVE",
  ])
  /// What is found out before anything runs: the query costs too much, or is not one that this version takes.
  private static let refusedBeforeRunning: Set<String> = [
    "MAX_COST_EXCEEDED", "INVALID_VARIABLE", "argumentLiteralsIncompatible", "argumentNotAccepted",
    "missingRequiredArguments", "missingRequiredInputObjectAttribute", "undefinedField", "undefinedType",
    "variableMismatch",
  ]

  init?(_ body: [UInt8]) {
    guard let json = try? JSONValue(parsing: body), json.members != nil else { return nil }
    data = json["data"] ?? .null
    cost = json["extensions"]?["cost"].flatMap(ShopifyBudget.Cost.init)
    switch json["errors"] {
    case nil, .null: errors = []
    case .array(let items):
      errors = items.map { error in
        let code = error["extensions"]?["code"]?.string ?? ""
        let path = error["path"]?.array?.compactMap(\.string) ?? []
        return (Self.knownCodes.contains(code) ? code : "without a known code", path)
      }
    // The REST side of Shopify writes a text or an object here.
    default: errors = [("without a known code", [])]
    }
  }

  var isThrottled: Bool { errors.contains { $0.code == "THROTTLED" } }

  /// What was withheld without harm.
  var denied: Set<String> {
    Set(errors.filter { $0.code == "ACCESS_DENIED" }.compactMap { Self.dispensable($0.path) })
  }

  /// - Throws: what the errors mean, unless all of them are about fields that we can do without.
  func checked() throws(OrderPlatformError) -> ShopifyAnswer {
    for error in errors {
      switch error.code {
      case "ACCESS_DENIED":
        guard Self.dispensable(error.path) == nil || isMissing(error.path) else { continue }
        throw .unauthorized(reason: "it denies access to \(error.path.joined(separator: ".")): a scope is missing")
      case "SHOP_INACTIVE": throw .unauthorized(reason: "the shop is inactive")
      default: throw .unavailable(reason: "its GraphQL answered an error \(error.code)")
      }
    }
    return self
  }

  /// The same for returns, where nothing can be done without. Of a mutation only those errors are known to have come
  /// before it ran that say so: a field of its answer that is denied is denied after the deed.
  func checkReturn(isRead: Bool) throws(ReturnPlatformError) {
    guard let error = errors.first else { return }
    switch error.code {
    case "ACCESS_DENIED":
      let reason = "it denies access to \(error.path.joined(separator: ".")): a scope is missing"
      throw ReturnPlatformError.unanswered(reason, isRead: isRead || error.path.count <= 1)
    case "SHOP_INACTIVE": throw .notDone(reason: "the shop is inactive", retryAfter: nil)
    default:
      throw ReturnPlatformError.unanswered(
        "its GraphQL answered an error \(error.code)",
        isRead: isRead || Self.refusedBeforeRunning.contains(error.code))
    }
  }

  private static func dispensable(_ path: [String]) -> String? {
    (1...2).map { path.prefix($0).joined(separator: ".") }.first(where: dispensable.contains)
  }

  /// A field that may not be null takes the object around it with it.
  private func isMissing(_ path: [String]) -> Bool {
    path.first == "order" && data["order"]?.members == nil
  }

  /// The id of the order with this very name, of the answer to `find`: a search also finds what merely begins with it.
  static func identifier(of name: String, in data: JSONValue) throws(UnreadableAnswer) -> String? {
    guard let nodes = data["orders"]?["nodes"]?.array else { throw UnreadableAnswer("orders") }
    for node in nodes {
      guard let found = node["name"]?.string, let id = node["id"]?.string else { throw UnreadableAnswer("orders") }
      if found.uppercased() == name.uppercased() { return id }
    }
    guard nodes.count < ShopifyQuery.hits else {
      throw UnreadableAnswer("more than \(ShopifyQuery.hits) orders with a name like this one")
    }
    return nil
  }
}

extension ShopifyBudget.Cost {
  init?(_ json: JSONValue) {
    guard let requested = json["requestedQueryCost"]?.double, let status = json["throttleStatus"],
      let available = status["currentlyAvailable"]?.double, let maximum = status["maximumAvailable"]?.double,
      let restoreRate = status["restoreRate"]?.double
    else { return nil }
    self.init(requested: requested, available: available, maximum: maximum, restoreRate: restoreRate)
  }
}
