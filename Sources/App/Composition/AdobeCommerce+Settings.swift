import CommercePlatforms
import Core
import HTTPClient

extension AdobeCommerceSettings {
  var connector: AdobeCommerce.Configuration {
    var connector = AdobeCommerce.Configuration(baseURL: url ?? "")
    connector.store = store
    connector.isCloudService = authentication == .ims
    connector.returnWindowDays = returnWindowDays
    connector.resolution = resolution
    connector.condition = condition
    connector.statuses = statuses
    return connector
  }

  var tokenEndpoint: TokenEndpoint {
    TokenEndpoint(url: tokenURL, clientID: clientID ?? "", style: .body, scope: scope)
  }

  var credentials: OAuth1Credentials {
    OAuth1Credentials(
      consumerKey: consumerKey ?? "", consumerSecret: consumerSecret ?? Redacted(""),
      token: accessToken?.reveal() ?? "", tokenSecret: accessTokenSecret ?? Redacted(""))
  }

  /// - Parameters:
  ///   - current: the settings at the time of a call.
  ///   - tokens: of `tokenEndpoint`; asked for with `.ims` alone.
  func authentication(
    _ current: @escaping @Sendable () -> AdobeCommerceSettings, tokens: () -> AccessTokenSource
  ) -> AdobeCommerce.Authentication {
    switch authentication {
    case .oauth1: .oauth1 { current().credentials }
    case .bearer: .bearer { current().accessToken ?? Redacted("") }
    case .ims: .ims(tokens())
    }
  }
}
