import Core

/// The mutations about returns. What is wrong with the input is answered with 200 and `userErrors`; the texts of the
/// messages are from memory, the codes and fields are those that Shopify documents.
extension ShopifyShop {
  private typealias UserError = ShopifyReturns.UserError

  /// Longest `customerNote`, and longest `returnReasonNote`.
  private static let noteLimits = (customer: 300, reason: 255)

  func mutate(
    _ field: String, _ arguments: [String: JSONValue], _ view: ShopifyView
  ) throws(GraphQLError) -> GraphQLNode {
    guard view.scopes.contains("write_returns") else { throw .denied(field, scope: "write_returns") }
    let input = arguments["input"]
    let id = input?["id"]?.string ?? arguments["id"]?.string ?? ""
    let result: Result<ShopifyReturn, UserError>
    switch field {
    case "returnRequest":
      result = try opened(input, argument: "input") { (lines, order) throws(UserError) in
        try returnBook.request(lines, of: order)
      }
    case "returnCreate":
      result = try opened(arguments["returnInput"], argument: "returnInput") { (lines, order) throws(UserError) in
        try returnBook.create(lines, of: order)
      }
    case "returnApproveRequest":
      result = changed(input) { () throws(UserError) in try returnBook.approve(id) }
    case "returnDeclineRequest":
      result = changed(input) { () throws(UserError) in
        try returnBook.decline(
          id, reason: input?["declineReason"]?.string ?? "OTHER", note: input?["declineNote"]?.string)
      }
    case "returnClose": result = changed(nil) { () throws(UserError) in try returnBook.close(id) }
    case "returnReopen": result = changed(nil) { () throws(UserError) in try returnBook.reopen(id) }
    default: result = changed(nil) { () throws(UserError) in try returnBook.cancel(id) }
    }
    return payload(of: field, result, view)
  }

  private func payload(
    of field: String, _ result: Result<ShopifyReturn, UserError>, _ view: ShopifyView
  ) -> GraphQLNode {
    let type = field.prefix(1).uppercased() + field.dropFirst() + "Payload"
    switch result {
    case .success(let one): return .object(type, ["return": one.node(view), "userErrors": .list([])])
    case .failure(let error):
      let node = GraphQLNode.object(
        "ReturnUserError",
        [
          "code": .text(error.code), "field": .list(error.field.map { .text($0) }), "message": .text(error.message),
        ])
      return .object(type, ["return": .null, "userErrors": .list([node])])
    }
  }

  /// - Parameter input: of a mutation that has one: the path of its errors begins with it.
  private func changed(
    _ input: JSONValue?, _ act: () throws(UserError) -> ShopifyReturn
  ) -> Result<ShopifyReturn, UserError> {
    do throws(UserError) {
      return .success(try act())
    } catch {
      guard input != nil else { return .failure(error) }
      return .failure(UserError(code: error.code, field: ["input"] + error.field, message: error.message))
    }
  }

  private func opened(
    _ input: JSONValue?, argument: String,
    _ act: ([ShopifyReturn.Line], SimulatedOrder) throws(UserError) -> ShopifyReturn
  ) throws(GraphQLError) -> Result<ShopifyReturn, UserError> {
    let order = try order(input?["orderId"])
    do throws(UserError) {
      guard let order else {
        throw UserError(code: "NOT_FOUND", field: [argument, "orderId"], message: "Order does not exist.")
      }
      return .success(try act(lines(input?["returnLineItems"]?.array ?? [], of: order, argument), order))
    } catch {
      return .failure(error)
    }
  }

  private func lines(
    _ items: [JSONValue], of order: SimulatedOrder, _ argument: String
  ) throws(UserError) -> [ShopifyReturn.Line] {
    let path = [argument, "returnLineItems"]
    guard !items.isEmpty else {
      throw UserError(code: "BLANK", field: path, message: "Return line items can't be blank.")
    }
    var lines: [ShopifyReturn.Line] = []
    for (index, item) in items.enumerated() {
      lines.append(try line(item, of: order, path + ["\(index)"]))
    }
    return lines
  }

  private func line(
    _ item: JSONValue, of order: SimulatedOrder, _ path: [String]
  ) throws(UserError) -> ShopifyReturn.Line {
    func refusal(_ code: String, _ field: String, _ message: String) -> UserError {
      UserError(code: code, field: path + [field], message: message)
    }
    let id = item["fulfillmentLineItemId"]?.string ?? ""
    guard
      let index = order.items.indices.first(where: { order.fulfillmentLineGID($0) == id && order.items[$0].shipped > 0 }
      )
    else { throw refusal("NOT_FOUND", "fulfillmentLineItemId", "Fulfillment line item not found.") }
    let quantity = item["quantity"]?.integer ?? 0
    guard quantity > 0 else { throw refusal("GREATER_THAN", "quantity", "Quantity must be greater than 0.") }
    var reason = ShopifyReturnReason.unknown
    if let id = item["returnReasonDefinitionId"]?.string {
      guard let known = ShopifyReturnReason.library.first(where: { $0.gid == id }) else {
        throw refusal("NOT_FOUND", "returnReasonDefinitionId", "Return reason definition not found.")
      }
      reason = known
    } else if let word = item["returnReason"]?.string {
      reason = ShopifyReturnReason.library.first { $0.legacy == word } ?? .unknown
    }
    let (note, customerNote) = (item["returnReasonNote"]?.string ?? "", item["customerNote"]?.string)
    guard note.count <= Self.noteLimits.reason else {
      throw refusal("TOO_LONG", "returnReasonNote", "Return reason note is too long (maximum is 255 characters).")
    }
    guard customerNote?.count ?? 0 <= Self.noteLimits.customer else {
      throw refusal("TOO_LONG", "customerNote", "Customer note is too long (maximum is 300 characters).")
    }
    return .init(
      item: index, quantity: Int(min(quantity, 1_000_000)), reason: reason, reasonNote: note, customerNote: customerNote
    )
  }
}

extension GraphQLError {
  /// Words as in public reports; `Required access` is from memory.
  static func denied(_ field: String, scope: String) -> GraphQLError {
    let access =
      "`\(scope)` access scope or `\(scope.replacing("_returns", with: "_marketplace_returns"))` access scope."
    return GraphQLError(
      message: "Access denied for \(field) field. Required access: \(access)",
      extensions: [
        .init("code", "ACCESS_DENIED"), .init("documentation", "https://shopify.dev/api/usage/access-scopes"),
        .init("requiredAccess", .string(access)),
      ])
  }
}
