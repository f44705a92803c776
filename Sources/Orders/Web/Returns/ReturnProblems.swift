import Core

extension Problem {
  static func itemsInvalid(at place: String) -> Problem {
    Problem(
      status: 422, code: "items_invalid", title: "These are no items",
      detail: "\(place) does not fit. \"items\" has 1 to 50 members with sku, quantity (a whole number from 1) and "
        + "reason_code.")
  }

  static func reasonUnknown(known: [String]) -> Problem {
    Problem(
      status: 422, code: "reason_code_unknown", title: "There is no such reason",
      detail: "A reason_code is missing or unknown. Take one of known_reason_codes, or ask GET /v1/returns/reasons.",
      extensions: ["known_reason_codes": .array(known.map { .string($0) })])
  }

  static let customerReferenceInvalid = Problem(
    status: 422, code: "customer_reference_invalid", title: "This is no reference of a call",
    detail:
      "\"customer_reference\" must be the id of the conversation: 1 to 128 letters, digits, \"-\", \"_\", \".\", \":\"."
  )

  static let channelInvalid = Problem(
    status: 422, code: "notification_channel_invalid", title: "There is no such channel",
    detail: "\"notification_channel\" must be email, sms or none.")

  static func contactMissing(_ member: String) -> Problem {
    Problem(
      status: 422, code: "contact_missing", title: "There is no address for this channel",
      detail: "The notification_channel needs contact.\(member). Ask for it, or choose none.")
  }

  static let emailInvalid = Problem(
    status: 422, code: "email_invalid", title: "This is no e-mail address",
    detail: "The e-mail address does not have the form name@domain.example.")

  static let phoneInvalid = Problem(
    status: 422, code: "number_invalid", title: "This is no telephone number",
    detail: "\"contact.phone\" must be a telephone number with its country code, such as +49301234567.")

  static let addressMissing = Problem(
    status: 422, code: "contact_missing", title: "There is no address for this channel",
    detail: "\"address\" is missing. It is an e-mail address, or a telephone number for sms.")

  static let returnNotFound = Problem(
    status: 404, code: "return_not_found", title: "There is no such return",
    detail: "No return has this id. It is the return_request_id that POST /v1/returns answered.")

  static let returnWindowPassed = Problem(
    status: 410, code: "return_window_passed", title: "The time for this return has passed",
    detail: "Self-service on this return has ended. Transfer the caller to an agent.")

  static let returnNotCancellable = Problem(
    status: 409, code: "return_not_cancellable", title: "The return cannot be taken back any more",
    detail: "The shop has it already, or it has ended. Transfer the caller to an agent.")

  static let platformNotConfigured = Problem(
    status: 503, code: "platform_not_configured", title: "No shop platform is connected",
    detail: "Returns need one: set orders.platform. Transfer the caller to an agent.", retryAfter: .seconds(300))

  /// What the API answers for what can be said at once of a return.
  init(_ refusal: ReturnRefusal) {
    switch refusal {
    case .orderUnknown:
      self.init(
        status: 422, code: "order_unknown", title: "There is no such order",
        detail: "No order of this caller has this number. Offer to key it in again, or an agent.")
    case .notEligible:
      self.init(
        status: 422, code: "return_not_eligible", title: "The order cannot be returned",
        detail: "The shop allows no return of this order. Offer an agent.")
    case .windowPassed:
      self.init(
        status: 422, code: "return_window_passed", title: "The time to return the order has passed",
        detail: "The last day on which the shop takes a return has passed. Transfer the caller to an agent.")
    case .skuUnknown:
      self.init(
        status: 422, code: "sku_not_in_order", title: "The item is not part of the order",
        detail: "A sku is none of the order's. GET /v1/orders/{order_id} lists them.")
    case .quantityTooLarge:
      self.init(
        status: 422, code: "quantity_too_large", title: "More than can be returned",
        detail: "A quantity is more than was bought less what is already being returned.")
    case .reasonUnknown, .refusedByPlatform:
      self.init(
        status: 422, code: "refused_by_platform", title: "The shop refuses the return",
        detail: "The shop does not take this return. Offer an agent.")
    }
  }
}
