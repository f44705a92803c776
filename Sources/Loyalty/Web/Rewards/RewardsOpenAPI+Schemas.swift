import Core

extension RewardsOpenAPI {
  /// Members of `components/schemas`.
  package static let schemas = LedgerOpenAPI.parse(
    #"""
    {
      "LocalizedText": {
        "type": "object", "additionalProperties": {"type": "string"},
        "description": "By language tag. Text, never HTML.", "examples": [{"en": "Coffee for two", "de": "Kaffee für zwei"}]
      },
      "Reward": {
        "type": "object", "required": ["reward_id", "title", "point_cost", "fulfillment"],
        "properties": {
          "reward_id": {"type": "string", "pattern": "^RWD-[0-9A-Z-]{1,40}$"},
          "title": {"$ref": "#/components/schemas/LocalizedText"},
          "description": {"$ref": "#/components/schemas/LocalizedText"},
          "point_cost": {"type": "integer", "minimum": 1},
          "tier": {"type": ["string", "null"], "description": "The least that may have it."},
          "available_from": {"type": ["string", "null"], "format": "date-time"},
          "available_until": {"type": ["string", "null"], "format": "date-time"},
          "stock": {"type": ["integer", "null"], "minimum": 0, "description": "Null for no limit."},
          "limit_per_customer": {"type": ["integer", "null"], "minimum": 1},
          "image_url": {"type": ["string", "null"], "description": "https://… or a path of the page."},
          "fulfillment": {"$ref": "#/components/schemas/RewardFulfillment"},
          "active": {"type": "boolean", "default": true},
          "codes_left": {"type": "integer", "readOnly": true, "description": "Of a reward with codes."}
        }
      },
      "RewardFulfillment": {
        "type": "object", "required": ["methods"],
        "properties": {
          "methods": {"type": "array", "minItems": 1, "uniqueItems": true,
                      "items": {"type": "string", "enum": ["email", "webhook", "code"]}},
          "webhook_url": {"type": ["string", "null"], "format": "uri"}
        }
      },
      "RewardChange": {"type": "object", "description": "Members of a reward but reward_id and stock."},
      "RewardList": {
        "type": "object", "properties": {"rewards": {"type": "array", "items": {"$ref": "#/components/schemas/Reward"}}}
      },
      "StockChange": {
        "type": "object", "description": "One of the two.",
        "properties": {"add": {"type": "integer"}, "set": {"type": ["integer", "null"], "minimum": 0}}
      },
      "RewardCodes": {
        "type": "object", "required": ["codes"],
        "properties": {"codes": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"type": "string", "maxLength": 200}}}
      },
      "CodesAdded": {
        "type": "object",
        "properties": {"added": {"type": "integer"}, "known": {"type": "integer"}, "codes_left": {"type": "integer"}}
      },
      "PortalSessionRequest": {
        "type": "object",
        "properties": {
          "customer_id": {"type": "string", "description": "Or customer_hash."},
          "customer_hash": {"type": "string"},
          "locale": {"type": "string", "description": "What the customer reads, such as de-AT."},
          "email": {"type": "string", "description": "For rewards that come by mail. Sealed, and gone with the session."},
          "scopes": {"type": "array", "items": {"type": "string", "enum": ["portal:read", "portal:redeem"]}}
        }
      },
      "PortalSession": {
        "type": "object", "required": ["session_id", "session_token", "expires_at", "customer_hash", "scopes"],
        "properties": {
          "session_id": {"type": "string"}, "session_token": {"type": "string"},
          "expires_at": {"type": "string", "format": "date-time"}, "customer_hash": {"type": "string"},
          "scopes": {"type": "array", "items": {"type": "string"}}
        }
      },
      "PortalAccount": {
        "type": "object",
        "properties": {
          "balance": {"type": "integer"}, "available": {"type": "integer"}, "tier": {"type": "string"},
          "tier_name": {"type": "string"},
          "next_tier": {"type": ["object", "null"], "properties": {
            "tier": {"type": "string"}, "name": {"type": "string"}, "points_to_go": {"type": "integer"},
            "progress": {"type": "number", "minimum": 0, "maximum": 1}}},
          "expiring": {"type": "array", "items": {"type": "object", "properties": {
            "points": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}},
          "balance_version": {"type": "integer"}, "as_of": {"type": "string", "format": "date-time"},
          "freshness": {"type": "string", "enum": ["live", "cached", "stale"]},
          "session_expires_at": {"type": "string", "format": "date-time"}
        }
      },
      "PortalCatalog": {
        "type": "object",
        "properties": {
          "rewards": {"type": "array", "items": {"$ref": "#/components/schemas/PortalReward"}},
          "balance_version": {"type": "integer"}, "as_of": {"type": "string", "format": "date-time"}
        }
      },
      "PortalReward": {
        "type": "object",
        "properties": {
          "reward_id": {"type": "string"}, "title": {"type": "string"}, "description": {"type": ["string", "null"]},
          "point_cost": {"type": "integer"}, "tier": {"type": ["string", "null"]}, "tier_name": {"type": ["string", "null"]},
          "image_url": {"type": ["string", "null"]}, "stock": {"type": ["integer", "null"]},
          "stock_level": {"type": "string", "enum": ["plenty", "low", "out"]},
          "available_until": {"type": ["string", "null"], "format": "date-time"},
          "limit_left": {"type": ["integer", "null"]},
          "fulfillment_methods": {"type": "array", "items": {"type": "string", "enum": ["email", "webhook", "code"]}},
          "redeemable": {"type": "boolean"},
          "why_not": {"type": ["string", "null"],
            "enum": ["insufficient_points", "out_of_stock", "tier_too_low", "limit_reached", "not_yet", "over", null]},
          "why_not_text": {"type": ["string", "null"]}
        }
      },
      "PortalRedemption": {
        "type": "object", "required": ["reward_id", "point_cost", "fulfillment_method"],
        "properties": {
          "customer_hash": {"type": "string", "description": "Of the session's customer; may be left out."},
          "reward_id": {"type": "string"},
          "point_cost": {"type": "integer", "description": "The price that the customer has seen."},
          "fulfillment_method": {"type": "string"},
          "idempotency_key": {"type": "string", "description": "Or the header Idempotency-Key."},
          "expected_version": {"type": "integer", "description": "The balance_version that the customer has seen."}
        }
      },
      "PortalReceipt": {
        "type": "object",
        "properties": {
          "receipt_id": {"type": "string"}, "reward_id": {"type": "string"}, "title": {"type": "string"},
          "point_cost": {"type": "integer"}, "fulfillment_method": {"type": "string"},
          "status": {"type": "string", "enum": ["pending", "fulfilled", "failed"]},
          "code": {"type": ["string", "null"]}, "transaction_id": {"type": "string"},
          "created_at": {"type": "string", "format": "date-time"}, "message": {"type": "string"},
          "balance": {"type": "integer"}, "available": {"type": "integer"}, "balance_version": {"type": "integer"}
        }
      },
      "PortalReceipts": {
        "type": "object",
        "properties": {
          "receipts": {"type": "array", "items": {"$ref": "#/components/schemas/PortalReceipt"}},
          "next_cursor": {"type": ["string", "null"]}
        }
      },
      "PortalHistory": {
        "type": "object",
        "properties": {
          "history": {"type": "array", "items": {"type": "object", "properties": {
            "transaction_id": {"type": "string"}, "type": {"type": "string"},
            "points": {"type": "integer", "description": "Won or lost to spend."}, "available": {"type": "integer"},
            "reason": {"type": ["string", "null"]}, "created_at": {"type": "string", "format": "date-time"}}}},
          "next_cursor": {"type": ["string", "null"]}
        }
      }
    }
    """#)
}
