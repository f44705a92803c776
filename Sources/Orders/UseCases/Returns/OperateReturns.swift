import Core
import Jobs
import Privacy
import Security
import Storage

/// What a person who looks after returns sees of them, and does with them by hand, beside a running server or without one.
package struct OperateReturns: Sendable {
  package enum Refusal: Error, Sendable, Hashable {
    case notFound
    /// - Parameter allowed: what it may become.
    case illegal(from: ReturnState, allowed: [ReturnState])
  }

  /// A return as it is shown. Holds nothing that names a person.
  package struct Entry: Sendable, Hashable {
    package let id: String
    package let orderID: OrderID
    package let state: ReturnState
    package let rmaNumber: String?
    package let platformID: String?
    package let customerReference: String
    /// The code, and the platform's where it has one.
    package let refusal: String?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package let requestID: String
  }

  private let table: ReturnTable
  private let move: MoveReturn
  private let identifiers: IdentifierSource

  /// - Parameter announce: puts an event into the outbox.
  package init(
    _ configuration: ReturnsConfiguration, jobs: JobQueue, announce: @escaping Announce, sealer: Sealer,
    hashKey: Redacted<[UInt8]>, time: any TimeSource, random: any RandomSource
  ) {
    table = ReturnTable(personal: PersonalData(sealer: sealer, hashKey: hashKey))
    move = MoveReturn(
      table: table, messages: ReturnMessageTable(), jobs: jobs, announce: announce,
      configuration: LiveReturnsConfiguration(configuration), time: time, observer: ReturnsObserver())
    identifiers = IdentifierSource(time: time, random: random)
  }

  /// Newest first.
  package func list(
    _ state: ReturnState? = nil, of orderID: OrderID? = nil, limit: Int, in connection: any Connection
  ) throws -> [Entry] {
    try table.list(state, of: orderID, limit: limit, in: connection).map(Entry.init)
  }

  /// With its moves, in order.
  package func find(
    _ id: String, in connection: any Connection
  ) throws -> (entry: Entry, transitions: [ReturnTransition])? {
    try table.find(id, in: connection).map { (Entry($0), try table.transitions(of: id, in: connection)) }
  }

  /// Moves it, with all that follows from a move: the event, and that the contact centre and the customer are told. Nothing is
  /// asked of the platform: it is for the person who does this to see that it is so there.
  ///
  /// - Parameters:
  ///   - reason: kept with the move, masked; whoever reads the return sees it.
  ///   - actor: who does it; kept with the move.
  /// - Throws: `Refusal`, `DatabaseError`, `CryptographyError`.
  package func move(
    _ id: String, to state: ReturnState, reason: String, by actor: String, in connection: any Connection
  ) throws {
    guard let record = try table.lock(id, in: connection) else { throw Refusal.notFound }
    let why = MoveReturn.Cause(
      cause: .operator, requestID: identifiers.make("hand"), detail: String(Masking.masked(reason).prefix(200)),
      actor: String(Masking.masked(actor).prefix(100)))
    guard try move(record, to: state, why, in: connection) else {
      throw Refusal.illegal(from: record.state, allowed: ReturnState.allCases.filter(record.state.canBecome))
    }
  }
}

extension OperateReturns.Entry {
  init(_ record: ReturnRecord) {
    self.init(
      id: record.id, orderID: record.orderID, state: record.state, rmaNumber: record.rmaNumber,
      platformID: record.platformID, customerReference: record.customerReference,
      refusal: record.refusal.map { [$0.reason.rawValue, $0.detail].compactMap { $0 }.joined(separator: ": ") },
      createdAt: record.createdAt, expiresAt: record.expiresAt, requestID: record.requestID)
  }
}
