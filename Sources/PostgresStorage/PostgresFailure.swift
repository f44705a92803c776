import CPostgres
import Storage

/// What went wrong, and whether running the closure again may mend it.
struct PostgresFailure: Error {
  let error: DatabaseError
  var isWorthRepeating = false
  var isConnectionLost = false
  /// A prepared plan that no longer fits.
  var isStalePlan = false
  /// Of a call that was sent before the one that was waited for.
  var isOfEarlierCall = false

  init(_ error: DatabaseError, isWorthRepeating: Bool = false) {
    self.error = error
    self.isWorthRepeating = isWorthRepeating
  }

  func of(_ isLastCall: Bool) -> PostgresFailure {
    var own = self
    own.isOfEarlierCall = !isLastCall
    return own
  }

  static let commitInDoubt = PostgresFailure(
    .unavailable("The connection to PostgreSQL was lost while committing: whether the change was made is not known."))

  /// <https://www.postgresql.org/docs/15/errcodes-appendix.html>. The primary message alone is kept: details quote values.
  init(code: String, message: String, constraint: String) {
    switch (code.prefix(2), code) {
    // A protocol violation is how the server calls a wrong number of parameters.
    case (_, "08P01"):
      self.init(.statement(message))
    case ("23", _):
      self.init(.constraint(constraint.isEmpty ? message : constraint))
    case (_, "40001"), (_, "40P01"):
      self.init(.unavailable("Too many changes of the same rows at once. Try again."), isWorthRepeating: true)
    case (_, "0A000") where message.contains("cached plan"), (_, "26000"):
      self.init(.unavailable("The tables were changed meanwhile. Try again."), isWorthRepeating: true)
      isStalePlan = true
    case (_, "57014"):
      self.init(
        .unavailable("A statement took longer than database.statement_timeout. Look at the server's load and locks."))
    case (_, "57P01"), (_, "57P02"), (_, "57P03"), (_, "57P05"), (_, "25P03"), ("08", _):
      self.init(.unavailable("PostgreSQL ended the connection (\(message))."), isWorthRepeating: true)
      isConnectionLost = true
    case ("53", _), ("58", _), (_, "55P03"), (_, "XX001"), (_, "XX002"):
      self.init(.unavailable("PostgreSQL cannot do it now (\(message)). Look at its log, its disk and its memory."))
    default:
      self.init(.statement("\(message) (SQLSTATE \(code))"))
    }
  }
}
