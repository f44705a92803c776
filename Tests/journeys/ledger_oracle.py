"""Holds the ledger's tables against what its writers were answered, and counts everything anew: the rules are written here a second
time, in another language, so that a mistake in the server's is not made here as well."""
import collections
import hashlib
import json
import struct

from tables import ledger_snapshot

FIRST_CUSTOMER, HELD = 1_000, 2
TYPES = {1: "accrual", 2: "redemption", 3: "expiry", 4: "adjustment", 5: "reversal", 6: "hold", 7: "release"}
NOTHING = bytes(32)
ENTRY = "sequence, account, number, type, points, source, target, at, available, held, previous, key, detail, hash"
CROCKFORD = {digit: value for value, digit in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


def sequence_of(transaction_id):
    """The place in the journal that a `txn_…` names."""
    value = 0
    for digit in transaction_id[4:12]:
        value = value * 32 + CROCKFORD[digit]
    return value


class Findings(collections.defaultdict):
    def __init__(self):
        super().__init__(list)

    def __or__(self, other):
        both = Findings()
        for kind in {*self, *other}:
            both[kind] = list(dict.fromkeys(self[kind] + other[kind]))
        return both


class Account:
    __slots__ = ("available", "held", "number", "last", "head", "lots", "states")

    def __init__(self):
        self.available, self.held, self.number, self.last, self.head = 0, 0, 0, 0, NOTHING
        self.lots = collections.Counter()
        # What its row may say: the account after each of its transactions that rows may not show yet, and before them.
        self.states = collections.deque()


class Oracle:
    """Reads what has come since it read last; a new one reads all."""

    KINDS = ("acknowledged transactions lost", "transactions applied twice", "applied though refused or never asked for",
             "balances that are not the sum", "books not zero", "sequences with gaps", "chains broken", "journal broken")

    def __init__(self):
        self.found, self.accounts, self.books = Findings(), {}, collections.Counter()
        self.sequence, self.journal, self.root, self.keys, self.by_sequence = 0, 0, NOTHING, {}, {}
        self.unsolicited, self.books_sum, self.told = 0, 0, 0

    def say(self, kind, text):
        self.found[kind].append(text)

    def read(self, tables, asks, settled):
        """- Parameters asks: by the key as it is stored; settled: those with an answer, in that order."""
        now = ledger_snapshot(tables, self.sequence, self.journal, ENTRY)
        hashes = {}
        for row in now["entries"]:
            self.take(row, asks)
            hashes[row[0]] = row[13]
        self.close_commits(now["commits"], hashes)
        self.hold_against(now)
        self.hold_against_answers(settled)

    # The journal, one transaction after the other

    def take(self, row, asks):
        sequence, account, number, kind, points, source, target, at, available, held, previous, key, detail, digest = row
        place = f"transaction {sequence} of account {account}"
        if sequence != self.sequence + 1:
            self.say("sequences with gaps", f"{place} follows {self.sequence}")
        self.sequence = sequence
        mine = self.accounts.setdefault(account, Account())
        if number != mine.number + 1 or previous != mine.last:
            self.say("sequences with gaps", f"{place} is number {number} after {mine.number}, and names {previous} instead of {mine.last}")
        message = b"ringback/ledger/1" + mine.head + struct.pack(
            ">11q", sequence, account, number, kind, points, source, target, at, available, held, previous)
        for text in (key.encode(), detail.encode()):
            message += struct.pack(">q", len(text)) + text
        if hashlib.sha256(message).digest() != digest:
            self.say("chains broken", f"{place} has another hash")
        mine.number, mine.last, mine.head = number, sequence, digest
        self.move(place, mine, account, kind, points, source, target, available, held, json.loads(detail))
        mine.states.append((mine.available, mine.held, number, sequence, digest))
        if not key:
            self.unsolicited += 1
        elif key in self.keys:
            self.say("transactions applied twice", f"{key} is {self.keys[key]} and {sequence}")
        else:
            self.keys[key] = sequence
            ask = asks.get(key)
            if ask is None or ask.refusal is not None or ask.posting is None and ask.doubts == 0:
                self.say("applied though refused or never asked for", f"{place}, {key}")
        self.by_sequence[sequence] = (key, kind, points, digest.hex())

    def move(self, place, mine, account, kind, points, source, target, available, held, detail):
        if points <= 0 or source == target:
            self.say("balances that are not the sum", f"{place} moves {points} from {source} to {target}")
        change = points if target == account else -points if source == account else 0
        mine.available += change
        mine.held += points if target == HELD else -points if source == HELD else 0
        for number, amount, *end in detail.get("lots", []):
            mine.lots[number, *end] += amount if change > 0 else -amount if change < 0 else 0
            if mine.lots[number, *end] < 0:
                self.say("balances that are not the sum", f"{place} takes more from lot {number} than it has")
        if sum(lot[1] for lot in detail.get("lots", [])) != points:
            self.say("balances that are not the sum", f"{place} moves other points than its lots")
        if (mine.available, mine.held) != (available, held) or min(available, held) < 0:
            self.say("balances that are not the sum", f"{place} says {available} and {held} held; the sum is {mine.available} and {mine.held}")
        for book, sign in ((source, -1), (target, 1)):
            if book < FIRST_CUSTOMER:
                self.books[book] += sign * points

    def close_commits(self, commits, hashes):
        first = self.sequence - len(hashes) + 1
        for number, last, root in commits:
            digest = hashlib.sha256(b"ringback/journal/1" + self.root)
            for sequence in range(first, last + 1):
                digest.update(hashes.get(sequence, b""))
            if number != self.journal + 1 or last < first or digest.digest() != root:
                self.say("journal broken", f"commit {number}, up to transaction {last}, has another root")
            self.journal, self.root, first = number, root, last + 1
        if hashes and first != self.sequence + 1:
            self.say("journal broken", f"transactions {first} to {self.sequence} are in no commit")

    # What is kept beside the journal, and what was promised

    def hold_against(self, now):
        sequence, journal, root, behind = now["head"]
        if not 0 <= behind <= sequence:
            self.say("journal broken", f"the head says that rows are {behind} transactions behind")
        if (sequence, journal, root or NOTHING) != (self.sequence, self.journal, self.root):
            self.say("journal broken", f"the head says {sequence} and {journal}, the tables {self.sequence} and {self.journal}")
        if now["count"] != self.sequence:
            self.say("sequences with gaps", f"{now['count']} transactions, the last is number {self.sequence}")
        kept = {row[0]: row[1:] for row in now["accounts"]}
        for account in self.accounts.keys() | kept.keys():
            mine = self.accounts.get(account)
            states = mine.states if mine else collections.deque()
            while len(states) > 1 and states[1][3] <= sequence - behind:
                states.popleft()
            if kept.get(account) not in states:
                counted = states[-1] if states else None
                self.say("balances that are not the sum", f"account {account} is kept as {kept.get(account)}, counted as {counted}")
            elif sum(mine.lots.values()) != mine.available:
                self.say("balances that are not the sum", f"the lots of account {account} are {sum(mine.lots.values())} points")
        books = dict(now["books"])
        self.books_sum = sum(books.values()) + sum(account.available for account in self.accounts.values())
        if self.books_sum:
            self.say("books not zero", f"they add up to {self.books_sum}")
        for book in self.books.keys() | books.keys():
            if self.books[book] != books.get(book):
                self.say("books not zero", f"book {book} is kept as {books.get(book)}, counted as {self.books[book]}")

    def hold_against_answers(self, settled):
        for ask in settled[self.told:]:
            if ask.posting is None:
                continue
            answer = json.loads(ask.posting)
            told = (ask.key, answer["type"], answer["points"], answer["hash"])
            found = self.by_sequence.get(sequence_of(answer["transaction_id"]))
            if found is None or (found[0], TYPES[found[1]], *found[2:]) != told:
                self.say("acknowledged transactions lost", f"{answer['transaction_id']} of {ask.key} is {found}")
        self.told = len(settled)
