import Core

/// What can be said at once of a return that is asked for.
enum ReturnVerdict: Sendable, Hashable {
  /// - Parameter bought: how many of each SKU.
  case allowed(bought: [String: Int])
  /// Nothing is known of the order: the job asks the platform.
  case unchecked
  case refused(ReturnRefusal)

  /// - Parameter today: where the shop is.
  init(_ items: [ReturnRequest.Item], of order: Order, today: CalendarDate) {
    let lines = order.items.reduce(into: [:]) { $0[$1.sku, default: 0] += $1.quantity }
    self.init(
      items, bought: lines, isEligible: order.returnEligible, until: order.returnEligibleUntil, today: today)
  }

  /// - Parameter taken: by SKU, what our own submitted returns have taken; the platform may not have counted them yet.
  init(_ items: [ReturnRequest.Item], of order: ReturnableOrder, taken: [String: Int], today: CalendarDate) {
    let left = order.lines.reduce(into: [:]) { left, line in
      left[line.sku, default: 0] += line.bought - max(line.returned, taken[line.sku] ?? 0)
    }
    self.init(items, bought: left, isEligible: order.isEligible, until: order.until, today: today)
  }

  private init(
    _ items: [ReturnRequest.Item], bought: [String: Int], isEligible: Bool, until: CalendarDate?, today: CalendarDate
  ) {
    // The window first: a shop whose window has passed calls the order not eligible too, and the caller should hear why.
    if let until, until < today {
      self = .refused(.windowPassed)
    } else if !isEligible {
      self = .refused(.notEligible)
    } else if items.contains(where: { bought[$0.sku] == nil }) {
      self = .refused(.skuUnknown)
    } else if items.quantities.contains(where: { $0.quantity > bought[$0.sku] ?? 0 }) {
      self = .refused(.quantityTooLarge)
    } else {
      self = .allowed(bought: bought)
    }
  }
}
