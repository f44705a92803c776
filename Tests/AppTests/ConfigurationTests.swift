import Core
import Testing
import YAML

@testable import App

@Suite struct ConfigurationTests {
  private func load(
    _ yaml: String = "", environment: [String: String] = [:], set: [(String, String)] = []
  ) throws -> LoadedConfiguration {
    try LoadedConfiguration.load(
      try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: environment,
      options: set.map { ($0.0, $0.1, "--set \($0.0)") })
  }

  private func problems(
    _ yaml: String = "", environment: [String: String] = [:], set: [(String, String)] = []
  ) throws -> [String] {
    do {
      _ = try load(yaml, environment: environment, set: set)
      return []
    } catch let problems as ConfigurationProblems {
      return problems.problems.map(\.line)
    }
  }

  @Test func anEmptyFileIsGood() throws {
    let loaded = try load()
    #expect(loaded.configuration.orders.timeout == .seconds(10))
    #expect(loaded.descriptions.allSatisfy { $0.origin == .fallback })
  }

  @Test func theCommandLineWeighsMoreThanTheEnvironmentAndThatMoreThanTheFile() throws {
    let yaml = "orders:\n  timeout: 1s\n  peak_timeout: 2s\n  stale_for: 3s\n"
    let environment = ["RINGBACK_ORDERS_PEAK_TIMEOUT": "20s", "RINGBACK_ORDERS_STALE_FOR": "30s", "PATH": "/bin"]
    let loaded = try load(yaml, environment: environment, set: [("orders.stale_for", "300s")])
    #expect(loaded.configuration.orders.timeout == .seconds(1))
    #expect(loaded.configuration.orders.peakTimeout == .seconds(20))
    #expect(loaded.configuration.orders.staleFor == .seconds(300))
    let origins = Dictionary(uniqueKeysWithValues: loaded.descriptions.map { ($0.key, "\($0.origin)") })
    #expect(origins["orders.timeout"] == "ringback.yaml:2:3")
    #expect(origins["orders.peak_timeout"] == "environment RINGBACK_ORDERS_PEAK_TIMEOUT")
    #expect(origins["orders.stale_for"] == "option --set orders.stale_for")
  }

  @Test(arguments: [
    (
      "orders:\n  chache_ttl: 1s",
      #"ringback.yaml:2:3: unknown key "orders.chache_ttl". Did you mean "orders.cache_ttl"?"#
    ),
    ("colour: red", #"ringback.yaml:1:1: unknown key "colour"."#),
    (
      "orders:\n  timeout: 10",
      #"ringback.yaml:2:3: orders.timeout is "10"; it takes a duration with its unit, for example "250ms", "10s", "15m", "1h" or "30d"."#
    ),
    (
      "orders:\n  timeout: [1s, 2s]",
      "ringback.yaml:2:3: orders.timeout is a list; it takes a duration with its unit, for example \"250ms\", \"10s\", \"15m\", \"1h\" or \"30d\"."
    ),
    (
      "orders:\n  verify: caller",
      #"ringback.yaml:2:3: orders.verify is "caller"; it takes none | caller_number | postal_code."#
    ),
    ("just text", "ringback.yaml:1:1: the file must be a mapping of keys."),
    (
      "orders:\n  platform: shopify\nshopify:\n  client_id: x",
      #"orders.platform "shopify" needs "shopify.shop" (for example "northwind.myshopify.com")."#
    ),
    (
      "server:\n  tls:\n    certificate_file: a.pem",
      "ringback.yaml:3:5: server.tls.certificate_file and server.tls.key_file go together."
    ),
  ])
  func mistakesAreNamedWithTheirPlace(yaml: String, line: String) throws {
    #expect(try problems(yaml) == [line])
  }

  @Test func allProblemsAreSaidAtOnceInTheOrderOfTheFile() throws {
    let lines = try problems("zzz: 1\norders:\n  timeout: soon\nlog:\n  levle: info\n")
    #expect(lines.map { String($0.prefix(17)) } == ["ringback.yaml:1:1", "ringback.yaml:3:3", "ringback.yaml:5:3"])
  }

  @Test func anUnknownVariableIsAProblem() throws {
    #expect(
      try problems(environment: ["RINGBACK_ORDERS_TIMEOT": "1s"])
        == ["environment RINGBACK_ORDERS_TIMEOT: unknown variable. Did you mean RINGBACK_ORDERS_TIMEOUT?"])
  }

  @Test func aSecretMayNotStandInTheFileAndNeverShows() throws {
    let lines = try problems("guide_shop:\n  client_secret: hunter2")
    #expect(lines.count == 1)
    #expect(lines[0].contains("client_secret_file"))
    #expect(!lines[0].contains("hunter2"))
    let loaded = try load(environment: ["RINGBACK_GUIDE_SHOP_CLIENT_SECRET": "hunter2"])
    #expect(loaded.configuration.guideShop.clientSecret?.reveal() == "hunter2")
    #expect(!"\(loaded)".contains("hunter2"))
    #expect(loaded.descriptions.first { $0.key == "guide_shop.client_secret" }?.value == "[redacted]")
  }

  @Test func aSecretFileThatIsNotThereIsNamed() throws {
    let lines = try problems("guide_shop:\n  client_secret_file: /nowhere/secret")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("ringback.yaml:2:3: guide_shop.client_secret_file \"/nowhere/secret\" cannot be read"))
  }

  @Test func outsideIssuersAreAListOfMappings() throws {
    let yaml = """
      identity:
        issuers:
          - issuer: https://a.example
            jwks_uri: https://a.example/jwks
            audience: ringback
            scopes: [orders:read, messages:send]
          - issuer: https://b.example
            jwks_uri: https://b.example/jwks
      """
    #expect(
      try problems(yaml)
        == [#"An outside issuer needs "identity.issuers[1].audience" (for example "ringback")."#])
    let issuers = try load(yaml + "\n      audience: x\n").configuration.identity.issuers
    #expect(issuers.map(\.issuer) == ["https://a.example", "https://b.example"])
    #expect(issuers[0].scopes == ["orders:read": "orders:read", "messages:send": "messages:send"])
  }

  @Test(arguments: [
    ("250ms", Duration.milliseconds(250)), ("0s", .zero), ("90s", .seconds(90)), ("15m", .seconds(900)),
    ("1h", .seconds(3_600)),
    ("30d", .seconds(2_592_000)),
  ])
  func readsDurations(text: String, duration: Duration) {
    #expect(Duration(text: text) == duration)
    #expect(Duration(text: duration.text) == duration)
  }

  @Test(arguments: ["", "s", "10", "1.5s", "-1s", "10 s", "1w", "99999999999d"])
  func refusesWhatIsNoDuration(text: String) {
    #expect(Duration(text: text) == nil)
  }
}
