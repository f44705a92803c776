import Core
import HTTPMessages
import HTTPServer
import Security

/// `GET /v1/ledger/checkpoint`: where the journal ends, signed.
struct CheckpointRoute: Sendable {
  let sign: SignCheckpoint

  var route: Route {
    Route(.get, "/v1/ledger/checkpoint", access: .scope("ledger:read")) { _ in
      let (checkpoint, signed) = try await ledgerProblems { try await sign() }
      return .json(
        [
          "checkpoint": .string(signed), "sequence": .integer(checkpoint.sequence),
          "journal": .integer(checkpoint.journal), "root": .string(checkpoint.root.hex),
          "at": .string(checkpoint.at.description),
        ], headers: ["cache-control": "no-store"])
    }
  }
}
