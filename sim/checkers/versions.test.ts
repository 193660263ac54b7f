import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "#sim/workload/history.ts";
import { type Lock, noLock, type VersionAction } from "#sim/workload/version-history.ts";
import { VersionIds } from "./version-ids.ts";
import { checkVersions } from "./versions.ts";

type Told = History<VersionAction>;

/** A history told step by step, of one key. */
function tell(story: (history: Told) => void): Told {
  const history: Told = new History();
  story(history);
  return history;
}

function done(history: Told, action: VersionAction): void {
  history.begin("k", action.kind, action).acknowledge();
}

function shows(history: Told, action: VersionAction): void {
  history.show("k", action.kind, history.tick(), action);
}

const held: Lock = { hold: true, mode: "none" };
const governed: Lock = { hold: false, mode: "governance" };
const kept: Lock = { hold: false, mode: "compliance" };

function put(name: string, lock: Lock = noLock): VersionAction {
  return { kind: "put", name, lock };
}

function remove(name: string, bypass = false): Extract<VersionAction, { kind: "remove" }> {
  return { kind: "remove", name, bypass };
}

test("versions are stacked, hidden by markers, and go one by one", () => {
  checkVersions(
    tell((h) => {
      done(h, put("1"));
      done(h, put("2"));
      done(h, { kind: "mark", name: "D:3" });
      shows(h, { kind: "top", name: "D:3" });
      shows(h, { kind: "list", names: ["D:3", "2", "1"] });
      done(h, remove("D:3"));
      shows(h, { kind: "top", name: "2" });
      done(h, remove("2"));
      done(h, remove("2"));
      shows(h, { kind: "list", names: ["1"] });
      shows(h, { kind: "is", name: "2", lock: undefined });
      shows(h, { kind: "is", name: "1", lock: noLock });
    }),
  );
});

test("a lock forbids what it forbids, and yields to what it yields to", () => {
  checkVersions(
    tell((h) => {
      done(h, put("1", governed));
      shows(h, { kind: "refusal", of: remove("1") });
      shows(h, { kind: "refusal", of: { kind: "retain", name: "1", mode: "none", bypass: false } });
      done(h, { kind: "hold", name: "1", on: true });
      shows(h, { kind: "refusal", of: remove("1", true) });
      done(h, { kind: "hold", name: "1", on: false });
      done(h, remove("1", true));
      done(h, put("2"));
      done(h, { kind: "retain", name: "2", mode: "compliance", bypass: false });
      shows(h, { kind: "is", name: "2", lock: kept });
      shows(h, { kind: "refusal", of: remove("2", true) });
    }),
  );
});

test("what nobody knows the outcome of may be there or not, a marker under any id", () => {
  for (const names of [[], ["D:9"], ["2", "D:9", "1"], ["1"], ["D:8", "D:9"]]) {
    checkVersions(
      tell((h) => {
        h.begin("k", "PUT", put("1"));
        h.begin("k", "DELETE", { kind: "mark", name: undefined });
        h.begin("k", "DELETE", { kind: "mark", name: undefined });
        h.begin("k", "PUT", put("2"));
        shows(h, { kind: "list", names });
        shows(h, { kind: "list", names });
      }),
    );
  }
});

const wrong: Record<string, (history: Told) => void> = {
  "an acknowledged version is missing": (h) => {
    done(h, put("1"));
    done(h, put("2"));
    shows(h, { kind: "list", names: ["2"] });
  },
  "an acknowledged version is there twice": (h) => {
    done(h, put("1"));
    shows(h, { kind: "list", names: ["1", "1"] });
  },
  "a write of unknown outcome happens twice": (h) => {
    h.begin("k", "PUT", put("1"));
    shows(h, { kind: "list", names: ["1"] });
    done(h, remove("1"));
    shows(h, { kind: "list", names: ["1"] });
  },
  "an overwritten version is shown as the newest": (h) => {
    done(h, put("1"));
    done(h, put("2"));
    shows(h, { kind: "top", name: "1" });
  },
  "an older version slips over a newer one": (h) => {
    done(h, put("1"));
    done(h, put("2"));
    shows(h, { kind: "list", names: ["1", "2"] });
  },
  "a marker takes a version away": (h) => {
    done(h, put("1"));
    done(h, { kind: "mark", name: "D:2" });
    shows(h, { kind: "is", name: "1", lock: undefined });
  },
  "a marker changes its id": (h) => {
    h.begin("k", "DELETE", { kind: "mark", name: undefined });
    shows(h, { kind: "top", name: "D:1" });
    shows(h, { kind: "top", name: "D:2" });
  },
  "one deletion leaves two markers": (h) => {
    done(h, { kind: "mark", name: "D:1" });
    shows(h, { kind: "list", names: ["D:2", "D:1"] });
  },
  "a removed version comes back": (h) => {
    done(h, put("1"));
    done(h, remove("1"));
    shows(h, { kind: "is", name: "1", lock: noLock });
  },
  "what is held is removed": (h) => {
    done(h, put("1", held));
    done(h, remove("1", true));
  },
  "what is retained in compliance mode is removed by who may bypass": (h) => {
    done(h, put("1", kept));
    done(h, remove("1", true));
  },
  "what is retained in governance mode is removed by who may not": (h) => {
    done(h, put("1", governed));
    done(h, remove("1"));
  },
  "a retention is weakened": (h) => {
    done(h, put("1", kept));
    done(h, { kind: "retain", name: "1", mode: "governance", bypass: true });
  },
  "a lock is forgotten": (h) => {
    done(h, put("1"));
    done(h, { kind: "hold", name: "1", on: true });
    shows(h, { kind: "is", name: "1", lock: noLock });
  },
  "what is not locked is refused": (h) => {
    done(h, put("1"));
    shows(h, { kind: "refusal", of: remove("1") });
  },
  "a lock is set on what was removed": (h) => {
    done(h, put("1"));
    done(h, remove("1"));
    done(h, { kind: "hold", name: "1", on: true });
  },
};

for (const [what, story] of Object.entries(wrong)) {
  test(`it is noticed that ${what}`, () => {
    assert.throws(() => checkVersions(tell(story)), { name: "NotLinearizableError" });
  });
}

test("what was asked once has one id, and an id is that of one version", () => {
  const ids = new VersionIds();
  ids.note("a", "k 1");
  ids.note("a", "k 1");
  ids.note("b", "k 2");
  assert.equal(ids.nameOf("b"), "k 2");
  assert.throws(() => ids.note("c", "k 1"), /happened once/);
  assert.throws(() => ids.note("b", "k 3"), /its own/);
});
