import Security
import Storage

/// What `ringback` exits with; documented in docs/reference/command-line.md.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// It was done and the answer is no: a problem found, a thing not there.
  case failure = 1
  /// The command line, or a file it names, is wrong.
  case usage = 2
  /// The configuration is wrong.
  case configuration = 3
  /// Something that is needed cannot be reached: the server, the database, a port.
  case unreachable = 4
  /// Credentials were refused.
  case unauthorized = 5
  /// It contradicts what is there already.
  case conflict = 6
  /// Worth trying again later (`EX_TEMPFAIL` of sysexits).
  case retryLater = 75
}

/// Ends a verb: what happened, why, and what to do next, one line each.
struct CommandFailure: Error {
  let code: ExitCode
  let lines: [String]

  init(_ code: ExitCode, _ lines: String...) {
    self.code = code
    self.lines = lines
  }

  init(_ code: ExitCode, lines: [String]) {
    self.code = code
    self.lines = lines
  }
}

extension CommandFailure {
  init(_ error: DatabaseError) {
    switch error {
    case .unavailable(let reason):
      self.init(
        .unreachable, "The database cannot be reached: \(reason)",
        "See that it runs and that database.url and its password are right; `ringback doctor` looks at all of it.")
    case .schema(let reason):
      self.init(.conflict, "The tables do not fit this version: \(reason)")
    case .constraint(let reason), .statement(let reason), .shape(let reason):
      self.init(
        .failure, "The database refused: \(reason)",
        "This is a bug or a damaged database. Keep a copy of it, and report it.")
    }
  }

  static let wrongKeys = CommandFailure(
    .configuration, "The keys in the data folder do not open what is sealed in the database.",
    "Put back the file keys/master that belongs to this database: without it what is sealed stays closed.")
}
