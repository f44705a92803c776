import Core
import HTTPMessages
import Testing

@testable import Sandbox

@Suite struct GraphQLTests {
  @Test(arguments: [
    "", "{", "{ shop", "{ shop { name }", "query", "query {", "}", "{ shop { name } } }",
    "{ orders(first: ) { nodes { id } } }",
    "{ orders(first: 1 { nodes { id } } }", "{ order(id: \"1) { id } }", "{ a: }", "fragment on on Order { id }",
    "{ ... }", "{ shop { name } ..", "{ shop { } }", "query ($a) { shop { name } }", "{ order(id: 01) { id } }",
    "{ é }",
    "subscription", "{ order(id: \"\\q\") { id } }", "{ order(id: \"\"\"x) { id } }",
  ])
  func malformedTextIsASyntaxError(text: String) {
    #expect(throws: GraphQLError.self) { try GraphQLParser.document(text) }
  }

  @Test func nestingIsBounded() {
    let deep = String(repeating: "{ a ", count: 10_000)
    #expect(throws: GraphQLError.self) { try GraphQLParser.document(deep) }
    let list = "{ a(b: " + String(repeating: "[", count: 10_000)
    #expect(throws: GraphQLError.self) { try GraphQLParser.document(list) }
  }

  @Test func everythingThatTheGrammarHasIsRead() throws {
    let document = try GraphQLParser.document(
      """
      # a comment, and commas that mean nothing
      query Named($id: ID!, $n: [Int!] = [1, 2], $on: Boolean = true) @idempotent(key: "k") {
        a: order(id: $id) @include(if: $on) { ...F, ... on Order { id } ... @skip(if: false) { name } },
        orders(first: 1, query: "name:\\"x\\" \\u00e9", sortKey: ID, reverse: true) { nodes { id } }
        b: node(id: \"\"\"block
      text\"\"\") { id }
      }
      fragment F on Order { name }
      """)
    #expect(document.operations.count == 1)
    #expect(document.operations[0].label == "query Named")
    #expect(document.operations[0].variables.map { "\($0.type)" } == ["ID!", "[Int!]", "Boolean"])
    #expect(document.fragments["F"]?.type == "Order")
    guard case .field(let second) = document.operations[0].selections[1] else {
      Issue.record("no field")
      return
    }
    #expect(second.arguments.map(\.name) == ["first", "query", "sortKey", "reverse"])
    #expect(second.arguments[1].value == .constant("name:\"x\" é"))
    #expect(second.location == GraphQLLocation(line: 4, column: 3))
  }

  /// The words are Shopify's, as they stand in public reports.
  @Test(arguments: [
    (
      "{ orders(first: 1) { nodes { agreements } } }", "Field 'agreements' doesn't exist on type 'Order'",
      "undefinedField"
    ),
    (
      "{ shop }",
      "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
      "selectionMismatch"
    ),
    (
      "{ shop { name { first } } }",
      "Selections can't be made on scalars (field 'name' returns String but has selections)", "selectionMismatch"
    ),
    ("{ order { id } }", "Field 'order' is missing required arguments: id", "missingRequiredArguments"),
    ("{ orders(firts: 1) { nodes { id } } }", "Field 'orders' doesn't accept argument 'firts'", "argumentNotAccepted"),
    (
      "{ orders(first: \"1\") { nodes { id } } }",
      "Argument 'first' on Field 'orders' has an invalid value (\"1\"). Expected type 'Int'.",
      "argumentLiteralsIncompatible"
    ),
    (
      "{ orders(first: 1, sortKey: NAME) { nodes { id } } }",
      "Argument 'sortKey' on Field 'orders' has an invalid value (NAME). Expected type 'OrderSortKeys'.",
      "argumentLiteralsIncompatible"
    ),
    ("{ shop { ...X } }", "Fragment X was used, but not defined", "useAndDefineFragment"),
    ("{ shop { name } } fragment X on Shop { id }", "Fragment X was defined, but not used", "useAndDefineFragment"),
    ("{ shop { ...X } } fragment X on Shop { ...X }", "Fragment X contains an infinite loop", "infiniteLoop"),
    ("{ shop { ... on Shoop { id } } }", "No such type Shoop, so it can't be a fragment condition", "undefinedType"),
    ("{ order(id: $id) { id } }", "Variable $id is used by query but not declared", "variableNotDefined"),
    ("query Q($id: ID!) { shop { id } }", "Variable $id is declared by Q but not used", "variableNotUsed"),
    (
      "query Q($id: String!) { order(id: $id) { id } }",
      "Type mismatch on variable $id and argument id (String! / ID!)", "variableMismatch"
    ),
    (
      "query Q($id: ID) { order(id: $id) { id } }", "Type mismatch on variable $id and argument id (ID / ID!)",
      "variableMismatch"
    ),
    ("{ shop @defer { id } }", "Directive @defer is not defined", "undefinedDirective"),
  ])
  func wrongQueriesAreAnsweredAsShopifyDoes(query: String, message: String, code: String) async {
    let answer = await Bench().graphQL(query, variables: ["id": "gid://shopify/Order/1"])
    #expect(answer["data"] == nil)
    #expect(answer.at("errors.0.message")?.string == message)
    #expect(answer.at("errors.0.extensions.code")?.string == code)
    #expect(answer.at("errors.0.locations.0.line")?.integer == 1)
  }

