import assert from "node:assert/strict";
import { test } from "node:test";
import { History, absent } from "#sim/workload/history.ts";
import { checkLinearizable, NotLinearizableError } from "./linearizable.ts";

/** A history told step by step. */
function tell(story: (history: History) => void): History {
  const history = new History();
  story(history);
  return history;
}

test("what was acknowledged is read until it is overwritten or deleted", () => {
  const history = tell((h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
    h.begin("a", "DELETE", { kind: "write", state: absent }).acknowledge();
    h.show("a", "GET", h.tick(), { kind: "read", state: absent });
  });
  checkLinearizable(history);
});

const wrong: Record<string, (history: History) => void> = {
  "an acknowledged write is not there": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.show("a", "GET", h.tick(), { kind: "read", state: absent });
  },
  "an old value comes back": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.begin("a", "PUT", { kind: "write", state: "2" }).acknowledge();
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
  },
  "a deleted object comes back": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.begin("a", "DELETE", { kind: "write", state: absent }).acknowledge();
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
  },
  "a refused write is seen": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).refuse();
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
  },
  "a write of unknown outcome is seen, and then not": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).leaveOpen();
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
    h.show("a", "GET", h.tick(), { kind: "read", state: absent });
  },
  "a write of unknown outcome takes effect after the node's end": (h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).leaveOpen();
    h.nodeEnded();
    h.show("a", "GET", h.tick(), { kind: "read", state: absent });
    h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
  },
};

for (const [name, story] of Object.entries(wrong)) {
  test(`caught: ${name}`, () => {
    assert.throws(() => checkLinearizable(tell(story)), { name: "NotLinearizableError" });
  });
}

test("operations at the same time may happen in any order", () => {
  for (const last of ["1", "2", absent]) {
    const history = tell((h) => {
      const begun = h.tick();
      const first = h.begin("a", "PUT", { kind: "write", state: "1" });
      const second = h.begin("a", "PUT", { kind: "write", state: "2" });
      const third = h.begin("a", "DELETE", { kind: "write", state: absent });
      first.acknowledge();
      second.acknowledge();
      third.acknowledge();
      h.show("a", "GET", begun, { kind: "read", state: "1" });
      h.show("a", "GET", h.tick(), { kind: "read", state: last });
    });
    checkLinearizable(history);
  }
});

test("a write of unknown outcome may be there or not, also later in the same life", () => {
  for (const shown of ["1", absent]) {
    const history = tell((h) => {
      h.begin("a", "PUT", { kind: "write", state: "1" }).leaveOpen();
      h.show("a", "GET", h.tick(), { kind: "read", state: absent });
      h.show("a", "GET", h.tick(), { kind: "read", state: shown });
      h.nodeEnded();
      h.show("a", "GET", h.tick(), { kind: "read", state: shown });
    });
    checkLinearizable(history);
  }
});

test("a conditional write happens only where its condition holds", () => {
  checkLinearizable(
    tell((h) => {
      h.begin("a", "PUT", { kind: "create", state: "1" }).acknowledge();
      h.show("a", "PUT", h.tick(), { kind: "present" });
    }),
  );
  const twice = tell((h) => {
    h.begin("a", "PUT", { kind: "create", state: "1" }).acknowledge();
    h.begin("a", "PUT", { kind: "create", state: "2" }).acknowledge();
  });
  assert.throws(() => checkLinearizable(twice), { name: "NotLinearizableError" });
  const refused = tell((h) => h.show("a", "PUT", h.tick(), { kind: "present" }));
  assert.throws(() => checkLinearizable(refused), { name: "NotLinearizableError" });
});

test("two hundred calls at once, half of them of unknown outcome, are judged in no time", () => {
  const history = tell((h) => {
    for (let round = 0; round < 50; round++) {
      const open = h.begin("a", "PUT", { kind: "write", state: `open ${round}` });
      h.begin("a", "DELETE", { kind: "write", state: absent }).leaveOpen();
      h.begin("a", "PUT", { kind: "write", state: `sure ${round}` }).acknowledge();
      h.show("a", "GET", h.tick(), { kind: "read", state: `sure ${round}` });
      if (round % 3 === 0) h.show("a", "GET", h.tick(), { kind: "read", state: absent });
      if (round % 7 === 0) h.show("a", "GET", h.tick(), { kind: "read", state: `open ${round}` });
      open.leaveOpen();
    }
  });
  checkLinearizable(history);
  history.show("a", "GET", history.tick(), { kind: "read", state: "sure 3" });
  assert.throws(() => checkLinearizable(history), { name: "NotLinearizableError" });
});

test("a replacement happens only where the key is in the state it expects", () => {
  const history = tell((h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.begin("a", "PUT", { kind: "replace", expected: "1", state: "2" }).acknowledge();
    h.show("a", "PUT", h.tick(), { kind: "differs", state: "1" });
    h.show("a", "GET", h.tick(), { kind: "read", state: "2" });
  });
  checkLinearizable(history);
  // Two that expect the same cannot both have happened, whatever lies between.
  history.begin("a", "PUT", { kind: "replace", expected: "1", state: "3" }).acknowledge();
  assert.throws(() => checkLinearizable(history), { name: "NotLinearizableError" });
});

test("a refused replacement shows that the key is in another state", () => {
  const story = (isOver: boolean) => (h: History) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    const other = h.begin("a", "PUT", { kind: "write", state: "2" });
    if (isOver) other.refuse();
    else other.leaveOpen();
    h.show("a", "PUT", h.tick(), { kind: "differs", state: "1" });
  };
  checkLinearizable(tell(story(false)));
  assert.throws(() => checkLinearizable(tell(story(true))), { name: "NotLinearizableError" });
});

test("clients of several nodes: who reads on another node sees what was acknowledged", () => {
  const story = (second: string) => (h: History) => {
    const begun = h.tick();
    const put = h.begin("a", "PUT on 1", { kind: "write", state: "1" });
    // One node has applied it before its client is answered, and another reads after that.
    h.show("a", "GET on 2", begun, { kind: "read", state: "1" });
    h.show("a", "LIST on 3", h.tick(), { kind: "read", state: second });
    put.acknowledge();
  };
  checkLinearizable(tell(story("1")));
  assert.throws(() => checkLinearizable(tell(story(absent))), { name: "NotLinearizableError" });
});

test("a read does not hurry past a write that perhaps happened before it began", () => {
  const history = tell((h) => {
    h.begin("a", "PUT", { kind: "write", state: "1" }).acknowledge();
    h.begin("a", "PUT", { kind: "write", state: "2" }).leaveOpen();
    const early = h.tick();
    h.nodeEnded();
    const late = h.tick();
    const again = h.begin("a", "PUT", { kind: "write", state: "1" });
    h.show("a", "GET", early, { kind: "read", state: "2" });
    again.acknowledge();
    h.show("a", "GET", late, { kind: "read", state: "1" });
  });
  checkLinearizable(history);
});

test("a write that two were asked for may happen until both are gone, and not after", () => {
  const toldUntil = (end: readonly string[]): History =>
    tell((h) => {
      const write = h.begin("a", "PUT", { kind: "write", state: "1" }, "n1.1");
      h.nodeEnded("n1.1");
      write.askAlso("n2.1");
      for (const contact of end) h.nodeEnded(contact);
      h.begin("a", "PUT", { kind: "write", state: "2" }, "n3.1").acknowledge();
      h.show("a", "GET", h.tick(), { kind: "read", state: "1" });
    });
  checkLinearizable(toldUntil([]));
  assert.throws(() => checkLinearizable(toldUntil(["n2.1"])), NotLinearizableError);
});
