import Core

/// The order as Adobe Commerce writes it.
extension SimulatedOrder {
  var adobeCommerceID: UInt64 { serial }

  /// The first line is a configurable product, so that its simple product follows as a line of its own.
  func adobeCommerceLineID(_ index: Int) -> UInt64 { serial * 100 + UInt64(index + 1) }

  var adobeCommerceShipment: JSONValue? {
    guard hasFulfillment else { return Optional.none }
    let shipped = items.indices.filter { items[$0].shipped > 0 }
    return [
      "entity_id": .integer(serial * 10 + 1), "increment_id": .string("3\(serial)"),
      "order_id": .integer(adobeCommerceID), "store_id": 1, "created_at": .string(fulfilledAt.adobeCommerce),
      "items": .array(
        shipped.map {
          [
            "order_item_id": .integer(adobeCommerceLineID($0)), "sku": .string(items[$0].sku),
            "qty": .integer(items[$0].shipped),
          ]
        }),
      "tracks": .array(
        tracking.map {
          [
            [
              "entity_id": .integer(serial * 10 + 2), "order_id": .integer(adobeCommerceID),
              "track_number": .string($0.number), "title": .string($0.carrier), "carrier_code": "custom",
            ]
          ]
        } ?? []),
    ]
  }

  /// `state`, which is the product's, and `status`, which is the shop's.
  fileprivate var adobeCommerceState: (state: String, status: String) {
    switch status {
    case .pending: ("new", "pending")
    case .processing, .partiallyShipped: ("processing", "processing")
    case .shipped: ("complete", "complete")
    case .outForDelivery: ("complete", "out_for_delivery")
    case .delivered: ("complete", "delivered")
    case .onHold: ("holded", "holded")
    case .cancelled: ("canceled", "canceled")
    case .returned: ("closed", "closed")
    }
  }
}

extension AdobeCommerceShop {
  /// Beside what a caller may hear it carries what must end with whoever reads it: parts of a card, an address, an IP.
  func orderJSON(_ order: SimulatedOrder, _ returns: AdobeCommerceReturns) -> JSONValue {
    let refunded = order.items.indices.map {
      order.status == .returned ? order.items[$0].quantity : returns.refunded(order.adobeCommerceLineID($0))
    }
    let isGivenBack = zip(order.items, refunded).allSatisfy { $0.quantity <= $1 }
    let (state, status) = isGivenBack ? ("closed", "closed") : order.adobeCommerceState
    let address = address(of: order)
    return [
      "entity_id": .integer(order.adobeCommerceID), "increment_id": .string(order.number), "store_id": 1,
      "state": .string(state), "status": .string(status), "created_at": .string(order.placedAt.adobeCommerce),
      "updated_at": .string(order.updatedAt.adobeCommerce), "order_currency_code": .string(order.total.currency.code),
      "base_currency_code": .string(order.total.currency.code), "grand_total": .number(order.total.plainDecimal),
      "total_paid": order.status == .pending ? .null : .number(order.total.plainDecimal),
      "total_refunded": order.status == .returned ? .number(order.total.plainDecimal) : .null,
      "customer_email": .string(order.customer.email), "customer_is_guest": 1, "is_virtual": 0,
      "remote_ip": "203.0.113.7",
      "items": .array(
        order.items.indices.flatMap { lines(of: order, $0, refunded: refunded[$0], returns) }),
      "billing_address": address,
      "payment": [
        "method": "adyen_cc", "cc_last4": "1111", "cc_type": "VI", "additional_information": ["411111", "tok_411111"],
      ],
      "extension_attributes": [
        "shipping_assignments": [
          ["shipping": ["address": address, "method": "flatrate_flatrate"], "items": []]
        ]
      ],
    ]
  }

  private func lines(
    of order: SimulatedOrder, _ index: Int, refunded: Int, _ returns: AdobeCommerceReturns
  ) -> [JSONValue] {
    let item = order.items[index]
    let id = order.adobeCommerceLineID(index)
    func line(_ id: UInt64, _ type: String, _ members: [JSONValue.Member]) -> JSONValue {
      .object(
        [
          .init("item_id", .integer(id)), .init("order_id", .integer(order.adobeCommerceID)),
          .init("product_type", .string(type)), .init("sku", .string(item.sku)), .init("name", .string(item.title)),
          .init("qty_ordered", .integer(item.quantity)),
        ] + members)
    }
    let bought = line(
      id, index == 0 ? "configurable" : "simple",
      [
        .init("price", .number(item.price.plainDecimal)), .init("qty_shipped", .integer(item.shipped)),
        .init("qty_returned", .integer(returns.approved(id))), .init("qty_refunded", .integer(refunded)),
        .init("qty_canceled", .integer(order.status == .cancelled ? item.quantity : 0)),
      ])
    guard index == 0 else { return [bought] }
    let part = line(
      id + 50, "simple", [.init("price", 0), .init("qty_shipped", 0), .init("parent_item_id", .integer(id))])
    return [bought, part]
  }

  private func address(of order: SimulatedOrder) -> JSONValue {
    [
      "firstname": .text(order.customer.firstName), "lastname": .string(order.customer.lastName),
      "street": ["1 Sample Street"], "city": .string(order.customer.city),
      "postcode": .string(order.customer.postalCode), "country_id": .string(order.customer.country),
      "telephone": .string(order.customer.phone), "email": .string(order.customer.email),
    ]
  }
}

extension Timestamp {
  /// `2026-11-20 09:00:00`, in UTC.
  var adobeCommerce: String {
    String(description.prefix(19).map { $0 == "T" ? " " : $0 })
  }
}

extension Money {
  /// As PHP writes a number: without zeros at its end.
  fileprivate var plainDecimal: String {
    guard currency.fractionDigits > 0 else { return decimal }
    var text = Substring(decimal)
    while text.hasSuffix("0") { text = text.dropLast() }
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }
}
