import HTTPClient

/// Where one organisation's Genesys Cloud is: the base URLs of its API and of its sign-in.
package struct GenesysHosts: Sendable, Hashable {
  /// Without a slash at its end.
  package let api: String
  package let login: String

  /// A region by the name that Amazon gives it (`eu-central-1`) or by its domain (`mypurecloud.de`); nil for an unknown
  /// one. The table is the one of the official SDK and the Terraform provider.
  package init?(region: String) {
    let name = region.lowercased()
    guard let domain = Self.domains[name] ?? Self.domains.values.first(where: { $0 == name }) else { return nil }
    api = "https://api.\(domain)"
    login = "https://login.\(domain)"
  }

  /// A gateway in front of both, as the official SDK's gateway setting means it; a sandbox, for example.
  package init(gateway: String) {
    api = gateway
    login = gateway
  }

  package init(api: String, login: String) {
    self.api = api
    self.login = login
  }

  package static var regions: [String] { domains.keys.sorted() }

  private static let domains: [String: String] = [
    "us-east-1": "mypurecloud.com", "us-east-2": "use2.us-gov-pure.cloud", "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud", "mx-central-1": "mxc1.pure.cloud", "sa-east-1": "sae1.pure.cloud",
    "eu-west-1": "mypurecloud.ie", "eu-west-2": "euw2.pure.cloud", "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud", "eusc-de-east-1": "edee1.eusc-pure.cloud", "me-central-1": "mec1.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud", "ap-southeast-2": "mypurecloud.com.au", "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud", "ap-northeast-3": "apne3.pure.cloud", "ap-south-1": "aps1.pure.cloud",
  ]

  /// The client-credentials grant; the client's roles decide what it may do, so there is no scope.
  package func tokenEndpoint(clientID: String) -> TokenEndpoint {
    TokenEndpoint(url: "\(login)/oauth/token", clientID: clientID, style: .basic)
  }
}
