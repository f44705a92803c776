import Core

/// This feature's part of the OpenAPI 3.1 document. `Problem`, security schemes and the parameters that all operations
/// share (`RequestID`, `IdempotencyKey`) are the assembler's.
package enum OrdersOpenAPI {
  /// Members of `paths`.
  package static let paths = parse(pathsText)
  /// Members of `components/schemas`.
  package static let schemas = parse(schemasText)

  static func parse(_ text: String) -> JSONValue {
    do {
      return try JSONValue(parsing: text)
    } catch {
      preconditionFailure("the OpenAPI text of Orders is no JSON: \(error)")
    }
  }

  private static let pathsText = #"""
    {
      "/v1/orders/{order_id}": {
        "get": {
          "operationId": "getOrder",
          "summary": "Where an order is",
          "tags": ["orders"],
          "security": [{"oauth2": ["orders:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "order_id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 64},
             "description": "As the shop writes it, or the digits that a caller keyed.", "example": "ORD-839201"},
            {"name": "X-Caller", "in": "header", "schema": {"type": "string"},
             "description": "The caller's telephone number. Misses are counted against it; it is compared where orders.verify is caller_number."},
            {"name": "X-Postal-Code", "in": "header", "schema": {"type": "string"},
             "description": "Compared where orders.verify is postal_code."},
            {"name": "postal_code", "in": "query", "schema": {"type": "string"}, "description": "In place of X-Postal-Code."},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "responses": {
            "200": {
              "description": "The order.",
              "headers": {"Content-Language": {"schema": {"type": "string", "enum": ["en", "de"]}}},
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
            },
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "order_not_found"},
            "422": {"$ref": "#/components/responses/Problem", "description": "order_id_invalid"},
            "429": {"$ref": "#/components/responses/Problem", "description": "too_many_attempts"},
            "503": {"$ref": "#/components/responses/Problem", "description": "platform_unavailable"},
            "504": {"$ref": "#/components/responses/Problem", "description": "platform_timeout"}
          }
        }
      },
      "/v1/orders/{order_id}/text": {
        "post": {
          "operationId": "textOrderStatus",
          "summary": "Send the status as a text message once it can be had",
          "tags": ["orders"],
          "security": [{"oauth2": ["messages:send"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"},
            {"name": "order_id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 64}},
            {"name": "X-Postal-Code", "in": "header", "schema": {"type": "string"}},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}}
          ],
          "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TextRequest"}}}
          },
          "responses": {
            "202": {
              "description": "It will be sent.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TextAccepted"}}}
            },
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json, idempotency_key_invalid"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "409": {"$ref": "#/components/responses/Problem"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem", "description": "order_id_invalid, number_invalid, card_data_refused"},
            "429": {"$ref": "#/components/responses/Problem", "description": "too_many_attempts"}
          }
        }
      },
      "/v1/callbacks": {
        "post": {
          "operationId": "createCallback",
          "summary": "Book a call back by an agent",
          "tags": ["orders"],
          "security": [{"oauth2": ["callbacks:create"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"}
          ],
          "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackRequest"}}}
          },
          "responses": {
            "202": {
              "description": "It will be booked; or it is already, for the same number and order a short while ago.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackAccepted"}}}
            },
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json, idempotency_key_invalid"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "409": {"$ref": "#/components/responses/Problem"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem",
                    "description": "number_invalid, name_invalid, order_id_invalid, at_invalid, at_in_past, card_data_refused"}
          }
        }
      },
      "/v1/callbacks/{callback_id}": {
        "get": {
          "operationId": "getCallback",
          "summary": "How far a call back is",
          "tags": ["orders"],
          "security": [{"oauth2": ["callbacks:create"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "callback_id", "in": "path", "required": true, "schema": {"type": "string"}}
          ],
          "responses": {
            "200": {
              "description": "The call back.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackStatus"}}}
            },
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "callback_not_found"}
          }
        }
      }
    }
    """#

  private static let schemasText = #"""
    {
      "Order": {
        "type": "object",
        "additionalProperties": false,
        "required": ["order_id", "order_status", "fulfillment_date", "total_amount", "items", "tracking", "return_eligible",
                     "return_eligible_until", "freshness", "as_of", "speech"],
        "properties": {
          "order_id": {"type": "string"},
          "order_status": {"type": "string", "enum": ["pending", "processing", "on_hold", "partially_shipped", "shipped",
                                                      "out_for_delivery", "delivered", "cancelled", "returned"]},
          "fulfillment_date": {"type": ["string", "null"], "format": "date"},
          "total_amount": {
            "type": "object", "additionalProperties": false, "required": ["value", "currency"],
            "properties": {"value": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
                           "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}
          },
          "items": {
            "type": "array",
            "items": {
              "type": "object", "additionalProperties": false, "required": ["sku", "quantity", "title"],
              "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}, "title": {"type": "string"}}
            }
          },
          "tracking": {
            "type": ["object", "null"], "additionalProperties": false, "required": ["carrier", "number"],
            "properties": {"carrier": {"type": "string"}, "number": {"type": "string"}}
          },
          "return_eligible": {"type": "boolean"},
          "return_eligible_until": {"type": ["string", "null"], "format": "date"},
          "freshness": {"type": "string", "enum": ["live", "cached", "stale"]},
          "as_of": {"type": "string", "format": "date-time"},
          "speech": {"type": "string", "description": "A sentence to be read out by a speech engine."}
        }
      },
      "TextRequest": {
        "type": "object", "required": ["number"],
        "properties": {"number": {"type": "string", "description": "E.164, or national where a country code is configured."}}
      },
      "TextAccepted": {
        "type": "object", "additionalProperties": false, "required": ["message_id", "status"],
        "properties": {"message_id": {"type": "string"}, "status": {"const": "accepted"}}
      },
      "CallbackRequest": {
        "type": "object", "required": ["number"],
        "properties": {
          "number": {"type": "string", "description": "E.164, or national where a country code is configured."},
          "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 100},
          "order_id": {"type": ["string", "null"]},
          "at": {"type": ["string", "null"], "format": "date-time", "description": "When to call; as soon as possible if left out."}
        }
      },
      "CallbackAccepted": {
        "type": "object", "additionalProperties": false, "required": ["callback_id", "status"],
        "properties": {"callback_id": {"type": "string"}, "status": {"const": "accepted"}}
      },
      "CallbackStatus": {
        "type": "object", "additionalProperties": false, "required": ["callback_id", "status"],
        "properties": {"callback_id": {"type": "string"},
                       "status": {"type": "string", "enum": ["accepted", "sending", "done", "failed", "unknown"]}}
      }
    }
    """#
}
