import Testing

@Suite struct FormTests {}
