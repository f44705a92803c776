import Core
import HTTPServer

/// The merchant of the simulated shop, as the control plane plays it.
extension ShopifyShop: SimulatedReturns {
  var bookedReturns: [SimulatedReturn] {
    orders.flatMap { returnBook.returns(of: $0) }.map { one in
      SimulatedReturn(
        id: String(one.number), orderNumber: one.order.number,
        reference: one.lines.lazy.compactMap { ($0.customerNote ?? $0.reasonNote).returnReference }.first,
        state: one.status.rawValue, rmaNumber: one.name, mutations: 1, created: one.created)
    }
  }

  func act(_ action: ReturnAction, on id: String, reason: String?) throws(Problem) {
    let gid = "gid://shopify/Return/\(id)"
    guard let before = returnBook.find(gid) else { throw .returnUnknown(id) }
    do throws(ShopifyReturns.UserError) {
      switch action {
      case .authorize: _ = try returnBook.approve(gid)
      case .decline: _ = try returnBook.decline(gid, reason: "OTHER", note: reason)
      case .receive: _ = try returnBook.receive(gid)
      case .refund: _ = try returnBook.refund(gid)
      case .close: _ = try returnBook.close(gid)
      case .cancel: _ = try returnBook.cancel(gid)
      }
    } catch {
      throw .returnStepRefused(action, in: before.status.rawValue)
    }
  }
}
