import Core

/// The order as commercetools writes it.
extension SimulatedOrder {
  var commercetoolsID: String { Self.uuid("8000", serial.padded(to: 12)) }

  func commercetoolsLineID(_ index: Int) -> String {
    Self.uuid("9000", serial.padded(to: 9) + UInt64(index + 1).padded(to: 3))
  }

  private static func uuid(_ kind: String, _ digits: String) -> String { "00000000-0000-4000-\(kind)-\(digits)" }

  fileprivate var commercetoolsStates: (order: String, shipment: String, payment: String) {
    switch status {
    case .pending: ("Open", "Pending", "Pending")
    case .processing: ("Confirmed", "Ready", "Paid")
    case .onHold: ("Open", "Backorder", "Pending")
    case .partiallyShipped: ("Confirmed", "Partial", "Paid")
    case .shipped, .outForDelivery: ("Confirmed", "Shipped", "Paid")
    case .delivered, .returned: ("Complete", "Delivered", "Paid")
    case .cancelled: ("Cancelled", "Canceled", "CreditOwed")
    }
  }

  /// One for all that has left.
  fileprivate var commercetoolsDeliveries: JSONValue {
    guard hasFulfillment else { return [] }
    var parcel: [JSONValue.Member] = [
      .init("id", .string("parcel-\(serial)")), .init("createdAt", .string("\(fulfilledAt)")),
    ]
    if let tracking {
      parcel.append(
        .init(
          "trackingData",
          ["trackingId": .string(tracking.number), "carrier": .string(tracking.carrier), "isReturn": false]))
    }
    return [
      [
        "id": .string("delivery-\(serial)"), "createdAt": .string("\(fulfilledAt)"),
        "items": .array(
          items.indices.filter { items[$0].shipped > 0 }.map {
            ["id": .string(commercetoolsLineID($0)), "quantity": .integer(items[$0].shipped)]
          }),
        "parcels": [.object(parcel)],
      ]
    ]
  }

  /// Of an order that came back before the world began.
  fileprivate var commercetoolsOldReturns: [CommercetoolsOrderState.ReturnInfo] {
    guard status == .returned else { return [] }
    return [
      CommercetoolsOrderState.ReturnInfo(
        trackingID: nil, date: updatedAt,
        items: items.indices.map { index in
          CommercetoolsOrderState.Item(
            id: Self.uuid("a000", serial.padded(to: 9) + UInt64(index + 1).padded(to: 3)),
            lineID: commercetoolsLineID(index), quantity: Int64(items[index].quantity), comment: nil,
            shipmentState: "BackInStock", paymentState: "Refunded", created: updatedAt, modified: updatedAt)
        })
    ]
  }
}

extension CommercetoolsProject {
  /// Beside what a caller may hear it carries what must end with whoever reads it: names, an address, a mail address.
  func orderJSON(_ order: SimulatedOrder, _ held: CommercetoolsOrderState) -> JSONValue {
    let states = order.commercetoolsStates
    let returns = order.commercetoolsOldReturns + held.returns.filter { !$0.isRemoved }
    return [
      "type": "Order", "id": .string(order.commercetoolsID), "version": .integer(held.version),
      "createdAt": .string("\(order.placedAt)"), "lastModifiedAt": .string("\(order.updatedAt)"),
      "orderNumber": .string(order.number), "customerEmail": .string(order.customer.email),
      "orderState": .string(states.order), "shipmentState": .string(states.shipment),
      "paymentState": .string(states.payment), "totalPrice": money(order.total),
      "lineItems": .array(order.items.indices.map { line(of: order, $0) }), "customLineItems": [],
      "shippingInfo": ["shippingMethodName": "Standard", "deliveries": order.commercetoolsDeliveries],
      "shippingAddress": address(of: order), "billingAddress": address(of: order),
      "returnInfo": .array(returns.map(\.json)), "syncInfo": [], "origin": "Customer",
    ]
  }

  private func line(of order: SimulatedOrder, _ index: Int) -> JSONValue {
    let item = order.items[index]
    return [
      "id": .string(order.commercetoolsLineID(index)), "name": ["en": .string(item.title)],
      "variant": ["id": 1, "sku": .string(item.sku)], "quantity": .integer(item.quantity),
      "price": ["value": money(item.price)], "lineItemMode": "Standard",
      "state": [["quantity": .integer(item.quantity)]],
    ]
  }

  private func money(_ money: Money) -> JSONValue {
    [
      "type": "centPrecision", "currencyCode": .string(money.currency.code), "centAmount": .integer(money.minorUnits),
      "fractionDigits": .integer(money.currency.fractionDigits),
    ]
  }

  private func address(of order: SimulatedOrder) -> JSONValue {
    [
      "firstName": .text(order.customer.firstName), "lastName": .string(order.customer.lastName),
      "streetName": "Sample Street", "streetNumber": "1", "city": .string(order.customer.city),
      "postalCode": .string(order.customer.postalCode), "country": .string(order.customer.country),
      "phone": .string(order.customer.phone), "email": .string(order.customer.email),
    ]
  }
}
