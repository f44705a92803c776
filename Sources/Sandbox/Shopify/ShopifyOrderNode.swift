import Core

/// The order as the Admin API's GraphQL shows it.
extension SimulatedOrder {
  var node: GraphQLNode {
    .object(
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
        "returnStatus": .text(returnStatus), "totalPriceSet": .money(total), "currentTotalPriceSet": .money(total),
        "subtotalPriceSet": .money(total), "totalOutstandingSet": .money(outstanding),
        "totalRefundedSet": .money(refunded), "customer": customerNode, "shippingAddress": address(31),
        "billingAddress": address(32), "lineItems": .connection(of: "LineItem", items.indices.map(lineItem)),
        "fulfillments": .list(fulfillmentNodes), "transactions": .list([transaction]),
        "returns": .connection(of: "Return", status == .returned ? [returnNode] : []),
      ])
  }

  /// What `returnableFulfillments` answers. Shopify itself leaves the return window to the shop's rules; here an order
  /// that may not be returned has nothing returnable.
  var returnableNodes: [GraphQLNode] {
    guard returnEligible, let fulfillment = fulfillmentNodes.first else { return [] }
    let lines = shippedIndices.map { index in
      GraphQLNode.object(
        "ReturnableFulfillmentLineItem",
        ["quantity": .number(items[index].shipped), "fulfillmentLineItem": fulfillmentLine(index)])
    }
    return [
      .object(
        "ReturnableFulfillment",
        [
          "id": .text("gid://shopify/ReturnableFulfillment/\(shopifyID(5))"), "fulfillment": fulfillment,
          "returnableFulfillmentLineItems": .connection(of: "ReturnableFulfillmentLineItem", lines),
        ])
    ]
  }

  private var shippedIndices: [Int] { items.indices.filter { items[$0].shipped > 0 } }

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

  private func fulfillmentLine(_ index: Int) -> GraphQLNode {
    .object(
      "FulfillmentLineItem",
      [
        "id": .text("gid://shopify/FulfillmentLineItem/\(shopifyID(14, index))"),
        "quantity": .number(items[index].shipped), "lineItem": lineItem(index),
      ])
  }

  private var fulfillmentNodes: [GraphQLNode] {
    guard hasFulfillment else { return [] }
    let info = tracking.map { tracking in
      GraphQLNode.object(
        "FulfillmentTrackingInfo",
        ["company": .text(tracking.carrier), "number": .text(tracking.number), "url": .text(trackingURL)])
    }
    return [
      .object(
        "Fulfillment",
        [
          "id": .text("gid://shopify/Fulfillment/\(shopifyID(4))"), "legacyResourceId": .text("\(shopifyID(4))"),
          "name": .text("\(number)-F1"), "status": .text("SUCCESS"), "displayStatus": .text(deliveryStatus),
          "createdAt": .text(fulfilledAt.shopify), "updatedAt": .text(updatedAt.shopify),
          "inTransitAt": .text(fulfilledAt.shopify), "deliveredAt": .text(deliveredAt?.shopify),
          "totalQuantity": .number(items.reduce(0) { $0 + $1.shipped }), "order": .later { self.node },
          "trackingInfo": .list(info.map { [$0] } ?? []),
          "fulfillmentLineItems": .connection(of: "FulfillmentLineItem", shippedIndices.map(fulfillmentLine)),
        ])
    ]
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

  private var returnNode: GraphQLNode {
    .object(
      "Return",
      [
        "id": .text("gid://shopify/Return/\(shopifyID(7))"), "name": .text("\(number)-R1"), "status": .text("CLOSED"),
        "createdAt": .text(fulfilledAt.shopify), "totalQuantity": .number(items.reduce(0) { $0 + $1.quantity }),
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
