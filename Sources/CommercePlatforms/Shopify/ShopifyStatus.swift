import Core
import Orders

/// Where an order stands, from the five fields that Shopify spreads it over.
struct ShopifyStatus {
  let isCancelled: Bool
  /// `displayFulfillmentStatus`.
  let fulfillment: String?
  /// `displayFinancialStatus`.
  let financial: String?
  /// `returnStatus`.
  let returns: String?
  /// `displayStatus` of each parcel.
  let parcels: [String?]

  func orderStatus() throws(UnreadableAnswer) -> OrderStatus {
    if isCancelled { return .cancelled }
    // Shopify says RETURNED when some items came back; the order has when all of its money did.
    if returns == "RETURNED", financial == "REFUNDED" { return .returned }
    switch fulfillment {
    case "UNFULFILLED": return try unfulfilled()
    case "PENDING_FULFILLMENT", "OPEN", "IN_PROGRESS", "SCHEDULED", "REQUEST_DECLINED": return .processing
    case "ON_HOLD": return .onHold
    case "PARTIALLY_FULFILLED": return .partiallyShipped
    case "FULFILLED": return try onTheWay()
    // Everything is back on the shelf: after money was given back it had been out, otherwise it never left.
    case "RESTOCKED": return financial == "REFUNDED" || financial == "PARTIALLY_REFUNDED" ? .returned : .cancelled
    default: throw UnreadableAnswer("order.displayFulfillmentStatus")
    }
  }

  /// Nothing was packed: the money says whether anything will be.
  private func unfulfilled() throws(UnreadableAnswer) -> OrderStatus {
    switch financial {
    case "PENDING", "PARTIALLY_PAID", "EXPIRED": .pending
    case "AUTHORIZED", "PAID", "PARTIALLY_REFUNDED", nil: .processing
    case "VOIDED", "REFUNDED": .cancelled
    default: throw UnreadableAnswer("order.displayFinancialStatus")
    }
  }

  /// Of several parcels the one that is furthest behind.
  private func onTheWay() throws(UnreadableAnswer) -> OrderStatus {
    let order: [OrderStatus] = [.processing, .shipped, .outForDelivery, .delivered]
    var behind = OrderStatus.delivered
    for parcel in parcels {
      let status = try Self.status(ofParcel: parcel)
      if order.firstIndex(of: status) ?? 0 < order.firstIndex(of: behind) ?? 0 { behind = status }
    }
    return parcels.isEmpty ? .shipped : behind
  }

  static func status(ofParcel displayStatus: String?) throws(UnreadableAnswer) -> OrderStatus {
    switch displayStatus {
    case "DELIVERED", "PICKED_UP": .delivered
    case "OUT_FOR_DELIVERY", "ATTEMPTED_DELIVERY": .outForDelivery
    // The shop calls it fulfilled, but no carrier has it yet.
    case "SUBMITTED", "CONFIRMED", "LABEL_PURCHASED", "LABEL_PRINTED", "LABEL_VOIDED", "CANCELED": .processing
    case "FULFILLED", "MARKED_AS_FULFILLED", "CARRIER_PICKED_UP", "IN_TRANSIT", "DELAYED", "READY_FOR_PICKUP",
      "NOT_DELIVERED", "FAILURE", nil:
      .shipped
    default: throw UnreadableAnswer("order.fulfillments.displayStatus")
    }
  }
}
