import Core
import EventLoop
import FoundationEssentials
import HTTPMessages
import HTTPServer
import Telemetry
import Testing
import YAML

@testable import App

@Suite struct OpenAPITests {
  private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
  private let document = OpenAPIDocument.make(server: "https://ringback.example.com")

  private struct Operation {
    let path: String
    let method: String
    let value: JSONValue

    var name: String { "\(method) \(path)" }
  }

  private var operations: [Operation] {
    (document["paths"]?.members ?? []).flatMap { path in
      (path.value.members ?? []).filter { Self.methods.contains($0.name) }
        .map { Operation(path: path.name, method: $0.name, value: $0.value) }
    }
  }

  @Test func describesTheRoutesOfARunningInstanceAndNoOthers() async throws {
    let served = try await withRoutes { routes in routes.map { "\($0.method.name.lowercased()) \($0.pattern)" } }
    let described = operations.map(\.name)
    #expect(Set(described) == Set(served))
    #expect(described.count == served.count)
  }

  @Test func asksForTheScopesOfTheRoutes() async throws {
    let access = try await withRoutes { routes in
      Dictionary(uniqueKeysWithValues: routes.map { ("\($0.method.name.lowercased()) \($0.pattern)", $0.access) })
    }
    for operation in operations {
      switch access[operation.name] {
      case .scope(let scope):
        #expect(operation.value["security"]?[0]?["oauth2"]?[0]?.string == scope, "\(operation.name)")
        for status in ["401", "403"] {
          #expect(operation.value["responses"]?[status] != nil, "\(operation.name) does not say \(status)")
        }
        #expect(Scopes.all.contains { $0.key == scope }, "\(scope) is no scope that a client can be given")
      case .open: #expect(operation.value["security"]?.array?.isEmpty == true, "\(operation.name)")
      case nil: Issue.record("\(operation.name) is served by nobody")
      }
    }
  }

  @Test func everyOperationHasAnIdOfItsOwn() {
    let ids = operations.compactMap { $0.value["operationId"]?.string }
    #expect(ids.count == operations.count)
    #expect(Set(ids).count == ids.count)
  }

  @Test func everyReferenceLeadsSomewhere() {
    let references = references(in: document)
    #expect(!references.isEmpty)
    for reference in Set(references) {
      let parts = reference.split(separator: "/").map(String.init)
      let found = parts.dropFirst().reduce(document as JSONValue?) { $0?[$1] }
      #expect(parts.first == "#" && found != nil, "\(reference)")
    }
  }

  /// Where an operation names the codes of a problem, they are codes that there are.
  @Test func theCodesThatTheDocumentNamesExist() throws {
    let documented = try documentedCodes()
    for operation in operations {
      for response in operation.value["responses"]?.members ?? [] where response.value["$ref"] != nil {
        let text = response.value["description"]?.string ?? ""
        for code in text.matches(of: /[a-z]+(_[a-z]+)+/).map({ String($0.output.0) }) {
          #expect(documented.contains(code), "\(operation.name) \(response.name)")
        }
      }
    }
  }

  /// What a caller may branch on is documented, and what is documented exists.
  @Test func theReferenceHasExactlyTheProblemCodesOfTheSources() throws {
    let rooms = [
      "HTTPServer", "Identity", "Idempotency", "Events", "Webhooks", "Orders", "Loyalty", "Recording", "App",
    ]
    var inSources: Set<String> = []
    for room in rooms {
      let folder = Self.root.appending(path: "Sources/\(room)")
      for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      // What is wrong with a line of a file is no answer of the API.
      where file.hasSuffix(".swift") && !file.contains("/Import/") {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        inSources.formUnion(text.matches(of: /code: "([a-z_]+)"/).map { String($0.1) })
      }
    }
    #expect(try documentedCodes() == inSources)
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func documentedCodes() throws -> Set<String> {
    let page = try String(contentsOf: Self.root.appending(path: "docs/reference/api.md"), encoding: .utf8)
    let table = try #require(page.split(separator: "## Problem codes").last)
    return Set(table.matches(of: /\n\| `([a-z_]+)` \|/).map { String($0.1) })
  }

  /// The routes of an instance with the settings of an empty file, on a free port and in a private folder.
  private func withRoutes<Value>(_ body: ([Route]) throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ringback-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let configuration = try LiveConfiguration {
      try LoadedConfiguration.load(
        try YAMLDocument(parsing: ""), path: "ringback.yaml", environment: [:],
        options: [("data", folder, "--data"), ("server.listen", "127.0.0.1:0", "--listen")])
    }
    let logger = Logger(LogOutput(level: .error, time: SystemTime()) { _ in })
    let platform = try await Platform.open(configuration.current, logger: logger)
    let loop = try Loop(name: "openapi")
    let instance = try await Instance(configuration, loops: [loop], platform: platform)
    let value = Result { try body(instance.routes) }
    _ = await instance.stop(drainTime: .seconds(1))
    loop.stop()
    return try value.get()
  }

  private func references(in value: JSONValue) -> [String] {
    switch value {
    case .object(let members):
      members.flatMap { member in
        guard member.name == "$ref", let target = member.value.string else { return references(in: member.value) }
        return [target]
      }
    case .array(let items): items.flatMap(references)
    default: []
    }
  }
}
