import Core
import Testing

@testable import Orders

@Suite struct ReturnVerdictTests {
  private static let today = CalendarDate("2026-11-21")!

  private func item(_ sku: String, _ quantity: Int) -> ReturnRequest.Item {
    ReturnRequest.Item(sku: sku, quantity: quantity, reasonCode: "OTHER")
  }

  private static func order(_ change: (inout Order) -> Void = { _ in }) -> Order { Order.sample.with(change) }

  @Test(
    arguments: [
      (order(), [("SKU-12345", 1)], nil),
      (order { $0.returnEligibleUntil = today }, [("SKU-12345", 1)], nil),
      (order { $0.returnEligibleUntil = nil }, [("SKU-12345", 1)], nil),
      (order { $0.returnEligibleUntil = CalendarDate("2026-11-20") }, [("SKU-12345", 1)], .windowPassed),
      (order { $0.returnEligible = false }, [("SKU-12345", 1)], .notEligible),
      (
        order { ($0.returnEligible, $0.returnEligibleUntil) = (false, CalendarDate("2026-11-20")) },
        [("SKU-12345", 1)], .windowPassed
      ),
      (order(), [("SKU-9", 1)], .skuUnknown),
      (order(), [("SKU-12345", 1), ("SKU-9", 1)], .skuUnknown),
      (order(), [("SKU-12345", 2)], .quantityTooLarge),
      (order(), [("SKU-12345", 1), ("SKU-12345", 1)], .quantityTooLarge),
      (order { $0.items += $0.items }, [("SKU-12345", 2)], nil),
    ] as [(Order, [(String, Int)], ReturnRefusal?)])
  func ofACopy(_ order: Order, _ items: [(String, Int)], _ refusal: ReturnRefusal?) {
    let verdict = ReturnVerdict(items.map { item($0, $1) }, of: order, today: Self.today)
    if let refusal {
      #expect(verdict == .refused(refusal))
    } else {
      guard case .allowed = verdict else {
        Issue.record("\(verdict)")
        return
      }
    }
  }

  /// The platform's count and ours are of the same returns, so the larger one holds.
  @Test(arguments: [
    (1, 0, 2, true), (1, 0, 3, false), (0, 2, 1, true), (0, 2, 2, false), (1, 2, 1, true), (2, 1, 2, false),
  ])
  func countsWhatIsTaken(_ returned: Int, _ ours: Int, _ quantity: Int, _ isAllowed: Bool) {
    let order = ReturnableOrder.sample.with {
      $0.lines = [ReturnableOrder.Line(sku: "SKU-2", bought: 3, returned: returned)]
    }
    let verdict = ReturnVerdict([item("SKU-2", quantity)], of: order, taken: ["SKU-2": ours], today: Self.today)
    #expect(isAllowed ? verdict != .refused(.quantityTooLarge) : verdict == .refused(.quantityTooLarge))
  }

  @Test func theSameLinesHaveTheSameKeyWhateverTheReason() {
    func key(_ items: [ReturnRequest.Item], call: String = "call-1") -> [UInt8] {
      ReturnRequest(
        orderID: OrderID(rawValue: "ORD-839201"), items: items, customerReference: call, channel: .none, address: nil,
        language: .english
      ).duplicateKey
    }
    let first = key([item("A", 1), item("B", 2)])
    #expect(key([item("B", 2), ReturnRequest.Item(sku: "A", quantity: 1, reasonCode: "DEFECTIVE")]) == first)
    #expect(key([item("B", 1), item("A", 1), item("B", 1)]) == first)
    #expect(key([item("A", 1), item("B", 3)]) != first)
    #expect(key([item("A", 1), item("B", 2)], call: "call-2") != first)
  }
}
