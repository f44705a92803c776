/// Every type of event that there is, with what happened. docs/reference/events.md has the same table; a test holds it.
enum EventTypes {
  static let all: KeyValuePairs<String, String> = [
    "return.requested": "A return was taken on.",
    "return.submitted": "The shop platform has it.",
    "return.authorized": "The shop allows it.",
    "return.received": "The goods are back.",
    "return.refunded": "The money is on its way back.",
    "return.closed": "It is over and done.",
    "return.declined": "The shop says no, or the order does not allow it.",
    "return.failed": "It could not be submitted, or nobody can find out whether it was.",
    "return.cancelled": "It was called off.",
    "return.expired": "The window passed before the goods came back.",
    "loyalty.reward_redeemed": "A customer has taken a reward for points.",
    "loyalty.reward_fulfilled": "The customer has it.",
    "loyalty.reward_failed": "It could not be fulfilled; points and stock were given back.",
  ]
}
