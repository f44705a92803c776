/// An expression whose names, argument counts and types have been checked.
struct Expression: Sendable {
  indirect enum Node: Sendable {
    case literal(FlowValue)
    /// The declared name, in lower case.
    case variable(String)
    case property(Node, String)
    case item(Node, index: Node)
    case not(Node)
    case negative(Node)
    case and(Node, Node)
    case or(Node, Node)
    case binary(BinaryOperator, Node, Node)
    case call(FlowFunction, [Node])
    /// `If(condition, then, otherwise)`: only one of the two is evaluated, so that it can guard against NOT_SET.
    case choice(Node, Node, Node)
  }

  let root: Node
  let type: FlowType
  /// As the file has it.
  let source: String
}

enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case power = "^"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  /// A higher number binds more tightly (the vendor's table of operators).
  var precedence: Int {
    switch self {
    case .equal, .notEqual: 3
    case .less, .lessOrEqual, .greater, .greaterOrEqual: 4
    case .add, .subtract: 5
    case .multiply, .divide, .remainder: 6
    case .power: 7
    }
  }
}
