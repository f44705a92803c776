import Core

/// A data action of a web-services integration, as Genesys Cloud exports it.
struct DataAction: Sendable {
  let file: String
  let name: String
  let category: String?
  /// Its inputs and outputs are not printed.
  let isSecure: Bool
  /// A custom authentication action: its answer is `authResponse` in the others.
  let isAuthentication: Bool
  let inputs: [ContractField]
  let outputs: [ContractField]
  let successSchema: ContractSchema
  let request: Request
  let response: Response

  struct Request: Sendable {
    let method: String
    let url: Template
    let urlSource: String
    let body: Template?
    let headers: [(name: String, value: Template)]
    /// The integration's own limit. The vendor's documentation sets 60 s as the maximum; exports do not carry it.
    let timeout: Duration

    var templates: [Template] { [url] + (body.map { [$0] } ?? []) + headers.map(\.value) }
  }

  struct Response: Sendable {
    let translation: [(name: String, path: JSONPath)]
    let defaults: [String: String]
    let success: Template
  }

  var usesAuthentication: Bool { request.templates.contains { $0.mentions("authResponse") } }
}

/// The names that Architect offers as failure outputs of every data action (facts of 50 published flows).
enum DataActionFailureOutput {
  static let types: KeyValuePairs<String, FlowType> = [
    "errorCode": .string, "status": .integer, "correlationId": .string, "entityId": .string, "entityName": .string,
    "userMessage": .string, "userParamsMessage": .string, "userParams.key": .collection(.string),
    "userParams.value": .collection(.string), "details.errorCode": .collection(.string),
    "details.fieldName": .collection(.string), "details.entityId": .collection(.string),
    "details.entityName": .collection(.string),
  ]

  static func type(of name: String) -> FlowType? { types.first { $0.key == name }?.value }
}
