import Core

/// This room's part of the OpenAPI 3.1 document.
package enum EventsOpenAPI {
  /// Members of `paths`.
  package static let paths: JSONValue = [
    "/v1/events": [
      "get": [
        "operationId": "readEvents", "summary": "What happened, as a page or as a stream", "tags": ["events"],
        "security": [["oauth2": [.string(GetEvents.scope)]]],
        "parameters": [
          ["$ref": "#/components/parameters/RequestID"],
          query("after", ["type": "string"], "Only events after this one: the id of a server-sent event, or `next`."),
          query("types", ["type": "string"], "Names with commas between; `return.*` for all that begin so."),
          query(
            "limit", ["type": "integer", "minimum": 1, "maximum": 1_000, "default": 100], "How many events, of a page."),
          [
            "name": "Last-Event-ID", "in": "header", "schema": ["type": "string"],
            "description": "In place of `after`; what a client sends that comes again.",
          ],
        ],
        "responses": [
          "200": [
            "description":
              "A page; or with `Accept: text/event-stream` a stream: `id` to read on from, `event` the type, `data` the event.",
            "content": [
              "application/json": ["schema": ["$ref": "#/components/schemas/EventPage"]],
              "text/event-stream": ["schema": ["type": "string"]],
            ],
          ],
          "400": ["$ref": "#/components/responses/Problem", "description": "events_query_invalid"],
          "401": ["$ref": "#/components/responses/Problem"], "403": ["$ref": "#/components/responses/Problem"],
          "503": ["$ref": "#/components/responses/Problem", "description": "too_many_streams, stopping"],
        ],
      ]
    ]
  ]

  /// Members of `components/schemas`.
  package static let schemas: JSONValue = [
    "EventPage": [
      "type": "object", "additionalProperties": false, "required": ["events", "next"],
      "properties": [
        "events": ["type": "array", "items": ["$ref": "#/components/schemas/Event"]],
        "next": ["type": "string", "description": "Where to read on: the next `after`."],
      ],
    ],
    "Event": [
      "type": "object", "description": "CloudEvents 1.0.",
      "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
      "properties": [
        "specversion": ["const": "1.0"], "id": ["type": "string"], "source": ["type": "string", "format": "uri"],
        "type": ["type": "string"], "subject": ["type": "string"], "time": ["type": "string", "format": "date-time"],
        "datacontenttype": ["const": "application/json"], "data": ["type": "object"],
      ],
    ],
  ]

  private static func query(_ name: String, _ schema: JSONValue, _ description: String) -> JSONValue {
    ["name": .string(name), "in": "query", "schema": schema, "description": .string(description)]
  }
}
