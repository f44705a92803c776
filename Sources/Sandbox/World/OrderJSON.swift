import Core

extension SimulatedOrder {
  /// The form that `GET /_orders` shows and that an orders file is written in.
  var json: JSONValue {
    let currency = total.currency.code
    return [
      "number": .string(number), "status": .string(status.rawValue), "placed_at": .string("\(placedAt)"),
      "fulfillment_date": .text(fulfillmentDate), "currency": .string(currency), "total_amount": .string(total.decimal),
      "items": .array(
        items.map {
          [
            "sku": .string($0.sku), "title": .string($0.title), "quantity": .integer($0.quantity),
            "shipped": .integer($0.shipped), "price": .string($0.price.decimal),
          ]
        }),
      "tracking": tracking.map { ["carrier": .string($0.carrier), "number": .string($0.number)] } ?? .null,
      "return_eligible": .bool(returnEligible), "return_eligible_until": .text(returnEligibleUntil),
      "customer": [
        "name": .string(customer.name), "email": .string(customer.email), "phone": .string(customer.phone),
        "postal_code": .string(customer.postalCode), "city": .string(customer.city),
        "country": .string(customer.country),
      ],
    ]
  }
}

extension JSONValue {
  /// A value by its description; null for none.
  static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
    value.map { .string($0.description) } ?? .null
  }
}
