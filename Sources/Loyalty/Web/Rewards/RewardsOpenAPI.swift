import Core

/// The part of the OpenAPI 3.1 document that is about rewards and the portal.
package enum RewardsOpenAPI {
  /// Members of `paths`.
  package static let paths: JSONValue = [
    "/v1/rewards": [
      "get": admin("listRewards", "The catalogue, the cheap ones first", ["200": ("All rewards.", "RewardList")]),
      "post": admin(
        "addReward", "Put a reward into the catalogue",
        ["201": ("The reward.", "Reward"), "409": ("reward_exists", nil), "422": ("reward_invalid", nil)],
        body: "Reward", isOnce: true),
    ],
    "/v1/rewards/{reward_id}": [
      "get": admin(
        "getReward", "A reward", ["200": ("The reward.", "Reward"), "404": ("reward_not_found", nil)], of: rewardID),
      "patch": admin(
        "editReward", "Change members of a reward; null takes away",
        ["200": ("The reward.", "Reward"), "404": ("reward_not_found", nil), "422": ("reward_invalid", nil)],
        of: rewardID, body: "RewardChange", isOnce: true),
    ],
    "/v1/rewards/{reward_id}/stock": [
      "post": admin(
        "changeRewardStock", "Add to the stock, or set it",
        ["200": ("The reward.", "Reward"), "404": ("reward_not_found", nil), "422": ("reward_invalid", nil)],
        of: rewardID, body: "StockChange", isOnce: true)
    ],
    "/v1/rewards/{reward_id}/codes": [
      "post": admin(
        "addRewardCodes", "Fill the pool of codes",
        ["200": ("How many are new.", "CodesAdded"), "404": ("reward_not_found", nil), "422": ("reward_invalid", nil)],
        of: rewardID, body: "RewardCodes", isOnce: true)
    ],
    "/v1/portal/sessions": [
      "post": admin(
        "createPortalSession", "Let a customer into the portal for some minutes",
        [
          "201": ("The session; its token is shown this once.", "PortalSession"),
          "422": ("customer_missing, customer_invalid, session_invalid, email_invalid", nil),
        ], scope: "portal:create", body: "PortalSessionRequest", isOnce: true)
    ],
    "/v1/portal/sessions/{session_id}": [
      "delete": admin(
        "endPortalSession", "End a session at once", ["204": ("It is over.", nil)], scope: "portal:create",
        of: path("session_id"))
    ],
    "/v1/portal/account": [
      "get": portal(
        "getPortalAccount", "What the customer of the session has", ["200": ("The account.", "PortalAccount")]),
      "options": preflight("preflightPortalAccount"),
    ],
    "/v1/portal/catalog": [
      "get": portal(
        "getPortalCatalog", "The rewards as this customer may have them",
        ["200": ("The rewards.", "PortalCatalog")],
        parameters: [
          query("tier", "A hint that nobody needs; the server looks."),
          query("balance", "A hint that nobody needs; the server looks."),
        ]),
      "options": preflight("preflightPortalCatalog"),
    ],
    "/v1/portal/redeem": [
      "post": portal(
        "redeemReward", "A reward for points",
        [
          "200": ("It was redeemed before with this key: the first receipt.", "PortalReceipt"),
          "201": ("The receipt.", "PortalReceipt"),
          "400": ("invalid_json, idempotency_key_missing, idempotency_key_invalid", nil),
          "404": ("reward_not_found", nil),
          "409": ("price_changed, insufficient_points, out_of_stock, limit_reached, balance_changed", nil),
          "422": (
            "redemption_invalid, tier_too_low, reward_not_available, fulfillment_method_unknown, idempotency_key_reused, account_closed",
            nil
          ),
        ], body: "PortalRedemption"),
      "options": preflight("preflightPortalRedeem"),
    ],
    "/v1/portal/receipts": [
      "get": portal(
        "listPortalReceipts", "What was redeemed, the newest first", ["200": ("A page.", "PortalReceipts")],
        parameters: [query("cursor", "`next_cursor` of the page before.")]),
      "options": preflight("preflightPortalReceipts"),
    ],
    "/v1/portal/history": [
      "get": portal(
        "listPortalHistory", "What happened to the points, the newest first",
        ["200": ("A page.", "PortalHistory"), "422": ("cursor_invalid", nil)],
        parameters: [query("cursor", "`next_cursor` of the page before.")]),
      "options": preflight("preflightPortalHistory"),
    ],
    "/loyalty-widget/v1/bundle.min.js": [
      "get": [
        "operationId": "getLoyaltyWidget", "summary": "The widget that shows the portal", "tags": ["portal"],
        "security": [],
        "parameters": [query("v", "The version that is wanted; it may be kept for a year then.")],
        "responses": [
          "200": ["description": "The script.", "content": ["text/javascript": ["schema": ["type": "string"]]]],
          "304": ["description": "It is the one that is known."],
        ],
      ]
    ],
  ]

  private typealias Answers = KeyValuePairs<String, (text: String, schema: String?)>

  private static let rewardID = path("reward_id")

  /// An operation for a client with a scope.
  private static func admin(
    _ id: String, _ summary: String, _ answers: Answers, scope: String = "rewards:manage",
    of parameter: JSONValue? = nil,
    body: String? = nil, isOnce: Bool = false
  ) -> JSONValue {
    var parameters: [JSONValue] = [reference("parameters/RequestID")]
    if isOnce { parameters.append(reference("parameters/IdempotencyKey")) }
    if let parameter { parameters.append(parameter) }
    return operation(
      id, summary, "rewards", security: [["oauth2": [.string(scope)]]], parameters, body: body,
      [.init("401", problem(nil)), .init("403", problem(nil))] + responses(answers))
  }

  /// An operation for a browser with the token of a session.
  private static func portal(
    _ id: String, _ summary: String, _ answers: Answers, parameters: [JSONValue] = [], body: String? = nil
  ) -> JSONValue {
    let header: JSONValue = [
      "name": "Authorization", "in": "header", "required": true, "schema": ["type": "string"],
      "description": "`Bearer pst_…`: the token of a session.",
    ]
    return operation(
      id, summary, "portal", security: [], [reference("parameters/RequestID"), header] + parameters, body: body,
      [
        .init("401", problem("session_ended")), .init("403", problem("insufficient_scope, wrong_customer")),
        .init("429", problem("too_many_attempts, ledger_overloaded")), .init("503", problem("ledger_unavailable")),
      ] + responses(answers))
  }

  private static func preflight(_ id: String) -> JSONValue {
    [
      "operationId": .string(id), "summary": "What a browser asks first (CORS)", "tags": ["portal"], "security": [],
      "responses": ["204": ["description": "With the headers of CORS for configured origins."]],
    ]
  }

  private static func operation(
    _ id: String, _ summary: String, _ tag: String, security: JSONValue, _ parameters: [JSONValue], body: String?,
    _ responses: [JSONValue.Member]
  ) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("operationId", .string(id)), .init("summary", .string(summary)), .init("tags", [.string(tag)]),
      .init("security", security), .init("parameters", .array(parameters)),
    ]
    if let body { members.append(.init("requestBody", ["required": true, "content": content(body)])) }
    members.append(.init("responses", .object(responses.sorted { $0.name < $1.name })))
    return .object(members)
  }

  private static func responses(_ answers: Answers) -> [JSONValue.Member] {
    answers.map { status, answer in
      guard status.hasPrefix("2") else { return .init(status, problem(answer.text)) }
      var members: [JSONValue.Member] = [.init("description", .string(answer.text))]
      if let schema = answer.schema { members.append(.init("content", content(schema))) }
      return .init(status, .object(members))
    }
  }

  private static func problem(_ codes: String?) -> JSONValue {
    var members: [JSONValue.Member] = [.init("$ref", "#/components/responses/Problem")]
    if let codes { members.append(.init("description", .string(codes))) }
    return .object(members)
  }

  private static func content(_ schema: String) -> JSONValue {
    ["application/json": ["schema": reference("schemas/\(schema)")]]
  }

  private static func path(_ name: String) -> JSONValue {
    ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
  }

  private static func query(_ name: String, _ description: String) -> JSONValue {
    ["name": .string(name), "in": "query", "schema": ["type": "string"], "description": .string(description)]
  }

  private static func reference(_ place: String) -> JSONValue { ["$ref": .string("#/components/\(place)")] }
}
