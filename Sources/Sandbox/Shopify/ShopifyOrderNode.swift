import Core

/// The order as the Admin API's GraphQL shows it.
extension SimulatedOrder {
  func node(_ view: ShopifyView) -> GraphQLNode {
    let returns = view.returns.returns(of: self)
    return .object(
      "Order",
      [
        "id": .text(shopifyGID), "legacyResourceId": .text("\(shopifyID)"), "name": .text(number),
        "number": .number(serial), "confirmationNumber": .text(confirmationNumber), "email": .text(customer.email),
        "phone": .text(customer.phone), "createdAt": .text(placedAt.shopify), "processedAt": .text(placedAt.shopify),
        "updatedAt": .text(updatedAt.shopify), "cancelledAt": .text(cancelledAt?.shopify),
        "cancelReason": cancelledAt == nil ? .null : .text("CUSTOMER"), "closed": .bool(closedAt != nil),
        "closedAt": .text(closedAt?.shopify), "test": .bool(false), "currencyCode": .text(total.currency.code),
        "presentmentCurrencyCode": .text(total.currency.code), "tags": .list([]),
        "statusPageUrl": .text("https://ringback-sandbox.myshopify.com/orders/\(serial)"),
        "displayFinancialStatus": .text(financialStatus), "displayFulfillmentStatus": .text(fulfillmentStatus),
        "returnStatus": .text(Self.returnStatus(returns)), "totalPriceSet": .money(total),
        "currentTotalPriceSet": .money(total),
        "subtotalPriceSet": .money(total), "totalOutstandingSet": .money(outstanding),
        "totalRefundedSet": .money(refunded), "customer": customerNode, "shippingAddress": address(31),
        "billingAddress": address(32), "lineItems": .connection(of: "LineItem", items.indices.map(lineItem)),
        "fulfillments": .list(fulfillmentNodes(view)), "transactions": .list([transaction]),
        "returns": view.mayReadReturns
          ? .connection(of: "Return", returns.map { $0.node(view) })
          : .failure(.denied("returns", scope: "read_returns")),
      ])
  }

  /// `returnStatus` of an order, from its returns.
  private static func returnStatus(_ returns: [ShopifyReturn]) -> String {
    if returns.contains(where: { $0.status == .open && !$0.isReceived }) { return "IN_PROGRESS" }
    if returns.contains(where: { $0.status == .open }) { return "INSPECTION_COMPLETE" }
    if returns.contains(where: { $0.status == .requested }) { return "RETURN_REQUESTED" }
    return returns.contains { $0.status == .closed } ? "RETURNED" : "NO_RETURN"
  }

  /// What `returnableFulfillments` answers: the parcels of which something may still be returned.
  func returnableNodes(_ view: ShopifyView) -> [GraphQLNode] {
    parcels.enumerated().compactMap { number, items in
      let lines = items.compactMap { item -> GraphQLNode? in
        let quantity = view.returns.returnable(item, of: self)
        guard quantity > 0 else { return nil }
        return .object(
          "ReturnableFulfillmentLineItem",
          ["quantity": .number(quantity), "fulfillmentLineItem": fulfillmentLine(item)])
      }
      guard !lines.isEmpty else { return nil }
      return .object(
        "ReturnableFulfillment",
        [
          "id": .text("gid://shopify/ReturnableFulfillment/\(shopifyID(5, number))"),
          "fulfillment": fulfillment(number, items, view),
          "returnableFulfillmentLineItems": .connection(of: "ReturnableFulfillmentLineItem", lines),
        ])
    }
  }

  /// The items of each parcel that has left. A SKU that stands on the order twice left in two.
  private var parcels: [[Int]] {
    var parcels: [[Int]] = []
    for index in items.indices where items[index].shipped > 0 {
      let place = parcels.firstIndex { $0.allSatisfy { items[$0].sku != items[index].sku } }
      if let place { parcels[place].append(index) } else { parcels.append([index]) }
    }
    return parcels
  }

  private func lineItem(_ index: Int) -> GraphQLNode {
    let item = items[index]
    let line = Money(minorUnits: item.price.minorUnits * Int64(item.quantity), currency: item.price.currency)
    return .object(
      "LineItem",
      [
        "id": .text("gid://shopify/LineItem/\(shopifyID(13, index))"), "name": .text(item.title),
        "title": .text(item.title), "sku": .text(item.sku), "quantity": .number(item.quantity),
        "currentQuantity": .number(status == .cancelled || status == .returned ? 0 : item.quantity),
        "unfulfilledQuantity": .number(item.quantity - item.shipped), "requiresShipping": .bool(true),
        "originalUnitPriceSet": .money(item.price), "originalTotalSet": .money(line),
        "discountedTotalSet": .money(line),
      ])
  }

