import Core

extension SimulatedOrder {
  /// What the guide's shop answers. Beside what a caller may hear it carries what the guide warns of (section 4): a
  /// card token, parts of a card number and fraud signals, which must end with whoever reads this.
  var guideShopJSON: JSONValue {
    [
      "order_id": .string(number), "order_status": .string(status.rawValue), "fulfillment_date": .text(fulfillmentDate),
      "total_amount": .string(total.decimal), "currency": .string(total.currency.code),
      "items": .array(
        items.map { ["sku": .string($0.sku), "quantity": .integer($0.quantity), "title": .string($0.title)] }),
      "tracking": tracking.map { ["carrier": .string($0.carrier), "number": .string($0.number)] } ?? .null,
      "return_eligible": .bool(returnEligible), "return_eligible_until": .text(returnEligibleUntil),
      "customer": [
        "name": .string(customer.name), "email": .string(customer.email), "phone": .string(customer.phone),
        "postal_code": .string(customer.postalCode),
      ],
      "metadata": [
        "payment": [
          "card_token": .string("tok_411111******\(lastFour)"), "card_number": .string("4111 11** **** \(lastFour)"),
          "card_bin": "411111", "card_last4": .string(lastFour),
        ],
        "fraud": ["score": .integer(serial % 100), "device_fingerprint": .string("fp-\(serial)"), "ip": "203.0.113.7"],
      ],
    ]
  }

  private var lastFour: String { (serial % 10_000).padded(to: 4) }
}
