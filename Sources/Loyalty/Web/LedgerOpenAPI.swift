import Core

/// The ledger's part of the OpenAPI 3.1 document.
package enum LedgerOpenAPI {
  /// Members of `paths`.
  package static let paths = parse(pathsText)
  /// Members of `components/schemas`.
  package static let schemas = parse(schemasText)

  static func parse(_ text: String) -> JSONValue {
    do {
      return try JSONValue(parsing: text)
    } catch {
      preconditionFailure("the OpenAPI text of Loyalty is no JSON: \(error)")
    }
  }

  private static let pathsText = #"""
    {
      "/v1/ledger/balance/lookup": {
        "post": {
          "operationId": "lookUpBalance",
          "summary": "What a customer has",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "Of speech: en or de."}
          ],
          "requestBody": {"required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BalanceRequest"}}}},
          "responses": {
            "200": {"description": "The balance.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Balance"}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem", "description": "customer_missing, customer_invalid"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/transaction/process": {
        "post": {
          "operationId": "processTransaction",
          "summary": "Post one transaction, once",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:write"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"$ref": "#/components/parameters/IdempotencyKey"}
          ],
          "requestBody": {"required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TransactionRequest"}}}},
          "responses": {
            "200": {"description": "It was posted before: the first answer again.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Transaction"}}}},
            "201": {"description": "It is posted and durable.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Transaction"}}}},
            "400": {"$ref": "#/components/responses/Problem", "description": "invalid_json, idempotency_key_missing, idempotency_key_invalid"},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "transaction_not_found"},
            "409": {"$ref": "#/components/responses/Problem", "description": "version_conflict"},
            "422": {"$ref": "#/components/responses/Problem",
                    "description": "insufficient_points, idempotency_key_reused, hold_not_open, not_reversible, account_closed, no_rule, and what is wrong in the body"},
            "429": {"$ref": "#/components/responses/Problem", "description": "ledger_overloaded"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/transactions/batch": {
        "post": {
          "operationId": "processBatch",
          "summary": "Post up to 8,192 transactions in one commit",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:write"]}],
          "parameters": [{"$ref": "#/components/parameters/RequestID"}],
          "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "required": ["transactions"],
            "properties": {
              "atomic": {"type": "boolean", "default": false, "description": "All or none."},
              "transactions": {"type": "array", "minItems": 1, "maxItems": 8192,
                               "items": {"$ref": "#/components/schemas/TransactionRequest"}}
            }}}}},
          "responses": {
            "200": {"description": "The answers, in order.", "content": {"application/json": {"schema": {
              "type": "object", "required": ["applied", "replayed", "refused", "results"],
              "properties": {"applied": {"type": "integer"}, "replayed": {"type": "integer"}, "refused": {"type": "integer"},
                             "results": {"type": "array", "items": {"type": "object", "required": ["status"]}}}}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "409": {"$ref": "#/components/responses/Problem", "description": "batch_refused"},
            "422": {"$ref": "#/components/responses/Problem", "description": "batch_invalid, card_data_refused"},
            "429": {"$ref": "#/components/responses/Problem", "description": "ledger_overloaded"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/accounts/{account_id}": {
        "get": {
          "operationId": "getAccount",
          "summary": "An account, now or at a time",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "account_id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "at", "in": "query", "schema": {"type": "string", "format": "date-time"}}
          ],
          "responses": {
            "200": {"description": "The account.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "account_not_found"},
            "422": {"$ref": "#/components/responses/Problem", "description": "time_invalid"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/accounts/{account_id}/transactions": {
        "get": {
          "operationId": "listTransactions",
          "summary": "The history of an account, newest first",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "account_id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}},
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "next_cursor of the page before."},
            {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}}
          ],
          "responses": {
            "200": {"description": "A page.", "content": {"application/json": {"schema": {
              "type": "object", "required": ["transactions", "next_cursor"],
              "properties": {"transactions": {"type": "array", "items": {"$ref": "#/components/schemas/Transaction"}},
                             "next_cursor": {"type": ["string", "null"]}}}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "account_not_found"},
            "422": {"$ref": "#/components/responses/Problem", "description": "cursor_invalid, time_invalid"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/accounts/{account_id}/statement": {
        "get": {
          "operationId": "getStatement",
          "summary": "The transactions of a time as CSV, oldest first",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:read"]}],
          "parameters": [
            {"$ref": "#/components/parameters/RequestID"},
            {"name": "account_id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "from", "in": "query", "schema": {"type": "string", "format": "date-time"}},
            {"name": "until", "in": "query", "schema": {"type": "string", "format": "date-time"}}
          ],
          "responses": {
            "200": {"description": "The statement.", "content": {"text/csv": {"schema": {"type": "string"}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "404": {"$ref": "#/components/responses/Problem", "description": "account_not_found"},
            "422": {"$ref": "#/components/responses/Problem", "description": "time_invalid"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      },
      "/v1/ledger/checkpoint": {
        "get": {
          "operationId": "getCheckpoint",
          "summary": "Where the journal ends, signed: a JWS to be kept elsewhere",
          "tags": ["ledger"],
          "security": [{"oauth2": ["ledger:read"]}],
          "parameters": [{"$ref": "#/components/parameters/RequestID"}],
          "responses": {
            "200": {"description": "The checkpoint.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Checkpoint"}}}},
            "401": {"$ref": "#/components/responses/Problem"},
            "403": {"$ref": "#/components/responses/Problem"},
            "503": {"$ref": "#/components/responses/Problem", "description": "ledger_unavailable"}
          }
        }
      }
    }
    """#

  private static let schemasText = #"""
    {
      "Checkpoint": {
        "type": "object",
        "required": ["checkpoint", "sequence", "journal", "root", "at"],
        "properties": {
          "checkpoint": {"type": "string", "description": "The rest in a signed form: a compact JWS, EdDSA, with its public key in the header."},
          "sequence": {"type": "integer", "description": "Of the last transaction."},
          "journal": {"type": "integer", "description": "Of the last commit."},
          "root": {"type": "string", "description": "The hash over all commits, in hexadecimal."},
          "at": {"type": "string", "format": "date-time"}
        }
      },
      "BalanceRequest": {
        "type": "object",
        "properties": {
          "customer_id": {"type": "string", "maxLength": 200, "description": "The shop's own id; hashed on arrival."},
          "customer_hash": {"type": "string", "description": "A handle that was answered before; anything else is hashed."},
          "channel": {"type": "string"}, "request_id": {"type": "string"}
        }
      },
      "Balance": {
        "allOf": [{"$ref": "#/components/schemas/Account"}],
        "required": ["customer_hash", "freshness", "speech"],
        "properties": {
          "customer_hash": {"type": "string"},
          "freshness": {"type": "string", "enum": ["live", "cached", "stale"]},
          "speech": {"type": "string", "description": "A sentence to be read out by a speech engine."}
        }
      },
      "Account": {
        "type": "object",
        "required": ["account_id", "balance", "available", "held", "balance_version", "as_of"],
        "properties": {
          "account_id": {"type": ["string", "null"]},
          "balance": {"type": "integer", "minimum": 0},
          "available": {"type": "integer", "minimum": 0, "description": "Less what is held."},
          "held": {"type": "integer", "minimum": 0},
          "tier": {"type": "string"},
          "next_tier": {"type": ["object", "null"],
                        "properties": {"tier": {"type": "string"}, "points_to_go": {"type": "integer"}}},
          "expiring": {"type": "array", "items": {"type": "object", "required": ["points", "at"],
            "properties": {"points": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}},
          "balance_version": {"type": "integer", "minimum": 0},
          "as_of": {"type": "string", "format": "date-time"}
        }
      },
      "TransactionRequest": {
        "type": "object",
        "required": ["type"],
        "properties": {
          "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 255},
          "event_id": {"type": "string", "maxLength": 255, "description": "With channel, in place of a key; kept 30 days."},
          "channel": {"type": "string", "maxLength": 255},
          "type": {"type": "string", "enum": ["accrual", "redemption", "adjustment", "reversal", "hold", "capture", "release"]},
          "customer_id": {"type": "string", "maxLength": 200},
          "customer_hash": {"type": "string"},
          "points": {"type": "integer"},
          "event_type": {"type": "string", "description": "Of an accrual whose points the rules count."},
          "amount": {"type": "integer", "minimum": 0},
          "reason": {"type": "string", "maxLength": 200},
          "reference": {"type": "string", "maxLength": 100},
          "expected_version": {"type": "integer", "minimum": 0},
          "expires_at": {"type": "string", "format": "date-time"}
        }
      },
      "Transaction": {
        "type": "object",
        "required": ["transaction_id", "type", "points", "change", "created_at", "hash", "lots", "balance", "available",
                     "held", "balance_version"],
        "properties": {
          "transaction_id": {"type": "string"},
          "account_id": {"type": "string"},
          "customer_hash": {"type": "string"},
          "type": {"type": "string", "enum": ["accrual", "redemption", "expiry", "adjustment", "reversal", "hold", "release", "closure"]},
          "points": {"type": "integer", "minimum": 1},
          "change": {"type": "integer", "description": "Of what can be spent: below zero where points went."},
          "created_at": {"type": "string", "format": "date-time"},
          "hash": {"type": "string", "description": "SHA-256 of the transaction and the account's one before."},
          "reason": {"type": "string"}, "reference": {"type": "string"}, "event_type": {"type": "string"},
          "amount": {"type": "integer"}, "expires_at": {"type": "string", "format": "date-time"},
          "rules_version": {"type": "integer"},
          "lots": {"type": "array", "items": {"type": "object", "required": ["lot", "points", "expires_at"],
            "properties": {"lot": {"type": "integer"}, "points": {"type": "integer"},
                           "expires_at": {"type": ["string", "null"], "format": "date-time"}}}},
          "balance": {"type": "integer"}, "available": {"type": "integer"}, "held": {"type": "integer"},
          "tier": {"type": "string"}, "balance_version": {"type": "integer"}
        }
      }
    }
    """#
}
