/// The GraphQL of returns. Pages are small: Shopify counts a query by what it may answer, not by what it does.
extension ShopifyQuery {
  /// What may still be returned, a few parcels a page.
  static let returnable = ShopifyQuery(
    name: "returnable",
    text: """
      query Returnable($id: ID!, $after: String) {
        order(id: $id) {
          name lineItems(first: 50) { nodes { sku quantity unfulfilledQuantity } }
          fulfillments(first: 20) { status createdAt deliveredAt }
        }
        returnableFulfillments(orderId: $id, first: 2, after: $after) {
          nodes {
            returnableFulfillmentLineItems(first: 50) {
              nodes { quantity fulfillmentLineItem { id lineItem { sku } } }
              pageInfo { hasNextPage }
            }
          }
          pageInfo { hasNextPage endCursor }
        }
      }
      """)

  /// The returns of an order with the notes that hold our reference: each line has it, so that few lines do.
  static let returns = ShopifyQuery(
    name: "returns",
    text: """
      query ReturnsOfOrder($id: ID!, $after: String) {
        order(id: $id) {
          returns(first: 10, after: $after) {
            nodes { ...Standing returnLineItems(first: 3) { nodes { customerNote returnReasonNote } } }
            pageInfo { hasNextPage endCursor }
          }
        }
      }
      \(standing)
      """)

  static let oneReturn = ShopifyQuery(
    name: "return",
    text: """
      query OneReturn($id: ID!) { return(id: $id) { ...Standing } }
      \(standing)
      """)

  static let reasons = ShopifyQuery(
    name: "reasons",
    text: """
      query ReturnReasons($handles: [String!]!) {
        returnReasonDefinitions(handles: $handles, first: 50) { nodes { id handle } }
      }
      """)

  static let requestReturn = ShopifyQuery(
    name: "returnRequest",
    text: """
      mutation RequestReturn($input: ReturnRequestInput!) {
        returnRequest(input: $input) { return { ...Standing } userErrors { code field } }
      }
      \(standing)
      """)

  static let createReturn = ShopifyQuery(
    name: "returnCreate",
    text: """
      mutation CreateReturn($input: ReturnInput!) {
        returnCreate(returnInput: $input) { return { ...Standing } userErrors { code field } }
      }
      \(standing)
      """)

  private static let standing = """
    fragment Standing on Return {
      id name status decline { reason } refunds(first: 1) { nodes { id } }
      reverseFulfillmentOrders(first: 10) { nodes { status } }
    }
    """
}
