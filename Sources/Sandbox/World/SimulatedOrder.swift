import Core

/// One order of the simulated world: what the guide's shop and Shopify both answer from, each in its own shape.
package struct SimulatedOrder: Sendable, Hashable {
  /// The status in the words of the guide's shop; Shopify's two status fields are derived from it.
  package enum Status: String, Sendable, Hashable, CaseIterable {
    case pending, processing, shipped, delivered, cancelled, returned
    case onHold = "on_hold"
    case partiallyShipped = "partially_shipped"
    case outForDelivery = "out_for_delivery"
  }

  package struct Item: Sendable, Hashable {
    package var sku: String
    package var title: String
    package var quantity: Int
    /// How many of `quantity` have left the warehouse.
    package var shipped: Int
    package var price: Money
  }

  package struct Tracking: Sendable, Hashable {
    package var carrier: String
    package var number: String
  }

  package struct Customer: Sendable, Hashable {
    package var name: String
    package var email: String
    /// E.164.
    package var phone: String
    package var postalCode: String
    package var city: String
    /// ISO 3166-1, two letters.
    package var country: String
  }

  /// The number that customers know, such as `ORD-839201`: the guide's order id and Shopify's order name alike (a
  /// Shopify shop sets its own prefix, so `ORD-839201` is a name as good as `#1001`).
  package var number: String
  package var status: Status
  package var placedAt: Timestamp
  package var fulfillmentDate: CalendarDate?
  package var items: [Item]
  package var tracking: Tracking?
  package var returnEligible: Bool
  package var returnEligibleUntil: CalendarDate?
  package var customer: Customer

  /// The price of everything ordered. All items are priced in one currency.
  package var total: Money {
    var total = Money(minorUnits: 0, currency: items[0].price.currency)
    for item in items { total.minorUnits += item.price.minorUnits * Int64(item.quantity) }
    return total
  }

  /// The digits of `number` as a number: Shopify's ids are numeric, and derived from it so that they are stable.
  var serial: UInt64 {
    number.utf8.reduce(0) { $1.isDecimalDigit ? ($0 &* 10 &+ UInt64($1 - UInt8(ascii: "0"))) % 1_000_000_000 : $0 }
  }
}
