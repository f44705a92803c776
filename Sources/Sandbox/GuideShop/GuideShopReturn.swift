import Core

/// A return at the guide's shop.
struct GuideShopReturn: Sendable, Hashable {
  struct Item: Sendable, Hashable {
    var sku: String
    var quantity: Int
    var reasonCode: String
  }

  enum Status: String, Sendable {
    case pending, authorized, received, refunded, closed, declined, cancelled
  }

  let id: String
  let request: GuideShopReturnRequest
  let created: Timestamp
  var status = Status.pending
  var rmaNumber: String?
  /// The merchant's, for declining.
  var reason: String?
  var updated: Timestamp
  var mutations = 1

  var json: JSONValue {
    [
      "return_request_id": .string(id), "order_id": .string(request.orderID), "status": .string(status.rawValue),
      "rma_number": .text(rmaNumber), "reason": .text(reason),
      "items": .array(
        request.items.map {
          ["sku": .string($0.sku), "quantity": .integer($0.quantity), "reason_code": .string($0.reasonCode)]
        }),
      "customer_reference": .text(request.customerReference),
      "notification_channel": .text(request.notificationChannel), "external_reference": .text(request.reference),
      "created_at": .string("\(created)"), "updated_at": .string("\(updated)"),
    ]
  }

  /// The body of its webhook.
  var event: JSONValue {
    [
      "type": "return.updated", "return_request_id": .string(id), "order_id": .string(request.orderID),
      "external_reference": .text(request.reference), "status": .string(status.rawValue),
      "occurred_at": .string("\(updated)"),
    ]
  }
}

extension ReturnAction {
  /// Where a return of the guide's shop is after it; nil when it does not begin at `status`.
  func result(from status: GuideShopReturn.Status) -> GuideShopReturn.Status? {
    switch (self, status) {
    case (.authorize, .pending): .authorized
    case (.decline, .pending): .declined
    case (.receive, .authorized): .received
    case (.refund, .received): .refunded
    case (.close, .authorized), (.close, .received), (.close, .refunded): .closed
    case (.cancel, .pending), (.cancel, .authorized): .cancelled
    default: nil
    }
  }
}
