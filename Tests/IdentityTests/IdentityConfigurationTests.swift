import Security
import Testing

@testable import Identity

@Suite struct IdentityConfigurationTests {
  typealias Change = @Sendable (inout IdentityConfiguration) -> Void

  private static let partner = OutsideIssuer(
    issuer: "https://partner.example", keysURL: "https://partner.example/keys", audience: "ringback", scopes: [:])

  private static let unsafe: [(String, Change)] = [
    ("no issuer", { $0.issuer = "" }), ("no audience", { $0.audience = "" }),
    ("a lifetime of a week", { $0.tokenLifetime = .seconds(7 * 86_400) }),
    ("a lifetime of a second", { $0.tokenLifetime = .seconds(1) }),
    ("keys that die before their tokens", { $0.keyRotationPeriod = .seconds(3_600) }),
    ("an outside issuer with our name", { $0.outsideIssuers[0].issuer = $0.issuer }),
    ("one outside issuer twice", { $0.outsideIssuers.append(partner) }),
    ("keys over http", { $0.outsideIssuers[0].keysURL = "http://partner.example/keys" }),
    ("keys from a host that looks like loopback", { $0.outsideIssuers[0].keysURL = "http://127.0.0.1.evil.example/" }),
    ("keys from a host behind a name", { $0.outsideIssuers[0].keysURL = "http://127.0.0.1:80@evil.example/" }),
    ("no algorithm", { $0.outsideIssuers[0].algorithms = [] }), ("no type", { $0.outsideIssuers[0].types = [] }),
  ]

  @Test(arguments: unsafe)
  func isRefused(name: String, change: Change) {
    var configuration = IdentityConfiguration(
      issuer: "https://r.example", audience: "r", outsideIssuers: [Self.partner])
    #expect(throws: Never.self) { try configuration.check() }
    change(&configuration)
    #expect(throws: IdentityConfigurationError.self, "\(name)") { try configuration.check() }
  }

  @Test(arguments: ["http://127.0.0.1:8080/keys", "http://[::1]:1/keys", "http://localhost:1/"])
  func keysMayComeFromLoopback(url: String) throws {
    var configuration = IdentityConfiguration(
      issuer: "https://r.example", audience: "r", outsideIssuers: [Self.partner])
    configuration.outsideIssuers[0].keysURL = url
    try configuration.check()
  }
}
