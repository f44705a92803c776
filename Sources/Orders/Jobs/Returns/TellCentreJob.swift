import Core
import HTTPMessages
import Jobs
import Storage

/// Writes how a return stands to where agents and flows see it. What is written is how it stands when it is written, so
/// repeating it does no harm.
struct TellCentreJob: Errand {
  static let kind = "returns.tell_centre"

  let table: ReturnTable
  let database: any Database
  let contactCentre: any ReturnContactCentre
  let random: any RandomSource

  func attempt(_ id: String, mark: () async throws -> Void) async throws -> JobOutcome {
    guard let record = try await database.read({ try table.find(id, in: $0) }) else { return .done() }
    let attributes = ReturnAttributes(
      returnRequestID: record.id, rmaStatus: record.state, returnCreatedAt: record.createdAt)
    do throws(ContactCentreError) {
      try await contactCentre.record(
        attributes, conversation: record.customerReference,
        context: CallContext(requestID: record.requestID, trace: TraceContext(random: random)))
      return .done()
    } catch {
      // A conversation that the contact centre does not know, or knows no more, is nobody's fault.
      if case .refused(let reason) = error { return .done(result: reason) }
      return .retry(after: error.retryAfter, reason: error.reason)
    }
  }
}
