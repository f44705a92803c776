import CommercePlatforms
import HTTPClient

extension CommercetoolsSettings {
  var connector: Commercetools.Configuration {
    var connector = Commercetools.Configuration(
      apiURL: apiURL ?? "https://api.\(region).commercetools.com", projectKey: projectKey ?? "")
    connector.returnWindowDays = returnWindowDays
    connector.locale = locale
    return connector
  }

  var tokenEndpoint: TokenEndpoint {
    TokenEndpoint(
      url: (authURL ?? "https://auth.\(region).commercetools.com") + "/oauth/token", clientID: clientID ?? "",
      scope: scope ?? "manage_orders:\(projectKey ?? "")")
  }
}
