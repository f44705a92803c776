import Core
import HTTPServer
import Synchronization

/// The merchant of the simulated shop, as the control plane plays it.
extension AdobeCommerceShop: SimulatedReturns {
  var bookedReturns: [SimulatedReturn] {
    state.withLock { $0.returns.all }.map { one in
      SimulatedReturn(
        id: String(one.id), orderNumber: one.order.number,
        reference: one.comments.lazy.compactMap(\.text.returnReference).first, state: one.status, rmaNumber: one.number,
        mutations: 1, created: one.requested)
    }
  }

  func act(_ action: ReturnAction, on id: String, reason: String?) throws(Problem) {
    let merchant = AdobeCommerceMerchant(shop: self)
    switch action {
    case .authorize: try merchant.authorize(id)
    case .decline: try merchant.decline(id, reason: reason ?? "declined")
    case .receive: try merchant.receive(id)
    case .refund: try merchant.refund(id)
    case .close: try merchant.close(id)
    case .cancel: try merchant.cancel(id)
    }
  }
}
