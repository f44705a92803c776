import ArchitectFlows
import Core

/// Points by telephone and by message: looked up, redeemed through the portal, kept nowhere but in the ledger.
extension Demo {
  /// - Parameters:
  ///   - folder: where the flows are.
  ///   - customer: one who has points, and whom the first reward of the catalogue is not too dear for.
  func playLoyalty(folder: String, customer: String) async throws {
    let values = ["Flow.customerId": customer]
    let loyalty = try DemoFlow(folder + "/loyalty.yaml", values: values)
    let messaging = try DemoFlow(folder + "/loyalty-messaging.yaml", values: values)

    heading("A member redeems points", loyalty.file)
    showReceipt(of: try await call(loyalty, "1,1,1"))

    heading("The same in web messaging", messaging.file)
    showReceipt(of: try await call(messaging, texts: ["My points?", "yes", "1", "yes"]))

    heading("A membership number proves nothing", nil)
    let number = try await call(try DemoFlow(loyalty.file), "4711#,1")
    note("no reward", isGood: number.data["ringback_request_id"] == nil)
  }

  private func showReceipt(of played: Played) {
    guard let receipt = played.data["ringback_request_id"] else {
      note("nothing was redeemed", isGood: false)
      return
    }
    note("receipt \(receipt); the conversation keeps \(played.data.keys.sorted().joined(separator: ", ")), no points")
  }
}
