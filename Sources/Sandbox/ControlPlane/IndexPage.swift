import Core

/// `GET /`: what there is.
enum IndexPage {
  private static let entries: KeyValuePairs<String, String> = [
    "POST /guide-shop/oauth/token":
      "client credentials, by HTTP Basic or in the body; scopes orders:read returns:create",
    "GET /guide-shop/orders/{order_id}": "the guide's order",
    "POST /guide-shop/returns":
      "the guide's return; GET ?external_reference= or ?order_id=, GET /guide-shop/returns/{id}",
    "POST /shopify/admin/oauth/access_token": "client credentials, form or JSON; 24 hours",
    "POST /shopify/admin/api/{version}/graphql.json":
      "orders, order, orderByIdentifier, node, returnableFulfillments, shop; throttled by cost",
    "GET /shopify/admin/api/{version}/orders.json":
      "the legacy REST; also orders/{id}.json, orders/count.json, shop.json",
    "GET /adobe-commerce/rest/{store}/V1/orders":
      "search, also orders/{id}, shipments; OAuth 1.0a with HMAC-SHA256, or /adobe-commerce/V1/… with a token",
    "POST /adobe-commerce/rest/{store}/V1/returns": "GET, GET …/{id}, …/{id}/comments, returnsAttributeMetadata",
    "POST /adobe-commerce/ims/token/v3": "client credentials in a form, scope commerce.accs; 24 hours",
    "POST /commercetools/oauth/token":
      "client credentials by HTTP Basic, scopes manage_orders:{project} view_orders:{project}; 48 hours",
    "GET /commercetools/{project}/orders/order-number={number}": "the order; also orders/{id}",
    "POST /commercetools/{project}/orders/{id}":
      "version and actions: addReturnInfo, setReturnInfo, setReturnShipmentState, setReturnPaymentState",
    "POST /genesys/login/oauth/token": "client credentials by HTTP Basic; also /genesys/oauth/token",
    "POST /genesys/api/v2/conversations/callbacks": "call-backs; GET and PATCH …/{id}, PATCH to reschedule",
    "POST /genesys/api/v2/conversations/messages/agentless": "texts; GET …/messages/{id}/details for their status",
    "POST /genesys/api/v2/conversations/emails/agentless": "e-mails",
    "GET /genesys/api/v2/conversations/{id}": "conversations; attributes, recording state, search by attribute",
    "POST /subscriber": "takes events signed with \(EventSubscriber.secret), and refuses others",
    "GET /genesys/api/v2/externalcontacts/contacts/{id}": "external contacts; POST makes one, PUT replaces it whole",
    "POST /_genesys/conversations":
      "a customer calls: id, number, external_contact_id, attributes, all optional; …/{id}/end ends it",
    "POST /_genesys/events":
      "tells the webhook's target: shape interaction, eventbridge, data_action or open_messaging; conversation_id, customer_id, type, state, event_id, copies",
    "PUT /_genesys/opt_outs": "numbers: who has sent STOP; GET shows them",
    "GET /_inbox": "what was sent: texts, e-mails, call-backs",
    "GET /_orders": "the orders of this world",
    "GET /_journal/{vendor}?since=": "what a vendor received, and the status it answered",
    "PUT /_faults/{vendor}":
      "latency_ms, jitter_ms, status, body, retry_after, reset, hang, lose_answer, rate, for_requests, path, body_contains; GET, DELETE",
    "GET /_returns": "the returns of all vendors",
    "POST /_returns/{vendor}/{id}": "the merchant: action authorize, decline, receive, refund, close or cancel, reason",
    "PUT /_webhooks/{vendor}": "url, where its webhooks go; GET shows every delivery, DELETE ends them",
    "PUT /_webhooks/{vendor}/faults":
      "duplicate, drop, corrupt_signature, stale_timestamp, reorder, delay_ms, hold; GET, DELETE",
    "POST /_webhooks/{vendor}/release": "sends what was held",
    "PUT /_limits": "rate limits, how the guide's shop takes returns, conflicts at commercetools; GET shows them",
    "POST /_reset": "everything as at the start",
  ]

  /// How a text to a number with these last digits ends.
  private static let numbers: KeyValuePairs<String, String> = [
    "…0001": "sent, then delivery-failed (InvalidDestination)", "…0002": "failed (RecipientOptedOut)",
    "…0003": "sent, and never reported on", "…0004": "refused at once with 400",
    "any other": "queued, sent after 1 s, delivery-success after 3 s",
  ]

  static func json(_ clients: SandboxVendors.Clients) -> JSONValue {
    [
      "endpoints": .object(entries.map { .init($0.key, .string($0.value)) }),
      "numbers": .object(numbers.map { .init($0.key, .string($0.value)) }),
      "clients": .object(
        clients.all.map {
          .init($0.vendor.rawValue, ["client_id": .string($0.client.id), "client_secret": .string($0.client.secret)])
        }),
      "vendors": .array(Vendor.allCases.map { .string($0.rawValue) }),
    ]
  }

  static func html(_ orders: [SimulatedOrder], _ clients: SandboxVendors.Clients) -> String {
    let clientRows = clients.all.map { vendor, client in
      "<tr><td>\(vendor.rawValue)</td><td><code>\(client.id.escapedForHTML)</code></td>"
        + "<td><code>\(client.secret.escapedForHTML)</code></td></tr>"
    }
    return Page.html(
      title: "Overview",
      """
      <h1>Simulated vendors</h1>
      <p>The guide's shop, Shopify, Adobe Commerce, commercetools and Genesys Cloud in their own wire formats, for tests and demonstrations.</p>
      <div class="scroll"><table>\(rows(entries))</table></div>
      <h2>Clients</h2>
      <p class="quiet">Not secrets: they open nothing but this simulation.</p>
      <div class="scroll"><table>\(clientRows.joined())</table></div>
      <h2>Numbers that texts fail on</h2>
      <table>\(rows(numbers))</table>
      <h2>Orders</h2>
      <div class="scroll"><table>\(orders.map(row).joined())</table></div>
      """)
  }

  private static func rows(_ entries: KeyValuePairs<String, String>) -> String {
    entries.map { "<tr><td><code>\($0.key.escapedForHTML)</code></td><td>\($0.value.escapedForHTML)</td></tr>" }
      .joined()
  }

  private static func row(_ order: SimulatedOrder) -> String {
    let titles = order.items.map(\.title).joined(separator: ", ")
    return "<tr><td><code>\(order.number.escapedForHTML)</code></td><td>\(order.status.rawValue)</td>"
      + "<td>\(order.total.decimal) \(order.total.currency.code)</td><td>\(titles.escapedForHTML)</td></tr>"
  }
}