  func fulfillmentLineGID(_ index: Int) -> String { "gid://shopify/FulfillmentLineItem/\(shopifyID(14, index))" }

  func fulfillmentLine(_ index: Int) -> GraphQLNode {
    .object(
      "FulfillmentLineItem",
      [
        "id": .text(fulfillmentLineGID(index)), "quantity": .number(items[index].shipped), "lineItem": lineItem(index),
      ])
  }

  private func fulfillmentNodes(_ view: ShopifyView) -> [GraphQLNode] {
    parcels.enumerated().map { fulfillment($0, $1, view) }
  }

  private func fulfillment(_ parcel: Int, _ contents: [Int], _ view: ShopifyView) -> GraphQLNode {
    let info = tracking.map { tracking in
      GraphQLNode.object(
        "FulfillmentTrackingInfo",
        ["company": .text(tracking.carrier), "number": .text(tracking.number), "url": .text(trackingURL)])
    }
    let id = shopifyID(4, parcel)
    return .object(
      "Fulfillment",
      [
        "id": .text("gid://shopify/Fulfillment/\(id)"), "legacyResourceId": .text("\(id)"),
        "name": .text("\(number)-F\(parcel + 1)"), "status": .text("SUCCESS"), "displayStatus": .text(deliveryStatus),
        "createdAt": .text(fulfilledAt.shopify), "updatedAt": .text(updatedAt.shopify),
        "inTransitAt": .text(fulfilledAt.shopify), "deliveredAt": .text(deliveredAt?.shopify),
        "totalQuantity": .number(contents.reduce(0) { $0 + items[$1].shipped }), "order": .later { self.node(view) },
        "trackingInfo": .list(info.map { [$0] } ?? []),
        "fulfillmentLineItems": .connection(of: "FulfillmentLineItem", contents.map(fulfillmentLine)),
      ])
  }

  private var transaction: GraphQLNode {
    .object(
      "OrderTransaction",
      [
        "id": .text("gid://shopify/OrderTransaction/\(shopifyID(6))"),
        "kind": .text(status == .pending ? "AUTHORIZATION" : "SALE"), "status": .text("SUCCESS"),
        "gateway": .text("shopify_payments"), "amountSet": .money(total), "processedAt": .text(placedAt.shopify),
        "test": .bool(true), "accountNumber": .text("•••• •••• •••• \((serial % 10_000).padded(to: 4))"),
        "paymentDetails": .object(
          "CardPaymentDetails",
          [
            "company": .text("Visa"), "number": .text("•••• •••• •••• \((serial % 10_000).padded(to: 4))"),
            "bin": .text("411111"), "expirationMonth": .number(12), "expirationYear": .number(2_029),
            "name": .text(customer.name),
          ]),
      ])
  }

  private var customerNode: GraphQLNode {
    .object(
      "Customer",
      [
        "id": .text("gid://shopify/Customer/\(shopifyID(7, 1))"), "displayName": .text(customer.name),
        "firstName": .text(customer.firstName), "lastName": .text(customer.lastName), "email": .text(customer.email),
        "phone": .text(customer.phone),
        "defaultPhoneNumber": .object("CustomerPhoneNumber", ["phoneNumber": .text(customer.phone)]),
        "defaultEmailAddress": .object("CustomerEmailAddress", ["emailAddress": .text(customer.email)]),
        "defaultAddress": address(33),
      ])
  }

  private func address(_ kind: UInt64) -> GraphQLNode {
    .object(
      "MailingAddress",
      [
        "id": .text("gid://shopify/MailingAddress/\(shopifyID(kind))?model_name=Address"), "name": .text(customer.name),
        "firstName": .text(customer.firstName), "lastName": .text(customer.lastName),
        "address1": .text("1 Sample Street"), "city": .text(customer.city), "zip": .text(customer.postalCode),
        "phone": .text(customer.phone), "countryCodeV2": .text(customer.country),
      ])
  }
}

extension SimulatedOrder.Customer {
  var firstName: String? { name.contains(" ") ? name.split(separator: " ").first.map(String.init) : nil }
  var lastName: String { name.split(separator: " ").last.map(String.init) ?? name }
}

extension GraphQLNode {
  static func money(_ money: Money) -> GraphQLNode {
    let value = GraphQLNode.object(
      "MoneyV2", ["amount": .text(money.shopifyDecimal), "currencyCode": .text(money.currency.code)])
    return .object("MoneyBag", ["shopMoney": value, "presentmentMoney": value])
  }
}
