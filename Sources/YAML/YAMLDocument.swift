import CYAML

/// Why a text is not YAML, or not YAML that is taken here.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
  package let position: YAMLPosition
  /// A sentence without its full stop, for a person who edits the file.
  package let reason: String

  package init(at position: YAMLPosition, _ reason: String) {
    self.position = position
    self.reason = reason
  }

  /// `14:3: key "name" is written twice`.
  package var description: String { "\(position): \(reason)" }
}

/// One YAML document as a tree in which everything knows its line and column.
///
/// Taken is the part of YAML that configuration and Archy files use. Anchors, aliases, tags and second documents are
/// refused, since a few bytes of them can stand for gigabytes; so are repeated keys, since one of the two would be lost
/// in silence.
package struct YAMLDocument: Sendable {
  package let root: YAMLNode
  let lines: SourceLines

  /// - Parameters:
  ///   - depth: how many mappings and lists may be nested.
  ///   - maximumSize: in bytes of UTF-8.
  /// - Throws: `YAMLError` at the first thing that cannot be taken.
  package init(parsing text: String, depth: Int = 64, maximumSize: Int = 4 << 20) throws(YAMLError) {
    guard text.utf8.count <= maximumSize else {
      throw YAMLError(
        at: YAMLPosition(line: 1, column: 1), "the file has \(text.utf8.count) bytes; at most \(maximumSize) are taken")
    }
    lines = SourceLines(text)
    root = try EventReader.root(of: text, depth: depth, lines: lines)
  }
}

/// Builds the tree from libyaml's events. The parser lives on the heap, as libyaml keeps pointers into it.
private struct EventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let lines: SourceLines

  static func root(of text: String, depth: Int, lines: SourceLines) throws(YAMLError) -> YAMLNode {
    var result: Result<YAMLNode, YAMLError>?
    var text = text
    text.withUTF8 { bytes in
      let reader = EventReader(bytes, lines: lines)
      do throws(YAMLError) { result = .success(try reader.document(depth: depth)) } catch { result = .failure(error) }
    }
    guard let result else { preconditionFailure("withUTF8 runs its closure") }
    return try result.get()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, lines: SourceLines) {
    self.lines = lines
    parser = .allocate(capacity: 1)
    precondition(yaml_parser_initialize(parser) == 1, "out of memory")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  private func document(depth: Int) throws(YAMLError) -> YAMLNode {
    var root: YAMLNode?
    while true {
      let event = try next()
      switch event {
      case .documentStart(let position):
        guard root == nil else {
          throw YAMLError(at: position, "a second document begins; one file holds one document")
        }
      case .streamEnd(let position):
        return root ?? YAMLNode(.scalar("", .plain), at: position)
      case .other: continue
      default: root = try node(from: event, depth: depth)
      }
    }
  }

  private func node(from event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
    switch event {
    case .scalar(let text, let style, let position):
      return YAMLNode(.scalar(text, style), at: position)
    case .sequenceStart(let position):
      guard depth > 0 else { throw YAMLError(at: position, "lists and mappings are nested too deeply") }
      return YAMLNode(.sequence(try items(depth: depth - 1)), at: position)
    case .mappingStart(let position):
      guard depth > 0 else { throw YAMLError(at: position, "lists and mappings are nested too deeply") }
      return YAMLNode(.mapping(try entries(depth: depth - 1)), at: position)
    default: preconditionFailure("libyaml's grammar puts a node here")
    }
  }

  private func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let event = try next()
      if case .collectionEnd = event { return items }
      items.append(try node(from: event, depth: depth))
    }
  }

  private func entries(depth: Int) throws(YAMLError) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var lineOfKey: [String: Int] = [:]
    while true {
      let event = try next()
      if case .collectionEnd = event { return entries }
      let key = try node(from: event, depth: depth)
      guard let name = key.string else {
        throw YAMLError(at: key.position, "a key must be a text, not \(key.kindName)")
      }
      if let line = lineOfKey.updateValue(key.position.line, forKey: name) {
        throw YAMLError(at: key.position, "key \"\(name)\" is written twice; the first is on line \(line)")
      }
      entries.append(YAMLNode.Entry(key: name, keyNode: key, value: try node(from: try next(), depth: depth)))
    }
  }

  private enum Event {
    case documentStart(YAMLPosition)
    case streamEnd(YAMLPosition)
    case scalar(String, YAMLNode.ScalarStyle, YAMLPosition)
    case sequenceStart(YAMLPosition)
    case mappingStart(YAMLPosition)
    case collectionEnd
    case other
  }

  private func next() throws(YAMLError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    let position = YAMLPosition(line: event.start_mark.line + 1, column: event.start_mark.column + 1)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return .documentStart(position)
    case YAML_STREAM_END_EVENT: return .streamEnd(position)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .collectionEnd
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: position)
      return .sequenceStart(position)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: position)
      return .mappingStart(position)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, at: position)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return .scalar(text, Self.style(scalar.style), position)
    case YAML_ALIAS_EVENT:
      throw YAMLError(
        at: position, "aliases (*name) are not taken; write the value out. A text that begins with * needs quotes")
    default: return .other
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, at position: YAMLPosition
  ) throws(YAMLError) {
    if anchor != nil {
      throw YAMLError(at: position, "anchors (&name) are not taken. A text that begins with & needs quotes")
    }
    if tag != nil {
      throw YAMLError(at: position, "tags (!name) are not taken. A text that begins with ! needs quotes")
    }
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.ScalarStyle {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  /// libyaml's own words; its reader gives a byte offset instead of a mark.
  private func failure() -> YAMLError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the text is not YAML"
    if parser.pointee.error == YAML_READER_ERROR {
      return YAMLError(at: lines.position(ofByte: Int(parser.pointee.problem_offset)), problem)
    }
    let mark = parser.pointee.problem_mark
    let position = lines.clamped(YAMLPosition(line: mark.line + 1, column: mark.column + 1))
    guard let context = parser.pointee.context.map({ String(cString: $0) }) else {
      return YAMLError(at: position, problem)
    }
    let start = parser.pointee.context_mark
    return YAMLError(
      at: position, "\(problem) (\(context) that began on line \(start.line + 1), column \(start.column + 1))")
  }
}
