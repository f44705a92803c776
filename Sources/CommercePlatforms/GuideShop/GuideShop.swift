import Core
import HTTPClient
import HTTPMessages
import Orders

/// A shop platform with the REST shape of the guide: `GET {base}/orders/{id}` and `POST {base}/returns` with a bearer
/// token.
package struct GuideShop: OrderPlatform {
  package struct Configuration: Sendable {
    /// Such as `https://api.shop.example/v2`, without a slash at its end.
    package var baseURL: String
    /// For answers that name none.
    package var currency: Currency
    /// The shop's own words for where an order stands, beside the usual ones; in lower case with `_` for spaces.
    package var statuses: [String: OrderStatus] = [:]
    /// The longest that one look-up may take; the deadline of the call is obeyed besides.
    package var timeout = Duration.seconds(15)
    package var maximumBodySize = 1 << 20

    package init(baseURL: String, currency: Currency) {
      self.baseURL = baseURL
      self.currency = currency
    }
  }

  package let name: String
  let configuration: Configuration
  let calls: PlatformCalls

  /// - Parameters:
  ///   - tokens: of the shop's own token endpoint. A 401 has it fetch a new one, once.
  ///   - name: in metrics and logs.
  package init(
    _ configuration: Configuration, http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    random: any RandomSource, name: String = "guide_shop"
  ) {
    self.name = name
    self.configuration = configuration
    calls = PlatformCalls(http: http, tokens: tokens, timeout: configuration.timeout, time: time, random: random)
  }

  package func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    let response = try await calls.send(
      .get, "\(configuration.baseURL)/orders/\(id.rawValue.percentEncoded)",
      maximumBodySize: configuration.maximumBodySize, context: context, by: calls.deadline(of: context))
    guard response.status != 404 else { return nil }
    do throws(UnreadableAnswer) {
      return try GuideShopAnswer(configuration).order(id, in: response.body)
    } catch {
      throw error.platformError
    }
  }
}
