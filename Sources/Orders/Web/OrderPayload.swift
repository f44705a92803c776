import Core

/// What is answered of an order, member by member: a platform's answer never passes through.
struct OrderPayload: Sendable {
  let copy: OrderCopy
  let freshness: Freshness
  let language: SpokenLanguage

  var json: JSONValue {
    let order = copy.order
    let speech = OrderSpeech(order: order, asOf: copy.fetchedAt, isStale: freshness == .stale)
    return .object([
      .init("order_id", .string(order.id.rawValue)),
      .init("order_status", .string(order.status.rawValue)),
      .init("fulfillment_date", order.fulfillmentDate.map { .string($0.description) } ?? .null),
      .init("total_amount", ["value": .string(order.total.decimal), "currency": .string(order.total.currency.code)]),
      .init("items", .array(order.items.map(Self.item))),
      .init("tracking", order.tracking.map(Self.tracking) ?? .null),
      .init("return_eligible", .bool(order.returnEligible)),
      .init("return_eligible_until", order.returnEligibleUntil.map { .string($0.description) } ?? .null),
      .init("freshness", .string(freshness.rawValue)),
      .init("as_of", .string(copy.fetchedAt.description)),
      .init("speech", .string(speech.sentence(in: language))),
    ])
  }

  private static func item(_ item: Order.Item) -> JSONValue {
    ["sku": .string(item.sku), "quantity": .integer(item.quantity), "title": .string(item.title)]
  }

  private static func tracking(_ tracking: Order.Tracking) -> JSONValue {
    ["carrier": .string(tracking.carrier), "number": .string(tracking.number)]
  }
}
