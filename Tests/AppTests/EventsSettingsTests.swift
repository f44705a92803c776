import Core
import Events
import Foundation
import Testing
import YAML

@testable import App

@Suite struct EventsSettingsTests {
  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  private func load(_ yaml: String, environment: [String: String] = [:]) throws -> EventsSettings {
    try LoadedConfiguration.load(
      try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: environment
    ).configuration.events
  }

  private func problems(_ entry: String, secret: String? = secret) throws -> [String] {
    do {
      var environment: [String: String] = [:]
      if let secret { environment["RINGBACK_EVENTS_SUBSCRIBERS_0_SECRET"] = secret }
      _ = try load("events:\n  subscribers:\n    - \(entry)\n", environment: environment)
      return []
    } catch let problems as ConfigurationProblems {
      return problems.problems.map(\.message)
    }
  }

  @Test func aSubscriberHasANameAURLTypesAndSecrets() throws {
    let settings = try load(
      """
      events:
        subscribers:
          - name: warehouse
            url: https://warehouse.example.com/events/
            types: [return.authorized, return.*]
          - name: books
            url: https://books.example.com
      """,
      environment: [
        "RINGBACK_EVENTS_SUBSCRIBERS_0_SECRET": Self.secret, "RINGBACK_EVENTS_SUBSCRIBERS_0_OLD_SECRET": Self.secret,
        "RINGBACK_EVENTS_SUBSCRIBERS_1_SECRET": Self.secret,
      ])
    #expect(settings.subscribers.map(\.name) == ["warehouse", "books"])
    #expect(settings.subscribers.map(\.url) == ["https://warehouse.example.com/events", "https://books.example.com"])
    #expect(settings.subscribers.map(\.secrets.count) == [2, 1])
    #expect(settings.subscribers.map { $0.types.map(\.description) } == [["return.authorized", "return.*"], []])
  }

  @Test(arguments: [
    ("{name: a, url: https://a.example}", nil, "secret_file"),
    ("{name: a, url: https://a.example}", "secret", "no secret of Standard Webhooks"),
    ("{name: a}", secret, "url"), ("{url: https://a.example}", secret, "name"),
    ("{name: a b, url: https://a.example}", secret, "letters, digits"),
    ("{name: a, url: http://a.example}", secret, "https only"),
    ("{name: a, url: https://a.example, types: [retrun.closed]}", secret, "Did you mean \"return.closed\"?"),
    ("{name: a, url: https://a.example, types: [Return]}", secret, "type of event"),
    ("{name: a, url: https://a.example, colour: red}", secret, "unknown key"),
  ])
  func whatIsWrongIsSaid(_ entry: String, _ secret: String?, _ expected: String) throws {
    let problems = try problems(entry, secret: secret)
    #expect(problems.count == 1 && problems.first?.contains(expected) == true, "\(problems)")
    #expect(!problems.joined().contains("MfKQ"))
  }

  @Test func twoSubscribersOfOneNameAreRefused() throws {
    let entry = "{name: a, url: https://a.example}\n    - {name: a, url: https://b.example}"
    #expect(throws: ConfigurationProblems.self) {
      try load(
        "events:\n  subscribers:\n    - \(entry)\n",
        environment: [
          "RINGBACK_EVENTS_SUBSCRIBERS_0_SECRET": Self.secret, "RINGBACK_EVENTS_SUBSCRIBERS_1_SECRET": Self.secret,
        ])
    }
  }

  @Test func theReferenceHasExactlyTheTypesThatThereAre() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/reference/events.md"), encoding: .utf8)
    let rows = page.matches(of: /\n\| `([a-z_]+\.[a-z_]+)` \| (.+) \|/).map { "\($0.1): \($0.2)" }
    #expect(rows == EventTypes.all.map { "\($0.key): \($0.value)" })
  }
}
