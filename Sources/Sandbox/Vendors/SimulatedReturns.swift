import Core

/// A vendor that takes returns: what the control plane shows of them, and how it plays the merchant. A `SimulatedVendor`
/// that adopts it is listed at `/_returns` and nothing more has to be connected.
protocol SimulatedReturns: Sendable {
  /// All of them, the oldest first.
  var bookedReturns: [SimulatedReturn] { get }

  /// One step of the merchant's. Webhooks go out as they would from the vendor's own console.
  ///
  /// - Throws: `Problem`: `returnUnknown`, or `returnStepRefused` when the step does not follow from where it stands.
  func act(_ action: ReturnAction, on id: String, reason: String?) throws(Problem)
}

/// A return in the words that all vendors share: the oracle of tests that count what was asked for twice.
struct SimulatedReturn: Sendable, Hashable {
  /// The vendor's id.
  var id: String
  /// The order's number as customers know it.
  var orderNumber: String
  /// What the client sent to find it again, `ret_…`; nil where it sent none.
  var reference: String?
  /// In the vendor's own word.
  var state: String
  var rmaNumber: String?
  /// How many requests to create it arrived: above 1 it was repeated, and the vendor saw that it was the same.
  var mutations: Int
  var created: Timestamp
}

/// What a merchant does with a return.
enum ReturnAction: String, Sendable, CaseIterable {
  case authorize, decline, receive, refund, close, cancel
}

extension SimulatedReturn {
  func json(of vendor: Vendor) -> JSONValue {
    [
      "vendor": .string(vendor.rawValue), "id": .string(id), "order": .string(orderNumber),
      "reference": .text(reference), "state": .string(state), "rma_number": .text(rmaNumber),
      "mutations": .integer(mutations), "created_at": .string("\(created)"),
    ]
  }
}

extension String {
  /// Our reference, where a note or a comment of a return carries it as a word.
  var returnReference: String? { split(separator: " ").first { $0.hasPrefix("ret_") }.map(String.init) }
}

extension Problem {
  static func returnUnknown(_ id: String) -> Problem {
    Problem(
      status: 404, code: "return_unknown", title: "There is no such return",
      detail: "Nothing has the id \(id). GET /_returns lists them.")
  }

  static func returnStepRefused(_ action: ReturnAction, in state: String) -> Problem {
    Problem(
      status: 409, code: "return_state", title: "The return is not where this step begins",
      detail: "It is \(state): \(action.rawValue) does not follow from that.")
  }
}
