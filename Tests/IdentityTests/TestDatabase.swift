import Storage

@testable import Identity

enum TestDatabase {
  /// In memory, with the tables of this room.
  static func open() throws -> any Database { ScratchDatabase(IdentitySchema.schema) }
}
