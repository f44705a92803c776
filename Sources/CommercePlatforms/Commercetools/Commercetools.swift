import Core
import HTTPClient
import HTTPMessages
import Orders

/// commercetools, by its HTTP API. An order is one document: its lines, its parcels and its returns are read at once.
package struct Commercetools: OrderPlatform {
  package struct Configuration: Sendable {
    /// Such as `https://api.europe-west1.gcp.commercetools.com`, without a slash at its end.
    package var apiURL: String
    package var projectKey: String
    /// The language of the titles of products, such as `en` or `de-AT`. A title that has it not is told in another.
    package var locale = "en"
    /// Days after the last delivery in which a return may be asked for; nil when the shop has no fixed window.
    package var returnWindowDays: Int?
    /// The longest that one look-up may take; the deadline of the call is obeyed besides.
    package var timeout = Duration.seconds(15)
    package var maximumBodySize = 1 << 20

    package init(apiURL: String, projectKey: String) {
      self.apiURL = apiURL
      self.projectKey = projectKey
    }
  }

  package let name = "commercetools"
  let configuration: Configuration
  let calls: PlatformCalls
  private let time: any TimeSource

  /// - Parameter tokens: of the project's region, with the scope `manage_orders:{projectKey}`; `view_orders:{projectKey}` is
  ///   enough for orders alone. A 401 has it fetch a new one, once.
  package init(
    _ configuration: Configuration, http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    random: any RandomSource
  ) {
    self.configuration = configuration
    self.time = time
    calls = PlatformCalls(http: http, tokens: tokens, timeout: configuration.timeout, time: time, random: random)
  }

  package func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    let response = try await calls.send(
      .get, address(ofNumber: id), maximumBodySize: configuration.maximumBodySize, context: context,
      by: calls.deadline(of: context))
    guard response.status != 404 else { return nil }
    do throws(UnreadableAnswer) {
      return try CommercetoolsOrder(id, body: response.body).order(configuration, now: time.now)
    } catch {
      throw error.platformError
    }
  }

  // MARK: - Addresses

  func address(ofNumber id: OrderID) -> String { "\(orders)/order-number=\(id.rawValue.percentEncoded)" }

  func address(ofID id: String) -> String { "\(orders)/\(id.percentEncoded)" }

  private var orders: String { "\(configuration.apiURL)/\(configuration.projectKey.percentEncoded)/orders" }
}
