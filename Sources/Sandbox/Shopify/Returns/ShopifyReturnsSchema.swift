extension GraphQLSchema {
  /// The types of returns, as of version 2026-07; `exchangeLineItems`, the fees' answers and reverse deliveries are left
  /// out. `RestockingFeeInput`, the enum of reverse fulfillment orders and what `returnDeclineRequest` takes are from
  /// memory.
  static let shopifyReturnsText = """
    type Mutation {
      returnRequest(input: ReturnRequestInput!): ReturnRequestPayload
      returnCreate(returnInput: ReturnInput!): ReturnCreatePayload
      returnApproveRequest(input: ReturnApproveRequestInput!): ReturnApproveRequestPayload
      returnDeclineRequest(input: ReturnDeclineRequestInput!): ReturnDeclineRequestPayload
      returnClose(id: ID!): ReturnClosePayload
      returnReopen(id: ID!): ReturnReopenPayload
      returnCancel(id: ID!, notifyCustomer: Boolean = false): ReturnCancelPayload
    }

    type ReturnRequestPayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnCreatePayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnApproveRequestPayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnDeclineRequestPayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnClosePayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnReopenPayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnCancelPayload { return: Return userErrors: [ReturnUserError!]! }
    type ReturnUserError { code: ReturnErrorCode field: [String!] message: String! }

    input ReturnRequestInput {
      orderId: ID! returnLineItems: [ReturnRequestLineItemInput!]! returnShippingFee: ReturnShippingFeeInput
    }
    input ReturnRequestLineItemInput {
      fulfillmentLineItemId: ID! quantity: Int! returnReasonDefinitionId: ID returnReason: ReturnReason
      customerNote: String restockingFee: RestockingFeeInput
    }
    input ReturnInput {
      orderId: ID! returnLineItems: [ReturnLineItemInput!] requestedAt: DateTime
      returnShippingFee: ReturnShippingFeeInput notifyCustomer: Boolean = false
    }
    input ReturnLineItemInput {
      fulfillmentLineItemId: ID! quantity: Int! returnReasonDefinitionId: ID returnReason: ReturnReason
      returnReasonNote: String = "" restockingFee: RestockingFeeInput
    }
    input ReturnApproveRequestInput { id: ID! notifyCustomer: Boolean = false }
    input ReturnDeclineRequestInput {
      id: ID! declineReason: ReturnDeclineReason! declineNote: String notifyCustomer: Boolean = false
    }
    input ReturnShippingFeeInput { amount: MoneyInput! }
    input RestockingFeeInput { percentage: Float! }
    input MoneyInput { amount: Decimal! currencyCode: CurrencyCode! }

    type Return implements Node {
      id: ID! name: String! status: ReturnStatus! createdAt: DateTime! closedAt: DateTime requestApprovedAt: DateTime
      totalQuantity: Int! order: Order! decline: ReturnDecline
      returnLineItems(first: Int, last: Int, after: String, before: String, reverse: Boolean = false):
        ReturnLineItemTypeConnection!
      refunds(first: Int, last: Int, after: String, before: String, reverse: Boolean = false): RefundConnection!
      reverseFulfillmentOrders(first: Int, last: Int, after: String, before: String, query: String,
        reverse: Boolean = false): ReverseFulfillmentOrderConnection!
    }

    type ReturnDecline { reason: ReturnDeclineReason! note: String }

    interface ReturnLineItemType {
      id: ID! quantity: Int! returnReason: ReturnReason! returnReasonNote: String! customerNote: String
      refundableQuantity: Int! refundedQuantity: Int! returnReasonDefinition: ReturnReasonDefinition
    }
    type ReturnLineItem implements Node & ReturnLineItemType {
      id: ID! quantity: Int! returnReason: ReturnReason! returnReasonNote: String! customerNote: String
      refundableQuantity: Int! refundedQuantity: Int! fulfillmentLineItem: FulfillmentLineItem!
      returnReasonDefinition: ReturnReasonDefinition
    }

    type ReturnReasonDefinition implements Node { id: ID! handle: String! name: String! deleted: Boolean! }
    type Refund implements Node { id: ID! createdAt: DateTime totalRefundedSet: MoneyBag! }
    type ReverseFulfillmentOrder implements Node { id: ID! status: ReverseFulfillmentOrderStatus! }

    type ReturnConnection { edges: [ReturnEdge!]! nodes: [Return!]! pageInfo: PageInfo! }
    type ReturnEdge { cursor: String! node: Return! }
    type ReturnLineItemTypeConnection {
      edges: [ReturnLineItemTypeEdge!]! nodes: [ReturnLineItemType!]! pageInfo: PageInfo!
    }
    type ReturnLineItemTypeEdge { cursor: String! node: ReturnLineItemType! }
    type ReturnReasonDefinitionConnection {
      edges: [ReturnReasonDefinitionEdge!]! nodes: [ReturnReasonDefinition!]! pageInfo: PageInfo!
    }
    type ReturnReasonDefinitionEdge { cursor: String! node: ReturnReasonDefinition! }
    type RefundConnection { edges: [RefundEdge!]! nodes: [Refund!]! pageInfo: PageInfo! }
    type RefundEdge { cursor: String! node: Refund! }
    type ReverseFulfillmentOrderConnection {
      edges: [ReverseFulfillmentOrderEdge!]! nodes: [ReverseFulfillmentOrder!]! pageInfo: PageInfo!
    }
    type ReverseFulfillmentOrderEdge { cursor: String! node: ReverseFulfillmentOrder! }

    enum ReturnStatus { CANCELED CLOSED DECLINED OPEN REQUESTED }
    enum ReturnDeclineReason { FINAL_SALE OTHER RETURN_PERIOD_ENDED }
    enum ReverseFulfillmentOrderStatus { CANCELED CLOSED OPEN }
    enum ReturnReason {
      COLOR DEFECTIVE NOT_AS_DESCRIBED OTHER SIZE_TOO_LARGE SIZE_TOO_SMALL STYLE UNKNOWN UNWANTED WRONG_ITEM
    }
    """
}
