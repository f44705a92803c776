extension GraphQLSchema {
  /// The part of the Admin API's schema that is simulated, as of version 2026-07. What is left out is answered as
  /// Shopify answers a field that does not exist.
  static let shopify = read(shopifyText + shopifyReturnsText)

  /// Before 2026-01 the reason of a return was a word of an enum, and had to be given.
  private static let shopifyBeforeReasons = read(
    shopifyText
      + shopifyReturnsText.replacing(
        "returnReasonDefinitionId: ID returnReason: ReturnReason", with: "returnReason: ReturnReason!")
  ).without(typesThatBeginWith: "ReturnReasonDefinition")

  static func shopify(version: String) -> GraphQLSchema { version < "2026-01" ? shopifyBeforeReasons : shopify }

  private static func read(_ text: String) -> GraphQLSchema {
    do throws(GraphQLError) {
      return try GraphQLSchema(text)
    } catch {
      preconditionFailure("the schema does not parse: \(error.message)")
    }
  }

  private static let shopifyText = """
    scalar Boolean scalar DateTime scalar Decimal scalar Float scalar ID scalar Int scalar String scalar URL
    scalar UnsignedInt64

    interface Node { id: ID! }

    type QueryRoot {
      node(id: ID!): Node
      order(id: ID!): Order
      return(id: ID!): Return
      orderByIdentifier(identifier: OrderIdentifierInput!): Order
      orders(first: Int, last: Int, after: String, before: String, query: String,
        sortKey: OrderSortKeys = PROCESSED_AT, reverse: Boolean = false, savedSearchId: ID): OrderConnection!
      returnableFulfillments(orderId: ID!, first: Int, last: Int, after: String, before: String,
        reverse: Boolean = false): ReturnableFulfillmentConnection!
      returnReasonDefinitions(ids: [ID!], handles: [String!], first: Int, last: Int, after: String, before: String,
        query: String, reverse: Boolean = false): ReturnReasonDefinitionConnection!
      shop: Shop!
    }

    input OrderIdentifierInput { id: ID customId: UniqueMetafieldValueInput }
    input UniqueMetafieldValueInput { namespace: String key: String! value: String! }

    type Shop implements Node {
      id: ID! name: String! email: String! myshopifyDomain: String! currencyCode: CurrencyCode! ianaTimezone: String!
      orderNumberFormatPrefix: String! orderNumberFormatSuffix: String! url: URL!
    }

    type Order implements Node {
      id: ID! legacyResourceId: UnsignedInt64! name: String! number: Int! confirmationNumber: String
      email: String phone: String createdAt: DateTime! processedAt: DateTime! updatedAt: DateTime!
      cancelledAt: DateTime cancelReason: OrderCancelReason closed: Boolean! closedAt: DateTime test: Boolean!
      currencyCode: CurrencyCode! presentmentCurrencyCode: CurrencyCode! statusPageUrl: URL! tags: [String!]!
      displayFinancialStatus: OrderDisplayFinancialStatus
      displayFulfillmentStatus: OrderDisplayFulfillmentStatus! returnStatus: OrderReturnStatus!
      totalPriceSet: MoneyBag! currentTotalPriceSet: MoneyBag! totalOutstandingSet: MoneyBag!
      totalRefundedSet: MoneyBag! subtotalPriceSet: MoneyBag
      customer: Customer shippingAddress: MailingAddress billingAddress: MailingAddress
      lineItems(first: Int, last: Int, after: String, before: String, reverse: Boolean = false): LineItemConnection!
      fulfillments(first: Int, query: String): [Fulfillment!]!
      transactions(first: Int, capturable: Boolean, manuallyResolvable: Boolean): [OrderTransaction!]!
      returns(first: Int, last: Int, after: String, before: String, query: String, reverse: Boolean = false):
        ReturnConnection!
    }

    type LineItem implements Node {
      id: ID! name: String! title: String! sku: String quantity: Int! currentQuantity: Int!
      unfulfilledQuantity: Int! requiresShipping: Boolean! originalUnitPriceSet: MoneyBag!
      originalTotalSet: MoneyBag! discountedTotalSet: MoneyBag!
    }

    type Fulfillment implements Node {
      id: ID! legacyResourceId: UnsignedInt64! name: String! status: FulfillmentStatus!
      displayStatus: FulfillmentDisplayStatus createdAt: DateTime! updatedAt: DateTime! inTransitAt: DateTime
      deliveredAt: DateTime estimatedDeliveryAt: DateTime totalQuantity: Int! order: Order!
      trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
      fulfillmentLineItems(first: Int, last: Int, after: String, before: String, reverse: Boolean = false):
        FulfillmentLineItemConnection!
    }

    type FulfillmentTrackingInfo { company: String number: String url: URL }
    type FulfillmentLineItem implements Node { id: ID! quantity: Int lineItem: LineItem! }

    type ReturnableFulfillment implements Node {
      id: ID! fulfillment: Fulfillment!
      returnableFulfillmentLineItems(first: Int, last: Int, after: String, before: String, reverse: Boolean = false):
        ReturnableFulfillmentLineItemConnection!
    }

    type ReturnableFulfillmentLineItem { quantity: Int! fulfillmentLineItem: FulfillmentLineItem! }

    type OrderTransaction implements Node {
      id: ID! kind: OrderTransactionKind! status: OrderTransactionStatus! gateway: String amountSet: MoneyBag!
      accountNumber: String processedAt: DateTime test: Boolean! paymentDetails: CardPaymentDetails
    }

    type CardPaymentDetails {
      company: String number: String bin: String expirationMonth: Int expirationYear: Int name: String wallet: String
    }

    type Customer implements Node {
      id: ID! displayName: String! firstName: String lastName: String email: String phone: String
      defaultPhoneNumber: CustomerPhoneNumber defaultEmailAddress: CustomerEmailAddress defaultAddress: MailingAddress
    }

    type CustomerPhoneNumber { phoneNumber: String! }
    type CustomerEmailAddress { emailAddress: String! }

    type MailingAddress implements Node {
      id: ID! name: String firstName: String lastName: String address1: String city: String zip: String phone: String
      countryCodeV2: CountryCode
    }

    type MoneyBag { shopMoney: MoneyV2! presentmentMoney: MoneyV2! }
    type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
    type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

    type OrderConnection { edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! }
    type OrderEdge { cursor: String! node: Order! }
    type LineItemConnection { edges: [LineItemEdge!]! nodes: [LineItem!]! pageInfo: PageInfo! }
    type LineItemEdge { cursor: String! node: LineItem! }
    type FulfillmentLineItemConnection {
      edges: [FulfillmentLineItemEdge!]! nodes: [FulfillmentLineItem!]! pageInfo: PageInfo!
    }
    type FulfillmentLineItemEdge { cursor: String! node: FulfillmentLineItem! }
    type ReturnableFulfillmentConnection {
      edges: [ReturnableFulfillmentEdge!]! nodes: [ReturnableFulfillment!]! pageInfo: PageInfo!
    }
    type ReturnableFulfillmentEdge { cursor: String! node: ReturnableFulfillment! }
    type ReturnableFulfillmentLineItemConnection {
      edges: [ReturnableFulfillmentLineItemEdge!]! nodes: [ReturnableFulfillmentLineItem!]! pageInfo: PageInfo!
    }
    type ReturnableFulfillmentLineItemEdge { cursor: String! node: ReturnableFulfillmentLineItem! }
    enum OrderSortKeys {
      CREATED_AT CURRENT_TOTAL_PRICE CUSTOMER_NAME DESTINATION FINANCIAL_STATUS FULFILLMENT_STATUS ID ORDER_NUMBER
      PO_NUMBER PROCESSED_AT TOTAL_ITEMS_QUANTITY TOTAL_PRICE UPDATED_AT RELEVANCE
    }
    """
}
