import Core
import FoundationEssentials
import Testing
import Webhooks
import YAML

@testable import App

@Suite struct WebhookSettingsTests {
  private func settings(_ yaml: String = "", environment: [String: String] = [:]) throws -> WebhookSettings {
    try LoadedConfiguration.load(
      try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: environment
    ).configuration.webhooks
  }

  /// By source, how many keys it has.
  private func keys(_ yaml: String = "", environment: [String: String] = [:]) throws -> [String: Int] {
    let sources = try settings(yaml, environment: environment).inbox().sources
    return Dictionary(uniqueKeysWithValues: sources.map { ($0.name, $0.keys.count) }.filter { $0.1 > 0 })
  }

  @Test(
    arguments: [
      ([:], [:]),
      (["RINGBACK_SHOPIFY_CLIENT_SECRET": "a"], ["shopify": 1]),
      (["RINGBACK_SHOPIFY_CLIENT_SECRET": "a", "RINGBACK_WEBHOOKS_SHOPIFY_OLD_SECRET": "b"], ["shopify": 2]),
      (["RINGBACK_WEBHOOKS_GUIDE_SHOP_SECRET": "a"], ["guide-shop": 1]),
      (["RINGBACK_WEBHOOKS_ADOBE_IO_SECRET": "a"], ["adobe-io": 1]),
      (["RINGBACK_WEBHOOKS_STANDARD_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], ["standard-webhooks": 1]),
    ] as [([String: String], [String: Int])])
  func aSourceHasTheSecretsThatAreSet(_ environment: [String: String], _ expected: [String: Int]) throws {
    #expect(try keys(environment: environment) == expected)
  }

  @Test func adobesKeysComeFromFiles() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "ringback-\(UUID().uuidString).pem").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let yaml = "webhooks:\n  adobe_io:\n    client_id: c\n    public_key_files: [\(path)]\n"
    #expect(throws: CommandFailure.self) { try keys(yaml) }
    let pem = """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=
      -----END PUBLIC KEY-----

      """
    try pem.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try keys(yaml) == ["adobe-io": 1])
  }

  @Test(arguments: ["", "whsec_?", "whpk_AAAA"])
  func aSecretThatCannotBeOneStopsTheStart(_ secret: String) throws {
    #expect(throws: CommandFailure.self) { try keys(environment: ["RINGBACK_WEBHOOKS_STANDARD_SECRET": secret]) }
  }

  @Test(arguments: [
    ("webhooks:\n  retention: 3d", "webhooks.retention is 3d; it takes 4d or more."),
    (
      "webhooks:\n  adobe_io:\n    public_key_files: [a.pem]",
      #"webhooks.adobe_io.public_key_files needs "webhooks.adobe_io.client_id" (for example "the client id of the project")."#
    ),
  ])
  func whatDoesNotGoTogetherIsSaid(_ yaml: String, _ message: String) throws {
    do {
      _ = try settings(yaml)
      Issue.record("\(yaml) was taken")
    } catch let problems as ConfigurationProblems {
      #expect(problems.problems.map(\.message) == [message])
    }
  }

  @Test func aSourceIsSwitchedOffAlone() throws {
    let sources = try settings("webhooks:\n  shopify:\n    enabled: false\n").inbox().sources
    #expect(sources.filter { !$0.isEnabled }.map(\.name) == ["shopify"])
  }
}
