import Core
import HTTPClient
import HTTPMessages
import Orders

/// Adobe Commerce, on premises, on Commerce Cloud or as a Cloud Service, and Magento Open Source (orders only, as it has no
/// returns), by the REST API.
///
/// An order is looked up by its number (`increment_id`); its shipments are asked for once something has left.
package struct AdobeCommerce: OrderPlatform {
  package struct Configuration: Sendable {
    /// The shop, such as `https://shop.example`, or the REST endpoint of a Cloud Service with its tenant; without a slash at
    /// its end.
    package var baseURL: String
    /// The code of the store view, such as `default`.
    package var store = "default"
    /// A Cloud Service has no `/rest/{store}` in its paths and takes the store view in a header.
    package var isCloudService = false
    /// Days after the last shipment in which a return may be asked for; nil when the shop has no fixed window.
    package var returnWindowDays: Int?
    /// The shop's own status codes for where a completed order stands, such as `parcel_delivered`.
    package var statuses: [String: OrderStatus] = [:]
    /// Ids of the options that a new return is given for its attributes `resolution` and `condition`.
    package var resolution: String?
    package var condition: String?
    /// The longest that one look-up may take; the deadline of the call is obeyed besides.
    package var timeout = Duration.seconds(15)
    package var maximumBodySize = 1 << 20

    package init(baseURL: String) {
      self.baseURL = baseURL
    }
  }

  /// Asked at every use, so that new secrets are seen without a restart.
  package enum Authentication: Sendable {
    /// An integration, which signs each request.
    case oauth1(@Sendable () -> OAuth1Credentials)
    /// The access token of an integration alone, which a shop has to allow.
    case bearer(@Sendable () -> Redacted<String>)
    /// Adobe's identity service (OAuth server-to-server), for a Cloud Service. A 401 has it fetch a new token, once.
    case ims(AccessTokenSource)
  }

  package let name = "adobe_commerce"
  let configuration: Configuration
  let calls: PlatformCalls
  let time: any TimeSource

  package init(
    _ configuration: Configuration, http: any HTTPRequesting, authentication: Authentication, time: any TimeSource,
    random: any RandomSource
  ) {
    self.configuration = configuration
    self.time = time
    let store = configuration.isCloudService ? configuration.store : Optional.none
    switch authentication {
    case .ims(let tokens):
      calls = PlatformCalls(
        http: http, tokens: tokens, timeout: configuration.timeout, time: time, random: random,
        place: { token, headers in
          headers["authorization"] = "Bearer \(token)"
          if let store { headers["store"] = store }
        })
    case .oauth1(let credentials):
      calls = PlatformCalls(http: http, timeout: configuration.timeout, time: time, random: random) { request in
        request.headers["authorization"] = OAuth1Signature(method: request.method, url: request.url)
          .header(credentials(), nonce: random.bytes(16).hex, timestamp: time.now.seconds)
        if let store { request.headers["store"] = store }
      }
    case .bearer(let token):
      calls = PlatformCalls(http: http, timeout: configuration.timeout, time: time, random: random) { request in
        request.headers["authorization"] = "Bearer \(token().reveal())"
        if let store { request.headers["store"] = store }
      }
    }
  }

  package func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    let deadline = calls.deadline(of: context)
    let found = try await look(orders(numbered: id), context, deadline) { (body) throws(UnreadableAnswer) in
      try AdobeCommerceOrder(id, inSearch: body)
    }
    guard let order = found else { return nil }
    var shipments: [AdobeCommerceShipment] = []
    if order.hasShipped {
      shipments = try await look(self.shipments(of: order), context, deadline, AdobeCommerceShipment.all)
    }
    do throws(UnreadableAnswer) {
      return try order.order(configuration, shipments: shipments, today: time.now)
    } catch {
      throw error.platformError
    }
  }

  private func look<Value>(
    _ url: String, _ context: CallContext, _ deadline: Duration, _ value: ([UInt8]) throws(UnreadableAnswer) -> Value
  ) async throws(OrderPlatformError) -> Value {
    let response = try await calls.send(
      .get, url, maximumBodySize: configuration.maximumBodySize, context: context, by: deadline)
    // A search that finds nothing is a 200 with an empty list.
    guard response.status != 404 else {
      throw .unavailable(reason: "it answered 404: there is no REST API at this address, or no such store view")
    }
    do throws(UnreadableAnswer) {
      return try value(response.body)
    } catch {
      throw error.platformError
    }
  }

  // MARK: - Addresses

  func orders(numbered id: OrderID) -> String {
    resource("orders") + "?" + AdobeCommerceSearch(field: "increment_id", value: id.rawValue, pageSize: 2).query
  }

  func shipments(of order: AdobeCommerceOrder) -> String {
    resource("shipments") + "?" + AdobeCommerceSearch(field: "order_id", value: order.entityID, pageSize: 50).query
  }

  /// - Parameter path: below `/V1`.
  func resource(_ path: String) -> String {
    configuration.isCloudService
      ? "\(configuration.baseURL)/V1/\(path)"
      : "\(configuration.baseURL)/rest/\(configuration.store.percentEncoded)/V1/\(path)"
  }
}
