import Core
import HTTPServer

extension ShopifyShop {
  /// A single query may not cost more, whatever is in the bucket.
  private static let maximumCost = 1_000

  func graphQL(_ request: VendorRequest, version: String, scopes: Set<String>) -> Response {
    guard let body = try? JSONValue(parsing: request.body), let query = body["query"]?.string else {
      return .json(["errors": ["query": "Required parameter missing or invalid"]], status: 400)
    }
    do throws(GraphQLError) {
      return try run(
        query, variables: body["variables"], operationName: body["operationName"]?.string, version: version,
        view: ShopifyView(returns: returnBook, scopes: scopes))
    } catch {
      return Self.refusal([error])
    }
  }

  /// Errors are answered with 200, as GraphQL's clients expect.
  private static func refusal(_ errors: [GraphQLError]) -> Response {
    .json(["errors": .array(errors.map(\.json))])
  }

  private func run(
    _ query: String, variables: JSONValue?, operationName: String?, version: String, view: ShopifyView
  ) throws(GraphQLError) -> Response {
    let schema = GraphQLSchema.shopify(version: version)
    let document = try GraphQLParser.document(query)
    let operation = try document.operation(named: operationName)
    guard operation.kind != .subscription else {
      throw GraphQLError(message: "Schema is not configured for subscriptions", locations: [operation.location])
    }
    let root = operation.kind == .query ? "QueryRoot" : "Mutation"
    let problems = GraphQLValidator.errors(in: operation, of: document, schema: schema, root: root)
    guard problems.isEmpty else { return Self.refusal(problems) }
    let values = try operation.values(of: variables, schema: schema)
    var executor = GraphQLExecutor(schema: schema, document: document, variables: values)
    let requested = executor.requestedCost(operation.selections, on: root)
    guard requested <= Self.maximumCost else { throw Self.tooExpensive(requested) }
    var data = JSONValue.null
    var searches: [JSONValue] = []
    let (left, isThrottled) = spend(requested: requested) {
      data = executor.run(operation, root: root) { (field, arguments) throws(GraphQLError) in
        operation.kind == .query
          ? try resolve(field, arguments, view, &searches) : try mutate(field, arguments, view)
      }
      return executor.cost
    }
    return answer(
      isThrottled ? Optional.none : data, isThrottled ? [Self.throttled] : executor.errors, searches,
      cost: [
        "requestedQueryCost": .integer(requested), "actualQueryCost": isThrottled ? .null : .integer(executor.cost),
        "throttleStatus": [
          "maximumAvailable": .number("\(limits.shopifyPoints).0"), "currentlyAvailable": .integer(left),
          "restoreRate": .number("\(limits.shopifyPointsPerSecond).0"),
        ],
      ])
  }

  private func answer(
    _ data: JSONValue?, _ errors: [GraphQLError], _ searches: [JSONValue], cost: JSONValue
  ) -> Response {
    var members: [JSONValue.Member] = []
    if let data { members.append(.init("data", data)) }
    if !errors.isEmpty { members.append(.init("errors", .array(errors.map(\.json)))) }
    var extensions: [JSONValue.Member] = [.init("cost", cost)]
    if !searches.isEmpty { extensions.append(.init("search", .array(searches))) }
    members.append(.init("extensions", .object(extensions)))
    return .json(.object(members))
  }

  private static let throttled = GraphQLError(
    message: "Throttled",
    extensions: [
      .init("code", "THROTTLED"), .init("documentation", "https://shopify.dev/api/usage/rate-limits"),
    ])

  private static func tooExpensive(_ cost: Int) -> GraphQLError {
    GraphQLError(
      message: "Query cost is \(cost), which exceeds the single query max cost limit (\(maximumCost)).",
      extensions: [
        .init("code", "MAX_COST_EXCEEDED"), .init("cost", .integer(cost)), .init("maxCost", .integer(maximumCost)),
        .init("documentation", "https://shopify.dev/api/usage/rate-limits"),
      ])
  }

  // MARK: - Root fields

