import Core

/// This room's part of the OpenAPI 3.1 document.
package enum WebhooksOpenAPI {
  /// Members of `paths`.
  package static let paths: JSONValue = [
    "/v1/webhooks/{source}": [
      "post": [
        "operationId": "receiveWebhook", "summary": "Take what a shop platform has to say", "tags": ["webhooks"],
        "description": """
        Not for clients: the vendor calls it, and signs the raw body as it does everywhere. For genesys a key in a header \
        field, or an access token with the scope webhooks:send, is as good.
        """,
        "security": [], "parameters": [["$ref": "#/components/parameters/RequestID"], source],
        "requestBody": ["required": true, "content": ["application/json": ["schema": [:]]]],
        "responses": [
          "200": [
            "description": "It is kept. What a retry would not mend is told here, too.",
            "content": ["application/json": ["schema": ["$ref": "#/components/schemas/WebhookReceipt"]]],
          ],
          "401": problem(
            """
            signature_missing, signature_wrong, timestamp_invalid, timestamp_out_of_range, delivery_id_invalid, \
            recipient_wrong
            """),
          "403": problem("insufficient_scope"),
          "404": problem("webhook_source_unknown"),
          "413": problem("body_too_large"),
          "429": problem("webhooks_overloaded: send it again, more slowly"),
          "503": problem("webhook_source_disabled, database_unavailable: send it again later"),
        ],
      ],
      "get": [
        "operationId": "answerWebhookChallenge", "summary": "Echo the challenge that Adobe registers a webhook with",
        "tags": ["webhooks"], "security": [],
        "parameters": [
          source,
          [
            "name": "challenge", "in": "query", "required": true,
            "schema": ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"],
          ],
        ],
        "responses": [
          "200": ["description": "The challenge.", "content": ["text/plain": ["schema": ["type": "string"]]]],
          "400": problem("challenge_invalid"), "404": problem("webhook_source_unknown"),
        ],
      ],
    ]
  ]

  /// Members of `components/schemas`.
  package static let schemas: JSONValue = [
    "WebhookReceipt": [
      "type": "object", "additionalProperties": false,
      "properties": [
        "id": ["type": "string", "description": "Ours."],
        "state": ["type": "string", "enum": ["received", "ignored", "unreadable"]],
        "note": ["type": "string", "description": "Why nothing will be done."],
        "duplicate": ["const": true, "description": "This delivery came before; alone in the answer."],
      ],
    ]
  ]

  private static let source: JSONValue = [
    "name": "source", "in": "path", "required": true,
    "schema": ["type": "string", "enum": .array(WebhookVendor.allCases.map { .string($0.rawValue) })],
  ]

  private static func problem(_ codes: String) -> JSONValue {
    ["$ref": "#/components/responses/Problem", "description": .string(codes)]
  }
}