  @Test func anUnknownFieldSaysWhereItStands() async {
    let answer = await Bench().graphQL("query Get {\n  orders(first: 1) { edges { node { agreements } } }\n}")
    let error = answer.at("errors.0")
    #expect(error?["path"]?.array?.compactMap(\.string) == ["query Get", "orders", "edges", "node", "agreements"])
    #expect(error?.at("extensions.typeName")?.string == "Order")
    #expect(error?.at("extensions.fieldName")?.string == "agreements")
    #expect(error?.at("locations.0.column")?.integer == 37)
  }

  @Test(arguments: [
    #"{"id":null}"#, "{}", #"{"id":true}"#, #"{"id":["x"]}"#,
  ])
  func variablesAreChecked(text: String) async throws {
    let variables = try JSONValue(parsing: text)
    let answer = await Bench().graphQL("query($id: ID!) { order(id: $id) { id } }", variables: variables)
    #expect(answer.at("errors.0.message")?.string == "Variable $id of type ID! was provided invalid value")
    #expect(answer.at("errors.0.extensions.problems.0.explanation") != nil)
  }

  @Test func aConnectionNeedsAPageSize() async {
    let answer = await Bench().graphQL("{ orders { nodes { id } } }")
    #expect(answer.at("errors.0.message")?.string == "you must provide one of first or last")
    #expect(answer.at("data.orders")?.isNull == true)
  }

  @Test func conditionsAndMergedFields() async {
    let answer = await Bench().graphQL(
      """
      query ($yes: Boolean!, $no: Boolean!) {
        shop { name @skip(if: $yes) email @include(if: $no) id }
        shop { currencyCode }
      }
      """, variables: ["yes": true, "no": false])
    #expect(answer.at("data.shop")?.members?.map(\.name) == ["id", "currencyCode"])
  }

  @Test func operationsAreChosenByName() async {
    let bench = Bench()
    let token = await bench.shopifyToken()
    func run(_ name: String?) async -> JSONValue {
      let body: JSONValue = [
        "query": "query A { shop { name } } query B { shop { id } }",
        "operationName": name.map { .string($0) } ?? .null,
      ]
      return await bench.send(
        .post, "/shopify/admin/api/2026-07/graphql.json", ["x-shopify-access-token": token], body: body.text
      ).json
    }
    #expect(await run("B").at("data.shop.id") != nil)
    #expect(await run(nil).at("errors.0.message")?.string == "An operation name is required")
    #expect(await run("C").at("errors.0.message")?.string == "No operation named \"C\"")
  }

  @Test func subscriptionsAreNot() async {
    let answer = await Bench().graphQL("subscription { order { id } }")
    #expect(answer.at("errors.0.message") == "Schema is not configured for subscriptions")
  }
}
