import Core

@testable import Orders

extension Order {
  /// The guide's order, as the sandbox has it too.
  static let sample = Order(
    id: OrderID(rawValue: "ORD-839201"), status: .shipped, fulfillmentDate: CalendarDate("2026-11-20"),
    total: Money(minorUnits: 12_990, currency: .euro),
    items: [Order.Item(sku: "SKU-12345", quantity: 1, title: "Rain jacket")],
    tracking: Order.Tracking(carrier: "DHL", number: "00340434161094042557"), returnEligible: true,
    returnEligibleUntil: CalendarDate("2026-12-20"),
    ownership: Order.Ownership(phoneNumbers: ["+49 30 1234567"], postalCodes: ["10115"]))

  func with(_ change: (inout Order) -> Void) -> Order {
    var order = self
    change(&order)
    return order
  }
}

extension Currency {
  static let euro = Currency("EUR")!
}
