import Core
import Orders

struct AdobeCommerceSettings: Sendable {
  enum Authentication: String, Sendable, CaseIterable {
    case oauth1, bearer, ims
  }

  var url: String?
  var store: String
  var authentication: Authentication
  var consumerKey: String?
  var consumerSecret: Redacted<String>?
  var accessToken: Redacted<String>?
  var accessTokenSecret: Redacted<String>?
  var tokenURL: String
  var clientID: String?
  var clientSecret: Redacted<String>?
  var scope: String
  var returnWindowDays: Int?
  var resolution: String?
  var condition: String?
  var statuses: [String: OrderStatus]

  init(from reader: inout SettingsReader) {
    url = reader.optional(
      "adobe_commerce.url", .url,
      "The shop; /rest/{store}/V1 is asked below it. For ims, the REST endpoint with its tenant.")
    store = reader.value("adobe_commerce.store", .text, default: "default", "The code of the store view.")
    authentication = reader.value(
      "adobe_commerce.authentication", .choice, default: Authentication.oauth1,
      "How calls are signed: by an integration, by its token alone, or by Adobe's identity service for a Cloud Service."
    )
    consumerKey = reader.optional("adobe_commerce.consumer_key", .text, "The consumer key of the integration.")
    consumerSecret = reader.secret("adobe_commerce.consumer_secret", "Its consumer secret.")
    accessToken = reader.secret("adobe_commerce.access_token", "Its access token.")
    accessTokenSecret = reader.secret("adobe_commerce.access_token_secret", "Its access token secret.")
    tokenURL = reader.value(
      "adobe_commerce.token_url", .url, default: "https://ims-na1.adobelogin.com/ims/token/v3",
      "The token endpoint of Adobe's identity service.")
    clientID = reader.optional("adobe_commerce.client_id", .text, "The client id of the server-to-server credential.")
    clientSecret = reader.secret("adobe_commerce.client_secret", "Its client secret.")
    scope = reader.value(
      "adobe_commerce.scope", .text,
      default:
        "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs",
      "The scopes of that credential.")
    returnWindowDays = reader.optional(
      "adobe_commerce.return_window_days", .number(0...3_650),
      "Days after the last shipment in which a return may be asked for.")
    resolution = reader.optional(
      "adobe_commerce.resolution", .text, "The id of the option that new returns have for the attribute resolution.")
    condition = reader.optional(
      "adobe_commerce.condition", .text, "The id of the option that new returns have for the attribute condition.")
    let pairs = reader.list(
      "adobe_commerce.statuses", .statusPair, "The shop's own order statuses and what they stand for.")
    statuses = Dictionary(pairs.map { ($0.theirs, $0.ours) }) { $1 }
  }

  /// What is missing for the platform to be asked.
  func check(_ reader: inout SettingsReader) {
    let because = "orders.platform \"adobe_commerce\""
    reader.require(url, "adobe_commerce.url", because: because, example: "https://shop.example")
    switch authentication {
    case .oauth1:
      reader.require(
        consumerKey, "adobe_commerce.consumer_key", because: because, example: "the consumer key of the integration")
    case .bearer: break
    case .ims:
      reader.require(
        clientID, "adobe_commerce.client_id", because: because, example: "the client id of the credential")
    }
  }
}

/// A status of the shop's and the one of ours that it stands for.
struct StatusPair: Sendable, Hashable {
  let theirs: String
  let ours: OrderStatus
}

extension SettingForm where Value == StatusPair {
  static let statusPair = SettingForm(
    expectation: "the shop's status, \"=\" and one of \(OrderStatus.allCases.map(\.rawValue).joined(separator: " | "))",
    parse: { text in
      let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, let ours = OrderStatus(rawValue: parts[1]) else { return nil }
      return StatusPair(theirs: parts[0], ours: ours)
    }, show: { "\($0.theirs)=\($0.ours.rawValue)" })
}
