import Core
import Events
import Identity
import Loyalty
import Orders
import Recording
import Webhooks

/// The OpenAPI 3.1 document, put together from what each room says of its own routes. A test holds it against the routes.
enum OpenAPIDocument {
  private static let paths = [
    OrdersOpenAPI.paths, ReturnsOpenAPI.paths, LedgerOpenAPI.paths, RewardsOpenAPI.paths, RecordingOpenAPI.paths,
    EventsOpenAPI.paths,
    WebhooksOpenAPI.paths,
    IdentityOpenAPI.paths,
    SystemRoutes.paths,
  ]
  private static let schemas = [
    OrdersOpenAPI.schemas, ReturnsOpenAPI.schemas, LedgerOpenAPI.schemas, RewardsOpenAPI.schemas,
    RecordingOpenAPI.schemas,
    EventsOpenAPI.schemas,
    WebhooksOpenAPI.schemas,
  ]
  private static let scopes = Scopes.all

  /// - Parameter server: the public URL.
  static func make(server: String) -> JSONValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": "Ringback", "version": .string(Build.version), "summary": "The commerce server for contact centres.",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": .string(server)]],
      "security": [["oauth2": .array(scopes.map { .string($0.key) })]],
      "paths": .object(paths.flatMap { $0.members ?? [] }),
      "components": [
        "schemas": .object([.init("Problem", problem)] + schemas.flatMap { $0.members ?? [] }),
        "responses": [
          "Problem": [
            "description": "What went wrong: RFC 9457 with a stable `code`.",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
          ]
        ],
        "parameters": [
          "RequestID": header(
            "X-Request-ID", "The call id; answered, logged and sent upstream. Made if missing.", example: "call-77"),
          "IdempotencyKey": header(
            "Idempotency-Key", "The same key and body again get the first answer again.", example: "\"8e03978e-40d5\""),
        ],
        "securitySchemes": [
          "oauth2": [
            "type": "oauth2",
            "flows": [
              "clientCredentials": [
                "tokenUrl": .string(server + "/oauth/token"),
                "scopes": .object(scopes.map { .init($0.key, .string($0.value)) }),
              ]
            ],
          ]
        ],
      ],
    ]
  }

  private static func header(_ name: String, _ description: String, example: String) -> JSONValue {
    [
      "name": .string(name), "in": "header", "required": false, "description": .string(description),
      "schema": ["type": "string"], "example": .string(example),
    ]
  }

  /// RFC 9457 as Ringback writes it.
  private static let problem: JSONValue = [
    "type": "object", "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": [
      "type": ["type": "string", "format": "uri-reference"], "title": ["type": "string"], "status": ["type": "integer"],
      "code": ["type": "string", "description": "Stable; what a program should branch on."],
      "detail": ["type": "string", "description": "What happened, why, and what to do next."],
      "request_id": ["type": "string"],
    ],
  ]
}
