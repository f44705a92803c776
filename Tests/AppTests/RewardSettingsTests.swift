import Core
import Loyalty
import Testing
import YAML

@testable import App

@Suite struct RewardSettingsTests {
  private func load(_ yaml: String, environment: [String: String] = [:]) throws -> Configuration {
    try LoadedConfiguration.load(
      try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: environment
    ).configuration
  }

  @Test func thePortalIsForNobodyUntilItIsConfigured() throws {
    let settings = try load("").loyalty
    #expect(settings.rewards.portalOrigins.isEmpty && settings.fulfilmentSecrets.isEmpty)
    #expect(settings.rewards.sessionLifetime == .seconds(900))
  }

  @Test func twoSecretsSignDuringARotation() throws {
    let secret = { (byte: UInt8) in "whsec_" + Base64.standard.encode([UInt8](repeating: byte, count: 32)) }
    let settings = try load(
      "loyalty:\n  portal_origins: [https://shop.example, \"http://localhost:3000\"]\n  session_lifetime: 5m\n",
      environment: [
        "RINGBACK_LOYALTY_FULFILLMENT_SECRET": secret(1), "RINGBACK_LOYALTY_OLD_FULFILLMENT_SECRET": secret(2),
      ]
    ).loyalty
    #expect(settings.rewards.portalOrigins == ["https://shop.example", "http://localhost:3000"])
    #expect(settings.rewards.sessionLifetime == .seconds(300) && settings.fulfilmentSecrets.count == 2)
  }

  @Test(arguments: [
    "portal_origins: [\"*\"]", "portal_origins: [shop.example]", "portal_origins: [\"https://shop.example/\"]",
    "portal_origins: [\"https://Shop.example\"]", "session_lifetime: 10s", "session_lifetime: 2d",
  ])
  func whatWouldLetTooMuchInIsRefused(_ line: String) throws {
    #expect(throws: ConfigurationProblems.self) { try load("loyalty:\n  \(line)\n") }
  }

  @Test func aSecretOfAnotherFormIsRefused() throws {
    #expect(throws: ConfigurationProblems.self) {
      try load("", environment: ["RINGBACK_LOYALTY_FULFILLMENT_SECRET": "hunter2"])
    }
  }
}
