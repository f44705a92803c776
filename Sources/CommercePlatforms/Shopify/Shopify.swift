import Core
import HTTPClient
import HTTPMessages
import Orders
import Telemetry

/// Shopify's Admin GraphQL API.
///
/// An order is looked up in two calls: by its name, which is a search whose hits are compared for equality, then by its
/// id together with what may be returned (`returnableFulfillments` takes an id only).
package struct Shopify: OrderPlatform {
  package struct Configuration: Sendable {
    /// `https://{shop}.myshopify.com`, or a sandbox; without a slash at its end.
    package var baseURL: String
    /// One of Shopify's quarterly versions.
    package var version = "2026-07"
    /// What the shop writes before the number: an order number `1001` is looked up as `#1001`. Empty when order numbers
    /// are the shop's names as they are; a number that begins with it already is left as it is.
    package var namePrefix = "#"
    /// What the shop writes behind the number.
    package var nameSuffix = ""
    /// Days after delivery (or dispatch, when the carrier reports no delivery) in which a return may be asked for; nil
    /// when the shop has no fixed window.
    package var returnWindowDays: Int?
    /// The longest that one look-up may take; the deadline of the call is obeyed besides.
    package var timeout = Duration.seconds(15)
    /// How long a look-up may wait for the shop's points to come back; a longer wait is answered as throttled.
    package var longestWait = Duration.seconds(1)
    package var maximumBodySize = 1 << 20
    package var returns = Returns.request

    /// How a return comes about.
    package enum Returns: String, Sendable, Hashable, CaseIterable {
      /// `returnRequest`: the merchant approves or declines it.
      case request
      /// `returnCreate`: it is open at once, so the shop's rules must have been applied before.
      case create
    }

    package init(baseURL: String) {
      self.baseURL = baseURL
    }

    /// - Parameter shop: the name before `.myshopify.com`, or the whole host.
    package init(shop: String) {
      self.init(baseURL: "https://\(shop.contains(".") ? shop : shop + ".myshopify.com")")
    }

    /// The client-credentials grant for apps of the shop's own organisation: a token lives for a day.
    package func tokenEndpoint(clientID: String) -> TokenEndpoint {
      TokenEndpoint(url: "\(baseURL)/admin/oauth/access_token", clientID: clientID, style: .json)
    }
  }

  package let name = "shopify"
  let configuration: Configuration
  let calls: ShopifyCalls
  let time: any TimeSource
  let reasons = ShopifyReasons()
  private let logger: Logger

  /// - Parameters:
  ///   - tokens: made from `configuration.tokenEndpoint`. A 401 has it fetch a new one, once.
  ///   - logger: is told which protected fields Shopify withholds.
  package init(
    _ configuration: Configuration, http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    random: any RandomSource, logger: Logger = .none
  ) {
    self.configuration = configuration
    self.time = time
    self.logger = logger
    calls = ShopifyCalls(configuration, http: http, tokens: tokens, time: time, random: random)
  }

  package func order(_ id: OrderID, context: CallContext) async throws(OrderPlatformError) -> Order? {
    let deadline = calls.deadline(of: context)
    let name = orderName(of: id)
    // A search whose order cannot be asked for in time would only spend points.
    let wait = calls.wait(for: .find, .order)
    guard wait <= configuration.longestWait else { throw .throttled(retryAfter: wait) }
    let found = try await calls.run(.find, ["query": .string(ShopifyQuery.search(name: name))], context, deadline)
    let gid: String?
    do throws(UnreadableAnswer) {
      gid = try ShopifyAnswer.identifier(of: name, in: found.data)
    } catch {
      throw error.platformError
    }
    guard let gid else { return nil }
    let answer = try await calls.run(.order, ["id": .string(gid)], context, deadline)
    if !answer.denied.isEmpty {
      logger.with(requestID: context.requestID).warning(
        "Shopify withholds fields; ask for access to protected customer data or for the missing scope",
        ["fields": .array(answer.denied.sorted().map { .string($0) })])
    }
    do throws(UnreadableAnswer) {
      return try ShopifyOrder(configuration, today: time.now).order(id, named: name, in: answer.data)
    } catch {
      throw error.platformError
    }
  }

  func orderName(of id: OrderID) -> String {
    let (prefix, suffix) = (configuration.namePrefix, configuration.nameSuffix)
    var name = id.rawValue
    if !prefix.isEmpty, !name.uppercased().hasPrefix(prefix.uppercased()) { name = prefix + name }
    if !suffix.isEmpty, !name.uppercased().hasSuffix(suffix.uppercased()) { name += suffix }
    return name
  }
}
