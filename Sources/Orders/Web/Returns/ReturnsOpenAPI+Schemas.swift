extension ReturnsOpenAPI {
  static let schemasText = #"""
    {
      "ReturnItem": {
        "type": "object", "required": ["sku", "quantity", "reason_code"],
        "properties": {
          "sku": {"type": "string", "minLength": 1, "maxLength": 100},
          "quantity": {"type": "integer", "minimum": 1, "maximum": 10000},
          "reason_code": {"type": "string", "description": "One of GET /v1/returns/reasons."}
        }
      },
      "ReturnRequest": {
        "type": "object", "required": ["order_id", "items", "customer_reference"],
        "properties": {
          "order_id": {"type": "string", "example": "ORD-839201"},
          "items": {"type": "array", "minItems": 1, "maxItems": 50, "items": {"$ref": "#/components/schemas/ReturnItem"}},
          "customer_reference": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$",
                                 "description": "The id of the conversation or call.", "example": "GENESYS_CALL_ID_98765"},
          "notification_channel": {"type": ["string", "null"], "enum": ["email", "sms", "none", null], "default": "none"},
          "contact": {
            "type": ["object", "null"],
            "properties": {"email": {"type": "string"},
                           "phone": {"type": "string", "description": "E.164, or national where a country code is configured."}}
          }
        }
      },
      "ReturnAccepted": {
        "type": "object", "additionalProperties": false, "required": ["return_request_id", "status", "created_at"],
        "properties": {"return_request_id": {"type": "string"}, "status": {"const": "requested"},
                       "created_at": {"type": "string", "format": "date-time"}}
      },
      "ReturnState": {
        "type": "string", "enum": ["requested", "submitted", "authorized", "received", "refunded", "closed", "declined",
                                   "failed", "cancelled", "expired"]
      },
      "Return": {
        "type": "object", "additionalProperties": false,
        "required": ["return_request_id", "order_id", "status", "rma_number", "items", "created_at", "age_seconds",
                     "expires_at", "self_service", "self_service_reason", "refused", "transitions", "speech"],
        "properties": {
          "return_request_id": {"type": "string"},
          "order_id": {"type": "string"},
          "status": {"$ref": "#/components/schemas/ReturnState"},
          "rma_number": {"type": ["string", "null"]},
          "items": {"type": "array", "items": {"$ref": "#/components/schemas/ReturnItem"}},
          "created_at": {"type": "string", "format": "date-time"},
          "age_seconds": {"type": "integer"},
          "expires_at": {"type": "string", "format": "date-time"},
          "self_service": {"type": "boolean", "description": "False: transfer the caller to an agent."},
          "self_service_reason": {"type": ["string", "null"], "enum": ["return_window_passed", "return_settled", null]},
          "refused": {
            "type": ["object", "null"], "additionalProperties": false, "required": ["code", "detail"],
            "properties": {"code": {"type": "string"},
                           "detail": {"type": ["string", "null"], "description": "The platform's own code."}}
          },
          "transitions": {
            "type": "array",
            "items": {
              "type": "object", "additionalProperties": false,
              "required": ["from", "to", "at", "cause", "request_id", "detail"],
              "properties": {
                "from": {"oneOf": [{"$ref": "#/components/schemas/ReturnState"}, {"type": "null"}]},
                "to": {"$ref": "#/components/schemas/ReturnState"},
                "at": {"type": "string", "format": "date-time"},
                "cause": {"type": "string", "enum": ["request", "job", "webhook", "reconciler", "operator"]},
                "request_id": {"type": "string"},
                "detail": {"type": ["string", "null"]}
              }
            }
          },
          "speech": {"type": "string", "description": "A sentence to be read out by a speech engine."}
        }
      },
      "ReturnList": {
        "type": "object", "additionalProperties": false, "required": ["order_id", "returns"],
        "properties": {"order_id": {"type": "string"},
                       "returns": {"type": "array", "items": {"$ref": "#/components/schemas/Return"}}}
      },
      "ReturnReasons": {
        "type": "object", "additionalProperties": false, "required": ["reasons", "speech"],
        "properties": {
          "reasons": {
            "type": "array",
            "items": {
              "type": "object", "additionalProperties": false, "required": ["reason_code", "digit", "speech"],
              "properties": {"reason_code": {"type": "string"}, "digit": {"type": ["integer", "null"]},
                             "speech": {"type": "string"}}
            }
          },
          "speech": {"type": "string", "description": "The whole menu, to be read out."}
        }
      },
      "OptOut": {
        "type": "object", "required": ["channel", "address"],
        "properties": {"channel": {"type": "string", "enum": ["email", "sms"]}, "address": {"type": "string"}}
      }
    }
    """#
}
