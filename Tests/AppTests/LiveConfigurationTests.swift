import Core
import Synchronization
import Telemetry
import Testing
import YAML

@testable import App

@Suite struct LiveConfigurationTests {
  /// A file that the test rewrites.
  private final class File: Sendable {
    private let state: Mutex<String>
    var text: String {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }

    init(_ text: String) { state = Mutex(text) }

    func load() throws -> LoadedConfiguration {
      try LoadedConfiguration.load(try YAMLDocument(parsing: text), path: "ringback.yaml", environment: [:])
    }
  }

  private struct Refused: Error {}

  @Test func whatMayChangeIsTakenOnAndTheRestIsNamed() throws {
    let file = File("server:\n  loops: 1\n")
    let live = try LiveConfiguration(file.load)
    file.text = "server:\n  loops: 2\n  limits:\n    body: 10B\n"
    let applied = Mutex(0)
    #expect(try live.reload { settings in applied.withLock { $0 = settings.server.bodyBytes } } == ["server.loops"])
    #expect(applied.withLock { $0 } == 10)
    #expect(live.current.server.bodyBytes == 10)
    #expect(try live.reload { _ in } == ["server.loops"], "named until the restart")
    file.text = "server:\n  loops: 1\n"
    #expect(try live.reload { _ in } == [])
  }

  @Test func aKeyThatIsGoneIsNamed() throws {
    let entry = "  - issuer: https://a.example\n    jwks_uri: https://a.example/keys\n    audience: a\n"
    let file = File("identity:\n  issuers:\n" + entry)
    let live = try LiveConfiguration(file.load)
    file.text = ""
    #expect(try live.reload { _ in }.contains("identity.issuers[0].issuer"))
  }

  @Test func whatIsWrongChangesNothing() throws {
    let file = File("log:\n  level: info\n")
    let live = try LiveConfiguration(file.load)
    file.text = "log:\n  level: loud\n"
    #expect(throws: ConfigurationProblems.self) { try live.reload { _ in Issue.record("it was taken on") } }
    file.text = "log:\n  level: debug\n"
    #expect(throws: Refused.self) { try live.reload { _ in throw Refused() } }
    #expect(live.current.log == .info)
  }

  /// Everything in these sections may change, and nothing in those.
  @Test func whatMayChange() throws {
    let descriptions = try File("").load().descriptions
    for setting in descriptions where setting.key.hasPrefix("server.limits.") || setting.isSecret {
      #expect(setting.isReloadable, "\(setting.key)")
    }
    let fixed = descriptions.filter { $0.key.hasPrefix("orders.") && !$0.isReloadable }.map(\.key)
    #expect(
      fixed == [
        "orders.platform", "orders.id_pattern", "orders.keyed_prefix", "orders.cache_size", "orders.breaker.failures",
        "orders.breaker.open_for", "orders.status_page",
      ])
  }
}
