import Core
import EventLoop
import HTTPClient
import HTTPServer
import Security
import Storage
import Telemetry

/// Everything of OAuth 2.0 in one place: gives tokens to clients, and says who a token belongs to.
///
/// Call `start` once before serving and run `maintain` beside the server.
package final class AuthorizationServer: Sendable {
  /// How often what other processes changed (keys, revocations, disabled clients) is read.
  static let refreshInterval: Duration = .seconds(30)

  /// The endpoints; none asks for a token.
  package let routes: [Route]
  /// For `Router`.
  package let verifier: TokenVerifier
  package let clients: ClientStore

  let keys: SigningKeys
  private let configuration: IdentityConfiguration
  private let revocations: Revocations
  private let time: any TimeSource
  private let logger: Logger

  /// - Parameters:
  ///   - pool: runs scrypt and makes keys; two threads and room for some dozens who wait are plenty.
  ///   - http: fetches the keys of outside issuers.
  ///   - secretCost: lower only in tests.
  package init(
    configuration: IdentityConfiguration, database: any Database, sealer: Sealer, pool: BlockingPool,
    http: any HTTPRequesting, time: any TimeSource, random: any RandomSource, logger: Logger,
    secretCost: SecretHash.Cost = .standard
  ) {
    self.configuration = configuration
    self.time = time
    self.logger = logger
    clients = ClientStore(database: database, pool: pool, time: time, random: random, cost: secretCost)
    keys = SigningKeys(configuration: configuration, database: database, sealer: sealer, pool: pool, time: time)
    revocations = Revocations(database: database, time: time)
    let outsideKeys = configuration.outsideIssuers.map {
      ($0.issuer, RemoteKeySet(issuer: $0, client: http, time: time))
    }
    verifier = TokenVerifier(
      configuration: configuration, keys: keys, outsideKeys: Dictionary(outsideKeys) { $1 }, revocations: revocations,
      time: time)
    let authenticator = ClientAuthenticator(clients: clients, pool: pool, time: time, random: random, logger: logger)
    let issuer = TokenIssuer(
      configuration: configuration, keys: keys, time: time,
      identifiers: IdentifierSource(time: time, random: random))
    routes =
      IdentityRoutes(
        configuration: configuration, keys: keys,
        token: TokenEndpoint(authenticator: authenticator, issuer: issuer),
        introspection: IntrospectionEndpoint(authenticator: authenticator, verifier: verifier),
        revocation: RevocationEndpoint(authenticator: authenticator, verifier: verifier, revocations: revocations)
      ).all
  }

  /// Reads the keys, making the first one, and the revocations. The tables must be there.
  ///
  /// - Throws: `IdentityConfigurationError`; `DatabaseError`; `CryptographyError` when the master keys do not open the
  ///   signing keys.
  package func start() async throws {
    try configuration.check()
    try await refresh()
  }

  /// Reads what other processes changed, and begins a rotation when it is due.
  func refresh() async throws {
    try await keys.refresh()
    try await revocations.refresh()
  }

  /// Keeps up with other processes and rotates keys when it is time, until the task is cancelled.
  package func maintain() async {
    while true {
      do { try await time.sleep(for: Self.refreshInterval) } catch { return }
      do {
        try await refresh()
      } catch {
        logger.error("keys and revocations could not be refreshed", ["reason": .string("\(error)")])
      }
    }
  }

  /// Begins a rotation of the signing key. The new key signs after ten minutes, when no cache of our key set is without
  /// it, and the old one stays published until its last token has expired.
  ///
  /// - Parameter withdrawing: for a key that has leaked: the new one signs at once, and the old ones go with every token
  ///   that they signed. Clients must ask for new tokens.
  /// - Throws: `DatabaseError`, `CryptographyError`, `BlockingPoolError`.
  package func rotateKeys(withdrawing: Bool = false) async throws {
    try await keys.rotate(withdrawing: withdrawing)
  }

  /// Shuts a client out here and, through the database, everywhere.
  ///
  /// - Throws: `ClientStoreError`, `DatabaseError`.
  package func revokeClient(_ id: String) async throws {
    try await clients.revoke(id)
    revocations.setDisabled(true, client: id)
  }
}
