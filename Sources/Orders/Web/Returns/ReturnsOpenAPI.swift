import Core

/// The part of the OpenAPI 3.1 document that is about returns.
package enum ReturnsOpenAPI {
  /// Members of `paths`.
  package static let paths = OrdersOpenAPI.parse(pathsText)
  /// Members of `components/schemas`.
  package static let schemas = OrdersOpenAPI.parse(schemasText)

  private static let pathsText = #"""
    {
      "/v1/returns": {
        "post": {
          "operationId": "createReturn",
          "summary": "Ask for a return",
          "tags": ["returns"],
          "security": [{"oauth2": ["returns:create"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"},
            {"name": "X-Caller", "in": "header", "schema": {"type": "string"},
             "description": "The caller's telephone number; compared where orders.verify is caller_number."},
            {"name": "X-Postal-Code", "in": "header", "schema": {"type": "string"},
             "description": "Compared where orders.verify is postal_code."},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"},
             "description": "What the customer is told in: en or de."}
          ],
          "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReturnRequest"}}}
          },
          "responses": {
            "202": {
              "description": "It will be submitted; or it is already, for the same lines of the same call.",
              "headers": {"Location": {"schema": {"type": "string"}}},
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReturnAccepted"}}}
            },
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json, idempotency_key_invalid"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "409": {"$ref": "#/components/responses/Problem", "description": "request_in_progress"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem",
                    "description": "order_id_invalid, items_invalid, reason_code_unknown, customer_reference_invalid, notification_channel_invalid, contact_missing, email_invalid, number_invalid, card_data_refused, order_unknown, return_not_eligible, return_window_passed, sku_not_in_order, quantity_too_large"},
            "503": {"$ref": "#/components/responses/Problem", "description": "platform_not_configured"}
          }
        }
      },
      "/v1/returns/reasons": {
        "get": {
          "operationId": "listReturnReasons",
          "summary": "The menu of reasons",
          "tags": ["returns"],
          "security": [{"oauth2": ["returns:create"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "responses": {
            "200": {
              "description": "The reasons.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReturnReasons"}}}
            },
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"}
          }
        }
      },
      "/v1/returns/{return_request_id}": {
        "get": {
          "operationId": "getReturn",
          "summary": "How a return stands",
          "tags": ["returns"],
          "security": [{"oauth2": ["returns:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "return_request_id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "responses": {
            "200": {
              "description": "The return.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Return"}}}
            },
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "return_not_found"}
          }
        }
      },
      "/v1/returns/{return_request_id}/cancel": {
        "post": {
          "operationId": "cancelReturn",
          "summary": "Take a return back that was not submitted yet",
          "tags": ["returns"],
          "security": [{"oauth2": ["returns:create"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"},
            {"name": "return_request_id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "responses": {
            "200": {
              "description": "The return, cancelled now or before.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Return"}}}
            },
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "return_not_found"},
            "409": {"$ref": "#/components/responses/Problem", "description": "return_not_cancellable, request_in_progress"},
            "410": {"$ref": "#/components/responses/Problem", "description": "return_window_passed"}
          }
        }
      },
      "/v1/orders/{order_id}/returns": {
        "get": {
          "operationId": "listReturns",
          "summary": "The returns of an order, newest first",
          "tags": ["returns"],
          "security": [{"oauth2": ["returns:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "order_id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 64}},
            {"name": "X-Caller", "in": "header", "schema": {"type": "string"},
             "description": "Compared where orders.verify is caller_number."},
            {"name": "X-Postal-Code", "in": "header", "schema": {"type": "string"},
             "description": "Compared where orders.verify is postal_code."},
            {"name": "postal_code", "in": "query", "schema": {"type": "string"}, "description": "In place of X-Postal-Code."},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "responses": {
            "200": {
              "description": "The returns, a hundred at most.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReturnList"}}}
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
      "/v1/opt-outs": {
        "post": {
          "operationId": "createOptOut",
          "summary": "Tell this address nothing of returns any more",
          "tags": ["returns"],
          "security": [{"oauth2": ["contacts:write"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"}
          ],
          "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OptOut"}}}
          },
          "responses": {
            "204": {"description": "Nothing more is sent there."},
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json, idempotency_key_invalid"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "409": {"$ref": "#/components/responses/Problem", "description": "request_in_progress"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem",
                    "description": "notification_channel_invalid, contact_missing, email_invalid, number_invalid, card_data_refused"}
          }
        },
        "delete": {
          "operationId": "deleteOptOut",
          "summary": "Tell this address of returns again",
          "tags": ["returns"],
          "security": [{"oauth2": ["contacts:write"]}],
          "parameters": [{"$ref": "#/components/parameters/RequestID"}],
          "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OptOut"}}}
          },
          "responses": {
            "204": {"description": "There is no opt-out of this address."},
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem",
                    "description": "notification_channel_invalid, contact_missing, email_invalid, number_invalid, card_data_refused"}
          }
        }
      }
    }
    """#
}
