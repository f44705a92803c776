import Core

/// The order as the legacy REST writes it.
extension SimulatedOrder {
  var restJSON: JSONValue {
    [
      "id": .integer(shopifyID), "admin_graphql_api_id": .string(shopifyGID), "name": .string(number),
      "number": .integer(serial), "order_number": .integer(serial), "confirmation_number": .string(confirmationNumber),
      "email": .string(customer.email), "phone": .string(customer.phone), "created_at": .string(placedAt.shopify),
      "processed_at": .string(placedAt.shopify), "updated_at": .string(updatedAt.shopify),
      "cancelled_at": .text(cancelledAt?.shopify), "cancel_reason": cancelledAt == nil ? .null : "customer",
      "closed_at": .text(closedAt?.shopify), "currency": .string(total.currency.code),
      "presentment_currency": .string(total.currency.code), "total_price": .string(total.decimal),
      "current_total_price": .string(total.decimal), "subtotal_price": .string(total.decimal),
      "total_outstanding": .string(outstanding.decimal), "total_price_set": .moneySet(total),
      "financial_status": .string(financialStatus.lowercased()), "fulfillment_status": restFulfillmentStatus,
      "payment_gateway_names": ["shopify_payments"], "test": false, "tags": "",
      "line_items": .array(items.indices.map { lineItemJSON($0) }), "fulfillments": .array(fulfillmentsJSON),
      "refunds": [], "customer": customerJSON, "shipping_address": addressJSON, "billing_address": addressJSON,
    ]
  }

  private var restFulfillmentStatus: JSONValue {
    switch fulfillmentStatus {
    case "FULFILLED": "fulfilled"
    case "PARTIALLY_FULFILLED": "partial"
    default: .null
    }
  }

  private func lineItemJSON(_ index: Int) -> JSONValue {
    let item = items[index]
    return [
      "id": .integer(shopifyID(13, index)), "title": .string(item.title), "name": .string(item.title),
      "sku": .string(item.sku), "quantity": .integer(item.quantity), "price": .string(item.price.decimal),
      "fulfillable_quantity": .integer(item.quantity - item.shipped),
      "fulfillment_status": item.shipped == 0 ? .null : item.shipped < item.quantity ? "partial" : "fulfilled",
      "requires_shipping": true, "price_set": .moneySet(item.price),
    ]
  }

  private var fulfillmentsJSON: [JSONValue] {
    guard hasFulfillment else { return [] }
    let lines = items.indices.filter { items[$0].shipped > 0 }.map { lineItemJSON($0) }
    return [
      [
        "id": .integer(shopifyID(4)), "order_id": .integer(shopifyID), "name": .string("\(number).1"),
        "status": "success", "shipment_status": .string(deliveryStatus.lowercased()),
        "created_at": .string(fulfilledAt.shopify), "updated_at": .string(updatedAt.shopify),
        "tracking_company": .text(tracking?.carrier), "tracking_number": .text(tracking?.number),
        "tracking_numbers": .array(tracking.map { [.string($0.number)] } ?? []), "tracking_url": .text(trackingURL),
        "tracking_urls": .array(trackingURL.map { [.string($0)] } ?? []), "line_items": .array(lines),
      ]
    ]
  }

  private var customerJSON: JSONValue {
    [
      "id": .integer(shopifyID(7, 1)), "email": .string(customer.email), "phone": .string(customer.phone),
      "first_name": .text(customer.firstName), "last_name": .string(customer.lastName),
    ]
  }

  private var addressJSON: JSONValue {
    [
      "name": .string(customer.name), "first_name": .text(customer.firstName), "last_name": .string(customer.lastName),
      "address1": "1 Sample Street", "city": .string(customer.city), "zip": .string(customer.postalCode),
      "phone": .string(customer.phone), "country_code": .string(customer.country),
    ]
  }
}

extension JSONValue {
  fileprivate static func moneySet(_ money: Money) -> JSONValue {
    let value: JSONValue = ["amount": .string(money.decimal), "currency_code": .string(money.currency.code)]
    return ["shop_money": value, "presentment_money": value]
  }
}
