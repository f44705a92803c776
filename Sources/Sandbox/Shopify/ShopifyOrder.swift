import Core

/// What both of Shopify's faces say of an order, derived from the world's order.
extension SimulatedOrder {
  var shopifyID: UInt64 { 5_000_000_000_000 + serial }
  var shopifyGID: String { "gid://shopify/Order/\(shopifyID)" }

  /// Ids of what belongs to the order: `kind` keeps them apart, as Shopify's are unique across all.
  func shopifyID(_ kind: UInt64, _ index: Int = 0) -> UInt64 { kind * 1_000_000_000_000 + serial * 100 + UInt64(index) }

  var confirmationNumber: String {
    let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return String((0..<9).map { letters[Int((serial &* 2_654_435_761 >> UInt64($0 * 3)) % 32)] })
  }

  /// `displayFinancialStatus`.
  var financialStatus: String {
    switch status {
    case .pending: "PENDING"
    case .cancelled: "VOIDED"
    case .returned: "REFUNDED"
    default: "PAID"
    }
  }

  /// `displayFulfillmentStatus`.
  var fulfillmentStatus: String {
    switch status {
    case .pending, .cancelled: "UNFULFILLED"
    case .processing: "IN_PROGRESS"
    case .onHold: "ON_HOLD"
    case .partiallyShipped: "PARTIALLY_FULFILLED"
    case .shipped, .outForDelivery, .delivered, .returned: "FULFILLED"
    }
  }

  /// `Fulfillment.displayStatus` of what has left.
  var deliveryStatus: String {
    switch status {
    case .outForDelivery: "OUT_FOR_DELIVERY"
    case .delivered, .returned: "DELIVERED"
    default: "IN_TRANSIT"
    }
  }

  var hasFulfillment: Bool { items.contains { $0.shipped > 0 } }

  /// When the first parcel left: the fulfilment date at nine, as the world knows days only.
  var fulfilledAt: Timestamp {
    fulfillmentDate.map { Timestamp(seconds: $0.daysSince1970 * 86_400 + 32_400) } ?? placedAt
  }

  var deliveredAt: Timestamp? { deliveryStatus == "DELIVERED" ? fulfilledAt + .seconds(2 * 86_400) : nil }

  var cancelledAt: Timestamp? { status == .cancelled ? placedAt + .seconds(3_600) : nil }

  var updatedAt: Timestamp {
    [deliveredAt, cancelledAt, hasFulfillment ? fulfilledAt : nil].compactMap { $0 }.max() ?? placedAt
  }

  /// Whether the order is archived: Shopify does so once nothing is left to do.
  var closedAt: Timestamp? { status == .delivered || status == .returned ? updatedAt : nil }

  /// What was paid back: all of a returned order.
  var refunded: Money { Money(minorUnits: status == .returned ? total.minorUnits : 0, currency: total.currency) }

  var outstanding: Money { Money(minorUnits: status == .pending ? total.minorUnits : 0, currency: total.currency) }

  var trackingURL: String? { tracking.map { "https://tracking.example/\($0.carrier.lowercased())/\($0.number)" } }
}

extension Timestamp {
  /// Shopify's GraphQL writes times without a fraction.
  var shopify: String { String(description.dropLast(5)) + "Z" }
}

extension Money {
  /// Shopify's `Decimal`: no zeros at the end but one digit behind the point, so that 4960 of JPY is `4960.0`.
  var shopifyDecimal: String {
    guard currency.fractionDigits > 0 else { return decimal + ".0" }
    var text = Substring(decimal)
    while text.hasSuffix("0"), !text.hasSuffix(".0") { text = text.dropLast() }
    return String(text)
  }
}
