import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Orders

@Suite struct OpenAPITests {
  @Test func describesTheRoutesAndNoOthers() async throws {
    let feature = try await FeatureFixture().feature
    let served = Set(feature.routes.map { "\($0.method.name.lowercased()) \($0.pattern)" })
    let described = OrdersOpenAPI.paths.members?.flatMap { path in
      path.value.members?.map { "\($0.name) \(path.name)" } ?? []
    }
    #expect(Set(try #require(described)) == served)
  }

  @Test func asksForTheScopesOfTheRoutes() async throws {
    for route in try await FeatureFixture().feature.routes {
      let operation = OrdersOpenAPI.paths[route.pattern]?[route.method.name.lowercased()]
      let scope = try #require(operation?["security"]?[0]?["oauth2"]?[0]?.string)
      #expect(route.access == .scope(scope))
    }
  }

  @Test func everyReferenceOfOursHasItsSchema() {
    let ours = Set(OrdersOpenAPI.schemas.members?.map(\.name) ?? [])
    for name in references(in: OrdersOpenAPI.paths) { #expect(ours.contains(name), "\(name)") }
  }

  /// The answer has the members that the schema lists, and no others.
  @Test func theAnswerIsWhatTheSchemaSays() async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.get("/v1/orders/ORD-839201").json
    let schema = try #require(OrdersOpenAPI.schemas["Order"])
    let names = Set(try #require(schema["properties"]?.members).map(\.name))
    #expect(Set(try #require(answer.members).map(\.name)) == names)
    #expect(Set(try #require(schema["required"]?.array).compactMap(\.string)) == names)
    let statuses = schema["properties"]?["order_status"]?["enum"]?.array?.compactMap(\.string)
    #expect(statuses == OrderStatus.allCases.map(\.rawValue))
    #expect(
      schema["properties"]?["freshness"]?["enum"]?.array?.compactMap(\.string) == Freshness.allCases.map(\.rawValue))
    let states = OrdersOpenAPI.schemas["CallbackStatus"]?["properties"]?["status"]?["enum"]?.array
    #expect(states?.compactMap(\.string) == ErrandState.allCases.map(\.rawValue))
  }

  private func references(in value: JSONValue) -> [String] {
    switch value {
    case .object(let members):
      members.flatMap { member in
        guard member.name == "$ref", let target = member.value.string else { return references(in: member.value) }
        let parts = target.split(separator: "/")
        return parts.dropLast().last == "schemas" ? [String(parts[parts.count - 1])] : []
      }
    case .array(let items): items.flatMap(references)
    default: []
    }
  }
}
