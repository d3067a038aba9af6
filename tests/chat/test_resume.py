"""A client that is cut off at any moment and resumes holds, in the end, what the rows hold: no gap, no double."""

from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qiao.channels.chat.frames import SNAPSHOT_MESSAGES, Hello, resume


class Wire(RuleBasedStateMachine):
    """Rows on one side, a client that follows `chat-link.js` on the other, between them a wire that breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[UUID, list[str]] = {uuid4(): []}
        self.current = next(iter(self.rows))
        self.sent = 0
        self.connected = False
        self.in_flight: list[tuple[UUID, int, list[str]]] = []
        self.conversation: UUID | None = None
        self.last = 0
        self.held: dict[int, str] = {}
        self.unsent: list[str] = []
        self.kept_keys: dict[str, tuple[UUID, int]] = {}
        self.written = 0

    def _hello(self, hello: Hello) -> None:
        rows = self.rows[self.current]
        plan = resume(hello, self.current, len(rows))
        start = max(0, len(rows) - SNAPSHOT_MESSAGES) if plan.after is None else plan.after
        kind = -1 if plan.after is None else start
        self.in_flight.append((self.current, kind, rows[start:]))
        self.sent = len(rows)

    @rule(stale=st.integers(-3, 900) | st.none())
    def connects(self, stale: int | None) -> None:
        """Honest clients tell their place; a broken one tells anything and must not be harmed by it."""
        self.in_flight, self.connected = [], True
        if stale is not None and self.conversation is not None:
            self.conversation, self.last, self.held = self.conversation, -1, {}
            self._hello(Hello(uuid4(), stale))
        else:
            self._hello(Hello(self.conversation, self.last))

    @rule()
    def breaks(self) -> None:
        self.in_flight, self.connected = [], False

    @rule(many=st.integers(1, 300))
    def others_write(self, many: int) -> None:
        self.rows[self.current] += [f"theirs {len(self.rows[self.current]) + n}" for n in range(many)]

    @rule()
    def another_conversation_begins(self) -> None:
        self.current = uuid4()
        self.rows[self.current] = []

    @rule()
    def writes(self) -> None:
        self.written += 1
        self.unsent.append(f"mine {self.written}")

    @rule(acknowledged=st.booleans())
    def what_is_unsent_goes_up(self, acknowledged: bool) -> None:
        if not self.connected or not self.unsent:
            return
        key = self.unsent[0]
        if key not in self.kept_keys:  # the row's unique key
            self.rows[self.current].append(key)
            self.kept_keys[key] = (self.current, len(self.rows[self.current]))
        if acknowledged:
            self.unsent.pop(0)

    @rule()
    def server_looks_at_the_rows(self) -> None:
        if not self.connected:
            return
        told = self.in_flight[-1][0] if self.in_flight else self.conversation
        rows = self.rows[self.current]
        if told != self.current:
            self._hello(Hello(None, None))
        elif len(rows) > self.sent:
            self.in_flight.append((self.current, self.sent, rows[self.sent : self.sent + 50]))
            self.sent = min(len(rows), self.sent + 50)

    @rule()
    def a_frame_arrives(self) -> None:
        if not self.in_flight:
            return
        conversation, after, words = self.in_flight.pop(0)
        if after == -1:
            if conversation != self.conversation:
                self.held = {}
            self.conversation = conversation
            first = len(self.rows[conversation][: self._upto(conversation, words)]) - len(words)
            self.held |= {first + n + 1: word for n, word in enumerate(words)}
            self.last = first + len(words)
        else:
            assert conversation == self.conversation and after <= self.last
            for n, word in enumerate(words):
                if after + n + 1 > self.last:
                    self.held[after + n + 1] = word
                    self.last = after + n + 1

    def _upto(self, conversation: UUID, words: list[str]) -> int:
        rows = self.rows[conversation]
        return 0 if not words else len(rows) - rows[::-1].index(words[-1])

    @invariant()
    def what_is_held_is_what_the_rows_say(self) -> None:
        if self.conversation is not None:
            rows = self.rows[self.conversation]
            assert all(rows[seq - 1] == word for seq, word in self.held.items())
            newest = range(max(1, self.last - SNAPSHOT_MESSAGES + 1), self.last + 1)
            assert set(newest) <= set(self.held)

    @invariant()
    def nothing_of_his_is_doubled_or_lost(self) -> None:
        mine = [word for rows in self.rows.values() for word in rows if word.startswith("mine")]
        assert len(mine) == len(set(mine))
        assert {f"mine {n + 1}" for n in range(self.written)} == set(mine) | set(self.unsent)


TestWire = Wire.TestCase
TestWire.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
