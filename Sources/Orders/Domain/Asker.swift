/// Whom a miss is counted against: the telephone that calls, where the contact centre says so; else the client at its
/// address, as the calls of a whole contact centre come from few addresses.
package enum Asker: Sendable, Hashable, Codable {
  /// The digits of its number, however it is written.
  case caller([UInt8])
  case client(id: String, address: String)

  package init(callerNumber: String?, address: String, clientID: String) {
    self =
      callerNumber.flatMap(DialledNumber.init).map { .caller($0.digits) } ?? .client(id: clientID, address: address)
  }
}
