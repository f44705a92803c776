import Core

/// One return of the simulated shop.
struct ShopifyReturn: Sendable, Hashable {
  enum Status: String, Sendable {
    case requested = "REQUESTED"
    case open = "OPEN"
    case closed = "CLOSED"
    case declined = "DECLINED"
    case canceled = "CANCELED"
  }

  struct Line: Sendable, Hashable {
    var number: UInt64 = 0
    /// Which of the order's items.
    let item: Int
    let quantity: Int
    let reason: ShopifyReturnReason
    /// The merchant's side: what `returnCreate` was given.
    var reasonNote = ""
    /// The customer's side: what `returnRequest` was given.
    var customerNote: String?
  }

  struct Decline: Sendable, Hashable {
    /// `RETURN_PERIOD_ENDED`, `FINAL_SALE` or `OTHER`.
    let reason: String
    let note: String?
  }

  struct Refund: Sendable, Hashable {
    let number: UInt64
    let created: Timestamp
  }

  let number: UInt64
  let order: SimulatedOrder
  /// `ORD-839201-R1`: what a customer writes on the parcel.
  let name: String
  var status: Status
  var lines: [Line]
  let created: Timestamp
  var approved: Timestamp?
  var closed: Timestamp?
  var decline: Decline?
  /// Whether everything is back and was disposed of.
  var isReceived = false
  var refunds: [Refund] = []

  var gid: String { "gid://shopify/Return/\(number)" }

  /// Whether its items may not be in another return.
  var takesItems: Bool { status != .declined && status != .canceled }

  /// The price of what comes back.
  var total: Money {
    var total = Money(minorUnits: 0, currency: order.total.currency)
    for line in lines { total.minorUnits += order.items[line.item].price.minorUnits * Int64(line.quantity) }
    return total
  }
}

// MARK: - As the Admin API's GraphQL shows it

extension ShopifyReturn {
  func node(_ view: ShopifyView) -> GraphQLNode {
    .object(
      "Return",
      [
        "id": .text(gid), "name": .text(name), "status": .text(status.rawValue), "createdAt": .text(created.shopify),
        "requestApprovedAt": .text(approved?.shopify), "closedAt": .text(closed?.shopify),
        "totalQuantity": .number(lines.reduce(0) { $0 + $1.quantity }), "order": .later { order.node(view) },
        "decline": decline.map {
          .object("ReturnDecline", ["reason": .text($0.reason), "note": .text($0.note)])
        } ?? .null,
        "returnLineItems": .connection(of: "ReturnLineItemType", lines.map(lineNode)),
        "refunds": .connection(of: "Refund", refunds.map(refundNode)),
        "reverseFulfillmentOrders": .connection(of: "ReverseFulfillmentOrder", reverseNodes),
      ])
  }

  private func lineNode(_ line: Line) -> GraphQLNode {
    let refunded = refunds.isEmpty ? 0 : line.quantity
    return .object(
      "ReturnLineItem",
      [
        "id": .text("gid://shopify/ReturnLineItem/\(line.number)"), "quantity": .number(line.quantity),
        "returnReason": .text(line.reason.legacy), "returnReasonDefinition": line.reason.node,
        "returnReasonNote": .text(line.reasonNote), "customerNote": .text(line.customerNote),
        "refundedQuantity": .number(refunded), "refundableQuantity": .number(line.quantity - refunded),
        "fulfillmentLineItem": order.fulfillmentLine(line.item),
      ])
  }

  private func refundNode(_ refund: Refund) -> GraphQLNode {
    .object(
      "Refund",
      [
        "id": .text("gid://shopify/Refund/\(refund.number)"), "createdAt": .text(refund.created.shopify),
        "totalRefundedSet": .money(total),
      ])
  }

  /// The work of taking the parcel in: there is some once a return is approved.
  private var reverseNodes: [GraphQLNode] {
    guard approved != nil else { return [] }
    let state = status == .canceled ? "CANCELED" : isReceived ? "CLOSED" : "OPEN"
    return [
      .object(
        "ReverseFulfillmentOrder",
        ["id": .text("gid://shopify/ReverseFulfillmentOrder/\(number)"), "status": .text(state)])
    ]
  }
}

// MARK: - As webhooks show it

extension ShopifyReturn {
  /// The shape is that of apps which read these messages; the lower-case status and the shape of `decline` are from
  /// memory. Shopify's payloads differ by topic in what more they hold; what they share is the id and the order.
  var payload: JSONValue {
    var members: [JSONValue.Member] = [
      .init("id", .integer(number)), .init("admin_graphql_api_id", .string(gid)), .init("name", .string(name)),
      .init("status", .string(status.rawValue.lowercased())), .init("order", orderPayload),
      .init("total_return_line_items", .integer(lines.count)),
      .init("return_line_items", .array(lines.map(linePayload))),
    ]
    if let decline {
      members.append(
        .init("decline", ["reason": .string(decline.reason.lowercased()), "note": .text(decline.note)]))
    }
    return .object(members)
  }

  private var orderPayload: JSONValue {
    ["id": .integer(order.shopifyID), "admin_graphql_api_id": .string(order.shopifyGID)]
  }

  private func linePayload(_ line: Line) -> JSONValue {
    let (fulfilled, item) = (order.shopifyID(14, line.item), order.shopifyID(13, line.item))
    return [
      "id": .integer(line.number), "admin_graphql_api_id": .string("gid://shopify/ReturnLineItem/\(line.number)"),
      "fulfillment_line_item": [
        "id": .integer(fulfilled), "admin_graphql_api_id": .string("gid://shopify/FulfillmentLineItem/\(fulfilled)"),
        "line_item": [
          "id": .integer(item), "admin_graphql_api_id": .string("gid://shopify/LineItem/\(item)"),
        ],
      ],
      "quantity": .integer(line.quantity), "return_reason": .string(line.reason.legacy.lowercased()),
      "return_reason_note": .string(line.reasonNote), "customer_note": .text(line.customerNote),
    ]
  }

  /// The body of `refunds/create`. That it names the return is from memory.
  func payload(of refund: Refund) -> JSONValue {
    [
      "id": .integer(refund.number), "admin_graphql_api_id": .string("gid://shopify/Refund/\(refund.number)"),
      "order_id": .integer(order.shopifyID), "created_at": .string(refund.created.shopify),
      "return": ["id": .integer(number), "admin_graphql_api_id": .string(gid)],
      "refund_line_items": .array(
        lines.map { ["line_item_id": .integer(order.shopifyID(13, $0.item)), "quantity": .integer($0.quantity)] }),
    ]
  }
}
