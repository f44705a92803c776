/// What the ledger tells whoever counts.
package struct LedgerObserver: Sendable {
  /// A commit that changed so many accounts.
  package var committed: @Sendable (_ accounts: Int) -> Void = { _ in }
  /// Somebody was sent away because too many wait.
  package var overloaded: @Sendable () -> Void = {}

  package init() {}
}
