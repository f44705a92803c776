import Core
import Jobs
import Security
import Storage

/// Takes a return on: the row, the job that submits it and the event, in one transaction. The platform is not asked.
///
/// What needs no transaction is done before it, as there is one writer. In it, an equal request of the same call is looked
/// for first: a shop may call an order not eligible because of the very return that is asked for again.
struct RequestReturn: Sendable {
  let table: ReturnTable
  let jobs: JobQueue
  let announce: Announce
  let lookUpOrder: LookUpOrder
  let orders: LiveOrdersConfiguration
  let configuration: LiveReturnsConfiguration
  let identifiers: IdentifierSource
  let time: any TimeSource
  let observer: ReturnsObserver

  /// A return that is ready to be written.
  struct Prepared: Sendable {
    let id: String
    let request: ReturnRequest
    let verdict: ReturnVerdict
    let items: String
    let quantities: [(sku: String, quantity: Int)]
    let duplicateKey: [UInt8]
    let details: [UInt8]?
    let requestID: String
    let now: Timestamp
    let expiresAt: Timestamp
    let job: SealedJob
    let event: OutboxEvent
  }

  struct Accepted: Sendable {
    let id: String
    let createdAt: Timestamp
  }

  /// - Throws: `CryptographyError`.
  func prepare(_ request: ReturnRequest, claim: ReturnDetails.Claim, requestID: String) throws -> Prepared {
    let id = identifiers.make("ret")
    let now = time.now
    let isVerified = orders.read { $0.verification } != .none
    let details = ReturnDetails(address: request.address, claim: isVerified ? claim : nil)
    return Prepared(
      id: id, request: request, verdict: verdict(request, claim.proof, now: now), items: request.items.stored,
      quantities: request.items.quantities, duplicateKey: request.duplicateKey,
      details: request.address == nil && !isVerified ? nil : try table.seal(details, of: id), requestID: requestID,
      now: now, expiresAt: now + configuration.read { $0.window },
      job: try jobs.seal(SubmitReturnJob.job(for: id, lane: .order(request.orderID), requestID: requestID)),
      event: OutboxEvent(
        .requested, of: id, orderID: request.orderID, rmaNumber: nil, items: request.items, time: now))
  }

  /// Who has no proof that the order is theirs hears what the asker for an unknown order hears.
  private func verdict(_ request: ReturnRequest, _ proof: CallerProof, now: Timestamp) -> ReturnVerdict {
    switch lookUpOrder.known(request.orderID) {
    case .order(let copy):
      guard orders.read({ $0.verification }).accepts(proof, for: copy.order.ownership) else {
        return .refused(.orderUnknown)
      }
      return ReturnVerdict(request.items, of: copy.order, today: orders.today(at: now))
    case .unknown: return .refused(.orderUnknown)
    case nil: return .unchecked
    }
  }

  /// - Returns: the return, or the one that stands for the same lines of the same call.
  /// - Throws: `ReturnRefusal`, `DatabaseError`, `CryptographyError`.
  func callAsFunction(_ new: Prepared, in connection: any Connection) throws -> Accepted {
    // Its own job has a quarter of an hour to itself.
    let isNew = try table.insert(
      new.request, id: new.id, items: new.items, details: new.details, duplicateKey: new.duplicateKey,
      requestID: new.requestID, now: new.now, checkAt: new.now + .seconds(900), expiresAt: new.expiresAt,
      in: connection)
    guard isNew else {
      guard let first = try table.first(of: new.request.orderID, new.duplicateKey, in: connection) else {
        throw DatabaseError.unavailable("the first return was cancelled at this moment")
      }
      connection.afterCommit { [observer] in observer.asked(.repeated) }
      return Accepted(id: first.id, createdAt: first.createdAt)
    }
    try claimLines(of: new, in: connection)
    try jobs.enqueue(new.job, in: connection)
    try announce(new.event, connection)
    connection.afterCommit { [observer] in observer.asked(.accepted) }
    return Accepted(id: new.id, createdAt: new.now)
  }

  private func claimLines(of new: Prepared, in connection: any Connection) throws {
    var bought: [String: Int]?
    switch new.verdict {
    case .allowed(let lines): bought = lines
    case .unchecked: break
    case .refused(let refusal): throw refusal
    }
    for (sku, quantity) in new.quantities {
      let isLeft = try table.claim(
        quantity, of: sku, in: new.request.orderID, bought: bought.map { $0[sku] ?? 0 }, in: connection)
      guard isLeft else { throw ReturnRefusal.quantityTooLarge }
    }
  }
}

extension LiveOrdersConfiguration {
  /// The day where the shop is.
  func today(at moment: Timestamp) -> CalendarDate {
    let local = moment + read { $0.utcOffset(moment) }
    return CalendarDate(daysSince1970: local.seconds / 86_400)
  }
}

extension OutboxEvent {
  init(
    _ state: ReturnState, of id: String, orderID: OrderID, rmaNumber: String?, items: [ReturnRequest.Item],
    time: Timestamp
  ) {
    self.init(
      type: ReturnsFeature.eventType(of: state), subject: id, time: time,
      data: [
        "return_request_id": .string(id), "order_id": .string(orderID.rawValue), "status": .string(state.rawValue),
        "rma_number": rmaNumber.map { .string($0) } ?? .null, "items": items.json,
      ])
  }
}
