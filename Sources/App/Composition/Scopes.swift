/// Every scope there is, with what it allows.
enum Scopes {
  static let all: KeyValuePairs<String, String> = [
    "orders:read": "Ask for the status of an order.",
    "callbacks:create": "Ask for a call-back.",
    "recording:write": "Pause and resume the recording of a conversation.",
    "messages:send": "Have the status of an order sent as a text.",
    "returns:create": "Ask for a return, and take it back.",
    "returns:read": "Ask how a return stands.",
    "contacts:write": "Say who wants to hear nothing of returns.",
    "ledger:read": "Ask what points a customer has, and where they came from.",
    "ledger:write": "Give, take and hold points.",
    "webhooks:send": "Send what happened in Genesys Cloud as a webhook.",
    "rewards:manage": "Look after the rewards that points buy.",
    "portal:create": "Let a customer into the portal.",
    "events:read": "Read and follow what happened.",
  ]
}
