import Core

/// A customer at the portal for some minutes.
package struct PortalSession: Sendable, Hashable {
  package enum Scope: String, Sendable, Hashable, CaseIterable {
    case read = "portal:read"
    case redeem = "portal:redeem"
  }

  /// `pse_…`.
  package var id: String
  /// All hashes that the customer may be stored under, newest first.
  package var customer: [CustomerHash]
  package var scopes: Set<Scope>
  /// What the customer reads; nil to go by each request.
  package var locale: String?
  /// Sealed; nil where there is none.
  package var address: [UInt8]?
  package var expiresAt: Timestamp
}
