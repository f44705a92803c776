import Core

/// What `POST /returns` asks for: the guide's body (section 3), and `external_reference`, by which the client finds it
/// again.
struct GuideShopReturnRequest: Sendable, Hashable {
  var orderID: String
  var items: [GuideShopReturn.Item]
  var customerReference: String?
  var notificationChannel: String?
  var reference: String?

  /// Nil for a body that is not of this form.
  init?(_ body: [UInt8]) {
    guard let json = try? JSONValue(parsing: body), let orderID = json["order_id"]?.string,
      let list = json["items"]?.array, !list.isEmpty
    else { return nil }
    items = []
    for item in list {
      guard let sku = item["sku"]?.string, let quantity = item["quantity"]?.integer, (1...1_000).contains(quantity),
        let reason = item["reason_code"]?.string
      else { return nil }
      items.append(.init(sku: sku, quantity: Int(quantity), reasonCode: reason))
    }
    self.orderID = orderID
    customerReference = json["customer_reference"]?.string
    notificationChannel = json["notification_channel"]?.string
    reference = json["external_reference"]?.string
  }
}

/// Why the guide's shop takes no return. The guide names none of these: the codes are this shop's, and 409 says that the
/// order stands against it, 422 that the request does.
enum GuideShopRefusal: String, Error, Sendable, CaseIterable {
  case orderNotFound = "order_not_found"
  case notEligible = "not_eligible"
  case windowPassed = "window_passed"
  case skuNotInOrder = "sku_not_in_order"
  case quantityExceeded = "quantity_exceeded"
  case unknownReason = "unknown_reason"
  case keyReused = "idempotency_key_reused"

  static let reasons: Set<String> = [
    "DAMAGED", "DEFECTIVE", "NOT_AS_DESCRIBED", "OTHER", "TOO_LARGE", "TOO_SMALL", "UNWANTED", "WRONG_ITEM",
  ]

  var status: Int {
    switch self {
    case .orderNotFound: 404
    case .notEligible, .windowPassed: 409
    case .skuNotInOrder, .quantityExceeded, .unknownReason, .keyReused: 422
    }
  }

  var message: String {
    switch self {
    case .orderNotFound: "There is no such order."
    case .notEligible: "This order allows no return."
    case .windowPassed: "The last day for a return has passed."
    case .skuNotInOrder: "The order has no such item."
    case .quantityExceeded: "More than was bought and has not been returned."
    case .unknownReason: "Known reasons: \(Self.reasons.sorted().joined(separator: ", "))."
    case .keyReused: "This Idempotency-Key came with another body."
    }
  }
}
