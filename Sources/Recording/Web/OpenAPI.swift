import Core

/// This feature's part of the OpenAPI 3.1 document.
package enum RecordingOpenAPI {
  /// Members of `paths`.
  package static let paths: JSONValue = [
    "/v1/conversations/{conversation_id}/recording": [
      "post": [
        "operationId": "setRecording", "summary": "Pause or resume the recording of a conversation",
        "tags": ["recording"], "security": [["oauth2": ["recording:write"]]],
        "parameters": [
          ["$ref": "#/components/parameters/RequestID"],
          [
            "name": "conversation_id", "in": "path", "required": true, "schema": ["type": "string", "format": "uuid"],
            "description": "The contact centre's id of the conversation.",
          ],
        ],
        "requestBody": [
          "required": true,
          "content": ["application/json": ["schema": ["$ref": "#/components/schemas/RecordingRequest"]]],
        ],
        "responses": [
          "200": [
            "description": "The contact centre has said that it is so.",
            "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Recording"]]],
          ],
          "400": problem("invalid_json"), "401": problem(nil), "403": problem(nil),
          "404": problem("conversation_not_found"), "409": problem("conversation_ended, recording_busy"),
          "415": problem(nil), "422": problem("recording_state_invalid"),
          "503": problem("contact_centre_unavailable: do not take card data"),
          "504": problem("contact_centre_timeout: do not take card data"),
        ],
      ]
    ]
  ]

  /// Members of `components/schemas`.
  package static let schemas: JSONValue = [
    "RecordingRequest": [
      "type": "object", "required": ["state"], "properties": ["state": state],
    ],
    "Recording": [
      "type": "object", "additionalProperties": false, "required": ["conversation_id", "state", "resumes_at"],
      "properties": [
        "conversation_id": ["type": "string", "format": "uuid"], "state": state,
        "resumes_at": [
          "type": ["string", "null"], "format": "date-time",
          "description": "When a pause ends if nobody ends it before.",
        ],
      ],
    ],
  ]

  private static let state: JSONValue = [
    "type": "string", "enum": .array(RecordingState.allCases.map { .string($0.rawValue) }),
  ]

  private static func problem(_ codes: String?) -> JSONValue {
    let reference = JSONValue.Member("$ref", "#/components/responses/Problem")
    return .object([reference] + (codes.map { [.init("description", .string($0))] } ?? []))
  }
}
