import Core

/// What one app may see of the shop while one request is answered.
struct ShopifyView: Sendable {
  let returns: ShopifyReturns
  let scopes: Set<String>

  /// Who may write returns may read them.
  var mayReadReturns: Bool { scopes.contains("read_returns") || scopes.contains("write_returns") }
}
