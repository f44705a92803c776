import Core
import Testing

@testable import ArchitectFlows

@Suite struct BotTests {
  private func player(_ main: String = Self.main, bot: String = Self.bot) throws -> CallPlayer {
    try CallPlayer(flow: ("main.yaml", main), dataActions: [], neighbours: [("bot.yaml", bot)])
  }

  private func prompts(_ texts: String...) async throws -> [String] {
    let call = try await player().played(texts: texts)
    #expect(call.faults == [])
    return call.prompts
  }

  @Test func givesBackWhatWasAnswered() async throws {
    #expect(try await prompts("hello", "Red please") == ["You wrote: hello", "Which colour?", "It is red. Outer x"])
    #expect(try await prompts("hello", "RED") == ["You wrote: hello", "Which colour?", "It is red. Outer x"])
  }

  @Test func asksThreeTimes() async throws {
    #expect(
      try await prompts("hello", "green", "blue", "black", "red")
        == ["You wrote: hello", "Which colour?", "Red or white?", "Red or white?", "It is . Outer x"])
    #expect(
      try await prompts("hello") == ["You wrote: hello", "Which colour?", "Hello?", "Hello?", "It is . Outer x"])
  }

  @Test func whoLeavesIsGone() async throws {
    #expect(try await player().played(texts: ["hello", "hangup"]).outcome == .hungUp)
    #expect(try await player().played(texts: ["hello", "red"]).outcome == .completed)
  }

  @Test(arguments: [
    ("Colours:", "Colour:", "bot flow \"Colour\" is not among the flows of this folder. Did you mean \"Colours\"?"),
    ("Slot.Colour", "Slot.Color", "bot flow \"Colours\" does not share \"Slot.Color\""),
    ("Flow.ask:", "Flow.hidden:", "bot flow \"Colours\" does not share \"Flow.hidden\""),
  ])
  func mistakesAreFound(_ right: String, _ wrong: String, _ words: String) throws {
    do {
      _ = try player(Self.main.replacing(right, by: wrong))
      Issue.record("it was taken")
    } catch let error as FlowProblems {
      #expect(error.problems.contains { $0.description.contains(words) }, "\(error.problems)")
    }
  }

  @Test func mistakesInTheBotAreFound() throws {
    do {
      _ = try player(bot: Self.bot.replacing("type: ColourType", by: "type: ColorType"))
      Issue.record("it was taken")
    } catch let error as FlowProblems {
      #expect(error.problems.first?.file == "bot.yaml")
      #expect(error.problems.first?.message.contains("\"ColourType\"") == true)
    }
  }

  /// A call flow waits by playing nothing.
  @Test func silenceAloneIsAPause() async throws {
    let flow = """
      inboundCall:
        name: Quiet
        startUpRef: "./tasks/task[a]"
        tasks:
          - task:
              refId: a
              actions:
                - playAudio: {audio: {exp: ToAudioBlank(2 * 250)}}
                - playAudio: {audio: {exp: 'Append(ToAudioTTS("Hi"), ToAudioBlank(700))'}}
      """
    let call = try await CallPlayer(flow: ("quiet", flow), dataActions: []).played(keys: "")
    #expect(call.events.contains { $0.kind == .pause(.milliseconds(500), reason: "silence") })
    #expect(call.prompts == ["Hi"])
  }

  private static let main = """
    inboundShortMessage:
      name: Main
      startUpRef: "/inboundShortMessage/states/state[a]"
      variables:
        - stringVariable: {name: Flow.ask, initialValue: {lit: Outer x}}
        - stringVariable: {name: Flow.colour, initialValue: {noValue: true}}
      states:
        - state:
            refId: a
            actions:
              - sendResponse: {messageBody: {exp: 'ToCommunication(Append("You wrote: ", Message.Message.body))'}}
              - callBotFlow:
                  name: Colour
                  inputText: {noValue: true}
                  botFlow:
                    Colours:
                      ver_latestPublished:
                        inputs:
                          Flow.ask: {lit: Which colour?}
                        outputs:
                          Slot.Colour: {var: Flow.colour}
              - sendResponse: {messageBody: {exp: 'ToCommunication(Append("It is ", Flow.colour, ". ", Flow.ask))'}}
    """

  private static let bot = """
    botFlow:
      name: Colours
      startUpRef: "/botFlow/bots/bot[ask]"
      variables:
        - stringVariable: {name: Flow.ask, initialValue: {noValue: true}, isInput: true, isOutput: false}
        - stringVariable: {name: Flow.hidden, initialValue: {noValue: true}, isInput: false, isOutput: false}
      settingsNaturalLanguageUnderstanding:
        nluDomainVersion:
          entities:
            - {name: Colour, type: ColourType}
          entityTypes:
            - name: ColourType
              mechanism:
                type: List
                restricted: true
                items:
                  - {value: red, synonyms: [red please]}
                  - {value: white, synonyms: []}
      bots:
        - bot:
            name: Ask
            refId: ask
            actions:
              - askForSlot:
                  slot: {name: Colour}
                  question: {exp: ToCommunication(Flow.ask)}
                  noInput: {exp: 'ToCommunication("Hello?")'}
                  noMatch: {exp: 'ToCommunication("Red or white?")'}
              - exitBotFlow: {}
              - communicate: {communication: {exp: 'ToCommunication("never said")'}}
    """
}