  private func resolve(
    _ field: String, _ arguments: [String: JSONValue], _ view: ShopifyView, _ searches: inout [JSONValue]
  ) throws(GraphQLError) -> GraphQLNode {
    if Self.aboutReturns.contains(field), !view.mayReadReturns { throw .denied(field, scope: "read_returns") }
    switch field {
    case "shop": return shopNode
    case "order", "node": return try order(arguments["id"])?.node(view) ?? .null
    case "orderByIdentifier": return try order(arguments["identifier"]?["id"])?.node(view) ?? .null
    case "orders": return .connection(of: "Order", search(arguments, &searches).map { $0.node(view) })
    case "return": return returnBook.find(arguments["id"]?.string ?? "")?.node(view) ?? .null
    case "returnableFulfillments":
      return .connection(of: "ReturnableFulfillment", try order(arguments["orderId"])?.returnableNodes(view) ?? [])
    case "returnReasonDefinitions": return .connection(of: "ReturnReasonDefinition", reasons(arguments))
    default: return .null
    }
  }

  private static let aboutReturns: Set = ["return", "returnableFulfillments", "returnReasonDefinitions"]

  private func reasons(_ arguments: [String: JSONValue]) -> [GraphQLNode] {
    let handles = arguments["handles"]?.array?.compactMap(\.string)
    let ids = arguments["ids"]?.array?.compactMap(\.string)
    return ShopifyReturnReason.library.filter {
      handles?.contains($0.handle) ?? true && ids?.contains($0.gid) ?? true
    }.map(\.node)
  }

  func order(_ id: JSONValue?) throws(GraphQLError) -> SimulatedOrder? {
    let text = id?.string ?? id?.text ?? ""
    guard text.hasPrefix("gid://shopify/") else {
      throw GraphQLError(
        message: "Invalid global id '\(text)'", extensions: [.init("code", "argumentLiteralsIncompatible")])
    }
    return orders.first { $0.shopifyGID == text }
  }

  private func search(_ arguments: [String: JSONValue], _ searches: inout [JSONValue]) -> [SimulatedOrder] {
    var found = orders
    if let query = arguments["query"]?.string, !query.isEmpty {
      let search = ShopifySearch(query)
      found = orders.filter(search.matches)
      if !search.warnings.isEmpty {
        searches.append([
          "path": ["orders"], "query": .string(query),
          "warnings": .array(
            search.warnings.map { ["field": .string($0.field), "message": .string($0.message)] }),
        ])
      }
    }
    // Sorts are stable, so that equal keys keep the order of ids.
    found.sort { $0.shopifyID < $1.shopifyID }
    switch arguments["sortKey"]?.string {
    case "ID", "ORDER_NUMBER", "RELEVANCE": break
    case "TOTAL_PRICE", "CURRENT_TOTAL_PRICE": found.sort { $0.total.minorUnits < $1.total.minorUnits }
    case "UPDATED_AT": found.sort { $0.updatedAt < $1.updatedAt }
    case "CUSTOMER_NAME": found.sort { $0.customer.name < $1.customer.name }
    case "FINANCIAL_STATUS": found.sort { $0.financialStatus < $1.financialStatus }
    case "FULFILLMENT_STATUS": found.sort { $0.fulfillmentStatus < $1.fulfillmentStatus }
    default: found.sort { $0.placedAt < $1.placedAt }
    }
    return found
  }

  private var shopNode: GraphQLNode {
    .object(
      "Shop",
      [
        "id": .text("gid://shopify/Shop/60001"), "name": .text("Ringback Sandbox"), "email": .text("shop@example.com"),
        "myshopifyDomain": .text(Self.domain), "currencyCode": .text("EUR"), "ianaTimezone": .text("Europe/Berlin"),
        "orderNumberFormatPrefix": .text("ORD-"), "orderNumberFormatSuffix": .text(""),
        "url": .text("https://\(Self.domain)"),
      ])
  }
}

extension GraphQLDocument {
  fileprivate func operation(named name: String?) throws(GraphQLError) -> GraphQLOperation {
    if let name, !name.isEmpty {
      guard let operation = operations.first(where: { $0.name == name }) else {
        throw GraphQLError(message: "No operation named \"\(name)\"")
      }
      return operation
    }
    guard let operation = operations.first else { throw GraphQLError(message: "There is no operation to run") }
    guard operations.count == 1 else { throw GraphQLError(message: "An operation name is required") }
    return operation
  }
}
