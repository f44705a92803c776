import Core

/// What Ringback knows of an order: all that a caller may hear, and what proves who the caller is. A connector fills it
/// from the platform's answer; nothing else of that answer is kept.
package struct Order: Sendable, Hashable, Codable {
  package var id: OrderID
  package var status: OrderStatus
  /// When it was, or will be, handed to the carrier; nil while the shop does not know.
  package var fulfillmentDate: CalendarDate?
  package var total: Money
  package var items: [Item]
  package var tracking: Tracking?
  package var returnEligible: Bool
  /// The last day on which a return may be asked for, when the platform says.
  package var returnEligibleUntil: CalendarDate?
  /// Compared with what the caller gives; never answered, logged or put into a contact-centre attribute.
  package var ownership: Ownership

  package struct Item: Sendable, Hashable, Codable {
    package var sku: String
    package var quantity: Int
    package var title: String

    package init(sku: String, quantity: Int, title: String) {
      self.sku = sku
      self.quantity = quantity
      self.title = title
    }
  }

  package struct Tracking: Sendable, Hashable, Codable {
    package var carrier: String
    package var number: String

    package init(carrier: String, number: String) {
      self.carrier = carrier
      self.number = number
    }
  }

  package struct Ownership: Sendable, Hashable, Codable {
    package var phoneNumbers: [String]
    package var postalCodes: [String]

    package init(phoneNumbers: [String] = [], postalCodes: [String] = []) {
      self.phoneNumbers = phoneNumbers
      self.postalCodes = postalCodes
    }
  }

  package init(
    id: OrderID, status: OrderStatus, fulfillmentDate: CalendarDate?, total: Money, items: [Item], tracking: Tracking?,
    returnEligible: Bool, returnEligibleUntil: CalendarDate?, ownership: Ownership
  ) {
    self.id = id
    self.status = status
    self.fulfillmentDate = fulfillmentDate
    self.total = total
    self.items = items
    self.tracking = tracking
    self.returnEligible = returnEligible
    self.returnEligibleUntil = returnEligibleUntil
    self.ownership = ownership
  }
}

/// Where an order stands, in words that hold for every platform. The raw value is what the API answers.
package enum OrderStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case pending
  case processing
  case onHold = "on_hold"
  case partiallyShipped = "partially_shipped"
  case shipped
  case outForDelivery = "out_for_delivery"
  case delivered
  case cancelled
  case returned
}
