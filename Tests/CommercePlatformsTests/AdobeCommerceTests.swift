import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import CommercePlatforms
@testable import Sandbox

@Suite struct AdobeCommerceTests {
  let bench = Bench()

  private func look(_ shop: AdobeCommerce, _ number: String) async throws(OrderPlatformError) -> Order? {
    try await shop.order(OrderID(rawValue: number), context: bench.context())
  }

  @Test func readsAnOrderWhole() async throws {
    let order = try await look(bench.adobeCommerce { $0.returnWindowDays = 30 }, "ORD-839201")
    #expect(
      order
        == Order(
          id: OrderID(rawValue: "ORD-839201"), status: .shipped, fulfillmentDate: CalendarDate("2026-11-20"),
          total: Money(minorUnits: 129_90, currency: .euro),
          items: [
            .init(sku: "SKU-12345", quantity: 1, title: "Trail running shoes"),
            .init(sku: "SKU-20871", quantity: 2, title: "Merino socks"),
          ], tracking: .init(carrier: "DHL", number: "JD014600003828392011"), returnEligible: true,
          returnEligibleUntil: CalendarDate("2026-12-20"),
          ownership: .init(phoneNumbers: ["+4930123456701"], postalCodes: ["10115"])))
  }

  @Test(arguments: [
    ("ORD-839202", OrderStatus.processing), ("ORD-839203", .delivered), ("ORD-839205", .cancelled),
    ("ORD-839206", .onHold), ("ORD-839207", .partiallyShipped), ("ORD-839208", .outForDelivery),
    ("ORD-839210", .returned), ("ORD-839211", .pending),
  ])
  func readsEveryStatus(number: String, status: OrderStatus) async throws {
    #expect(try await look(bench.adobeCommerce(), number)?.status == status)
  }

  @Test func amountsKeepTheFractionDigitsOfTheirCurrency() async throws {
    #expect(try await look(bench.adobeCommerce(), "ORD-839208")?.total.decimal == "4960")
    #expect(try await look(bench.adobeCommerce(), "ORD-839209")?.total.decimal == "18.750")
  }

  @Test func theWindowEndsTheEligibility() async throws {
    let shop = bench.adobeCommerce { $0.returnWindowDays = 0 }
    let order = try await look(shop, "ORD-839201")
    #expect(order?.returnEligible == false)
    #expect(order?.returnEligibleUntil == CalendarDate("2026-11-20"))
    #expect(try await look(bench.adobeCommerce(), "ORD-839202")?.returnEligible == false)
  }

  @Test func anUnknownNumberIsNil() async throws {
    #expect(try await look(bench.adobeCommerce(), "ORD-83920") == nil)
    #expect(try await look(bench.adobeCommerce(), "ORD-000000") == nil)
  }

  @Test func signsEveryRequestAnew() async throws {
    _ = try await look(bench.adobeCommerce(), "ORD-839201")
    let sent = bench.http.sent
    #expect(sent.count == 2)
    #expect(sent[0].url.hasPrefix("http://sandbox/adobe-commerce/rest/default/V1/orders?searchCriteria%5B"))
    #expect(sent[0].headers["authorization"]?.hasPrefix("OAuth oauth_consumer_key=") == true)
    #expect(sent[0].headers["authorization"] != sent[1].headers["authorization"])
    #expect(sent[0].headers["x-request-id"] == "call-77")
  }

  @Test func aWrongSecretIsUnauthorized() async throws {
    let shop = bench.adobeCommerce(
      authentication: .oauth1 {
        var credentials = Bench.adobeCommerceCredentials
        credentials.tokenSecret = Redacted("wrong")
        return credentials
      })
    #expect(
      await bench.failure(shop)
        == .unauthorized(reason: "it answered 401: it refuses the credentials, or they lack a permission"))
  }

  @Test func theTokenAloneIsTakenWhereTheShopAllowsIt() async throws {
    var options = AdobeCommerceOptions()
    let token = AdobeCommerceClients().token.id
    let refused = await bench.failure(bench.adobeCommerce(authentication: .bearer { Redacted(token) }))
    #expect(refused != nil)
    options.allowsBearer = true
    let open = Bench(adobeCommerce: options)
    #expect(await open.failure(open.adobeCommerce(authentication: .bearer { Redacted(token) })) == nil)
  }

  @Test func aCloudServiceIsAskedWithATokenOfTheIdentityService() async throws {
    let endpoint = TokenEndpoint(
      url: "http://sandbox/adobe-commerce/ims/token/v3", clientID: AdobeCommerceClients().ims.id, style: .body,
      scope: "openid,commerce.accs")
    let shop = bench.adobeCommerce(
      authentication: .ims(bench.tokens(endpoint, secret: AdobeCommerceClients().ims.secret))
    ) {
      $0.isCloudService = true
      $0.store = "berlin"
    }
    #expect(try await look(shop, "ORD-839202")?.status == .processing)
    let request = try #require(bench.http.sent.last)
    #expect(request.url.hasPrefix("http://sandbox/adobe-commerce/V1/orders?"))
    #expect(request.headers["store"] == "berlin")
    #expect(request.headers["authorization"]?.hasPrefix("Bearer eyJ") == true)
  }

  @Test(arguments: [
    (#"{"status":429,"retry_after":2}"#, OrderPlatformError.throttled(retryAfter: .seconds(2))),
    (#"{"status":502}"#, .unavailable(reason: "it answered 502")),
    (
      #"{"status":404}"#,
      .unavailable(reason: "it answered 404: there is no REST API at this address, or no such store view")
    ),
    (#"{"status":200,"body":"oops"}"#, .unavailable(reason: "unreadable answer: no JSON")),
    (#"{"status":200,"body":"{}"}"#, .unavailable(reason: "unreadable answer: items")),
    (#"{"reset":true}"#, .unavailable(reason: "the connection broke: the connection was reset")),
  ])
  func tellsWhyThereIsNoAnswer(fault: String, error: OrderPlatformError) async throws {
    await bench.control(.put, "/_faults/adobe-commerce", fault)
    #expect(await bench.failure(bench.adobeCommerce()) == error)
    await bench.control(.delete, "/_faults/adobe-commerce")
    #expect(await bench.failure(bench.adobeCommerce()) == nil)
  }
}

extension Bench {
  static var adobeCommerceCredentials: OAuth1Credentials {
    let clients = AdobeCommerceClients()
    return OAuth1Credentials(
      consumerKey: clients.consumer.id, consumerSecret: Redacted(clients.consumer.secret), token: clients.token.id,
      tokenSecret: Redacted(clients.token.secret))
  }

  func adobeCommerce(
    authentication: AdobeCommerce.Authentication = .oauth1 { adobeCommerceCredentials },
    _ change: (inout AdobeCommerce.Configuration) -> Void = { _ in }
  ) -> AdobeCommerce {
    var configuration = AdobeCommerce.Configuration(baseURL: "http://sandbox/adobe-commerce")
    configuration.resolution = "5"
    configuration.condition = "8"
    change(&configuration)
    return AdobeCommerce(configuration, http: http, authentication: authentication, time: time, random: random)
  }

  var adobeCommerceMerchant: AdobeCommerceMerchant { AdobeCommerceMerchant(shop: vendors.current.adobeCommerce) }
}
