import Core

/// A return as it is asked for at a platform.
package struct ReturnSubmission: Sendable, Hashable {
  /// Ours, `ret_…`. Stored with the return at the platform, so that it can be found again after a lost answer.
  package var reference: String
  package var orderID: OrderID
  package var items: [Item]
  /// The conversation or call in which it was asked for, as the guide's `customer_reference`.
  package var customerReference: String
  /// `email`, `sms` or `none`, as the guide's `notification_channel`.
  package var notificationChannel: String

  package struct Item: Sendable, Hashable {
    package var sku: String
    package var quantity: Int
    /// Ours, such as `DEFECTIVE`.
    package var reasonCode: String
    /// What the platform calls that reason (`returns.reasons` maps it), such as the handle of a Shopify return reason
    /// definition or the id of an Adobe Commerce attribute option; nil where the platform takes our code.
    package var platformReason: String?

    package init(sku: String, quantity: Int, reasonCode: String, platformReason: String? = nil) {
      self.sku = sku
      self.quantity = quantity
      self.reasonCode = reasonCode
      self.platformReason = platformReason
    }
  }

  package init(
    reference: String, orderID: OrderID, items: [Item], customerReference: String, notificationChannel: String
  ) {
    self.reference = reference
    self.orderID = orderID
    self.items = items
    self.customerReference = customerReference
    self.notificationChannel = notificationChannel
  }
}

/// What of an order can still be returned, as the platform says.
package struct ReturnableOrder: Sendable, Hashable {
  package var orderID: OrderID
  /// False for an order that allows no return at all.
  package var isEligible: Bool
  /// The last day on which a return may be asked for, when the platform says.
  package var until: CalendarDate?
  /// One for each SKU of the order.
  package var lines: [Line]

  package struct Line: Sendable, Hashable {
    package var sku: String
    package var bought: Int
    /// What open and finished returns have taken already; declined and cancelled ones do not count.
    package var returned: Int

    package init(sku: String, bought: Int, returned: Int) {
      self.sku = sku
      self.bought = bought
      self.returned = returned
    }
  }

  package init(orderID: OrderID, isEligible: Bool, until: CalendarDate?, lines: [Line]) {
    self.orderID = orderID
    self.isEligible = isEligible
    self.until = until
    self.lines = lines
  }
}

/// A return as its platform knows it.
package struct PlatformReturn: Sendable, Hashable {
  /// The platform's id, by which it can be read again.
  package var id: String
  /// What the customer writes on the parcel; nil as long as there is none.
  package var rmaNumber: String?
  package var state: State

  package enum State: Sendable, Hashable {
    /// The merchant has not decided.
    case submitted
    case authorized
    case received
    case refunded
    case closed
    /// - Parameter reason: the platform's code or a short text, without personal data.
    case declined(reason: String)
    case cancelled
  }

  package init(id: String, rmaNumber: String?, state: State) {
    self.id = id
    self.rmaNumber = rmaNumber
    self.state = state
  }
}

/// What a message of a platform is about. Never what it claims: the object is read again.
package struct ReturnHint: Sendable, Hashable {
  /// The platform's id of the return (`PlatformReturn.id`).
  package var platformID: String?
  /// Our reference, where the message carries it.
  package var reference: String?
  /// The order, where the message carries its number.
  package var orderID: OrderID?

  package init(platformID: String? = nil, reference: String? = nil, orderID: OrderID? = nil) {
    self.platformID = platformID
    self.reference = reference
    self.orderID = orderID
  }
}
