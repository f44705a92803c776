import Core

/// The GraphQL that is sent.
struct ShopifyQuery: Sendable {
  let name: String
  let text: String

  /// How many hits of the search are looked through.
  static let hits = 25

  static let find = ShopifyQuery(
    name: "find",
    text: """
      query FindOrder($query: String!) { orders(first: \(hits), query: $query) { nodes { id name } } }
      """)

  static let order = ShopifyQuery(
    name: "order",
    text: """
      query OrderStatus($id: ID!) {
        order(id: $id) {
          id name cancelledAt displayFulfillmentStatus displayFinancialStatus returnStatus phone
          currentTotalPriceSet { presentmentMoney { amount currencyCode } }
          lineItems(first: 50) { nodes { sku title quantity currentQuantity } }
          fulfillments(first: 20) {
            status displayStatus createdAt deliveredAt trackingInfo(first: 1) { company number }
          }
          shippingAddress { zip phone }
          billingAddress { zip phone }
        }
        returnableFulfillments(orderId: $id, first: 1) { nodes { id } }
      }
      """)

  /// Whether it changes nothing.
  var isRead: Bool { text.hasPrefix("query") }

  /// What is posted.
  func body(_ variables: JSONValue) -> [UInt8] {
    JSONValue.object([.init("query", .string(text)), .init("variables", variables)]).bytes
  }

  /// A phrase of Shopify's search syntax: in quotes, so that nothing in the number is read as an operator.
  static func search(name: String) -> String {
    let escaped = name.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
    return "name:\"\(String(escaped))\""
  }
}
