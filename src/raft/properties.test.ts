import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import {
  changedConf,
  type Configuration,
  emptyConf,
  enterJoint,
  leaveJoint,
  simple,
} from "./conf-change.ts";
import { entriesBytes, entryBytes, sliceWithin } from "./entry.ts";
import { RaftError } from "./errors.ts";
import { Inflights } from "./inflights.ts";
import { committedIndex, voteResult } from "./quorum.ts";
import { MemoryStorage } from "./storage.ts";
import type { ConfChange, Entry, Id, MemberChange } from "./types.ts";
import { Unstable } from "./unstable.ts";

const idsArbitrary: fc.Arbitrary<Id[]> = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), {
  maxLength: 7,
});

/** The other way to find it: try every index, and count who has reached it. */
function committedByCounting(voters: Id[], match: ReadonlyMap<Id, number>): number {
  if (voters.length === 0) return Number.MAX_SAFE_INTEGER;
  const candidates = [0, ...voters.map((id) => match.get(id) ?? 0)];
  return Math.max(
    ...candidates.filter((index) => {
      const reached = voters.filter((id) => (match.get(id) ?? 0) >= index).length;
      return 2 * reached > voters.length;
    }),
  );
}

test("two ways to find the committed index agree", () => {
  const matches = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 20 })));
  fc.assert(
    fc.property(idsArbitrary, idsArbitrary, matches, (voters, outgoing, pairs) => {
      const match = new Map(pairs);
      const expected = Math.min(
        committedByCounting(voters, match),
        committedByCounting(outgoing, match),
      );
      assert.equal(committedIndex(voters, outgoing, match), expected);
      assert.equal(committedIndex(outgoing, voters, match), expected);
    }),
  );
});

test("a vote is won or lost exactly when no further votes can change it", () => {
  const votesArbitrary = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()));
  fc.assert(
    fc.property(idsArbitrary, idsArbitrary, votesArbitrary, (voters, outgoing, pairs) => {
      const votes = new Map(pairs);
      const decided = (rest: boolean): boolean =>
        [voters, outgoing].every((half) => {
          const yes = half.filter((id) => votes.get(id) ?? rest).length;
          return half.length === 0 || 2 * yes > half.length;
        });
      const best = decided(true);
      const worst = decided(false);
      const expected = worst ? "won" : best ? "pending" : "lost";
      assert.equal(voteResult(voters, outgoing, votes), expected);
    }),
  );
});

const changeArbitrary: fc.Arbitrary<MemberChange> = fc.record({
  op: fc.constantFrom("voter", "learner", "remove", "update"),
  id: fc.integer({ min: 0, max: 6 }),
});

/** Voters 1 to 3 and learner 4. */
function start(): Configuration {
  const ids: Id[] = [1, 2, 3];
  const added = ids.map((id): MemberChange => ({ op: "voter", id }));
  const base = added.reduce<Configuration>((conf, change) => simple(conf, [change], 5), {
    ...emptyConf(),
    progress: [],
  });
  return simple(base, [{ op: "learner", id: 4 }], 5);
}

/** Undefined where the change is refused. */
function attempt(change: () => Configuration): Configuration | undefined {
  try {
    return change();
  } catch (error) {
    assert.ok(error instanceof RaftError && error.code === "bad-conf");
    return undefined;
  }
}

/** The single steps lead to the same members; who was gone in between begins anew. */
function roles({
  voters,
  learners,
  votersOutgoing,
  learnersNext,
  autoLeave,
}: Configuration): object {
  return { voters, learners, votersOutgoing, learnersNext, autoLeave };
}

test("R8 a joint change that is left equals a row of simple ones", () => {
  fc.assert(
    fc.property(fc.array(changeArbitrary, { maxLength: 6 }), fc.boolean(), (changes, autoLeave) => {
      const joint = attempt(() => leaveJoint(enterJoint(start(), changes, 5, autoLeave)));
      let row: Configuration | undefined = start();
      for (const change of changes) {
        const before: Configuration | undefined = row;
        row = before && attempt(() => simple(before, [change], 5));
      }
      // The row may stumble where the joint change does not: on having no voter in between.
      if (row !== undefined) assert.deepEqual(joint && roles(joint), roles(row));
      if (joint === undefined) assert.equal(row, undefined);
    }),
    { numRuns: 500 },
  );
});

test("R9 whatever is changed, nobody is voter and learner at once", () => {
  const stepArbitrary: fc.Arbitrary<ConfChange> = fc.oneof(
    fc.record({
      transition: fc.constantFrom("auto", "implicit", "explicit"),
      changes: fc.array(changeArbitrary, { maxLength: 3 }),
    }),
    fc.constant<ConfChange>({ transition: "auto", changes: [] }),
  );
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 10 }), (steps) => {
      let conf = { ...emptyConf(), voters: [1, 2, 3] };
      for (const step of steps) {
        try {
          conf = changedConf(conf, step).conf;
        } catch (error) {
          assert.ok(error instanceof RaftError && error.code === "bad-conf");
        }
        const votes = new Set([...conf.voters, ...conf.votersOutgoing]);
        assert.ok(conf.learners.every((id) => !votes.has(id)));
        assert.ok(conf.learnersNext.every((id) => conf.votersOutgoing.includes(id)));
        assert.ok(conf.voters.length > 0);
      }
    }),
  );
});

test("R6 the window of Apps counts as a plain list does", () => {
  const stepArbitrary = fc.tuple(fc.boolean(), fc.nat({ max: 9 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(stepArbitrary),
      (countMax, bytesMax, steps) => {
        const window = new Inflights(countMax, bytesMax);
        let model: { index: number; bytes: number }[] = [];
        let index = 0;
        for (const [isSent, value] of steps) {
          if (!isSent) {
            const upTo = index - value;
            window.freeTo(upTo);
            model = model.filter((app) => app.index > upTo);
          } else if (!window.isFull) {
            index += 1 + value;
            window.add(index, value);
            model.push({ index, bytes: value });
          }
          const bytes = model.reduce((sum, app) => sum + app.bytes, 0);
          assert.equal(window.count, model.length);
          assert.equal(window.isFull, model.length === countMax || bytes >= bytesMax);
        }
      },
    ),
  );
});

const entryAt = (index: number, term: number, size: number): Entry => {
  return { term, index, kind: "normal", data: new Uint8Array(size) };
};

test("entries are cut to a limit of bytes, but never to nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 300 }), { minLength: 1 }), fc.nat(), (sizes, bytesMax) => {
      const entries = sizes.map((size, at) => entryAt(at + 1, 1, size));
      const kept = sliceWithin(entries, { from: 0, to: entries.length, bytesMax });
      assert.ok(kept.length > 0);
      assert.deepEqual(kept, entries.slice(0, kept.length));
      assert.ok(kept.length === 1 || entriesBytes(kept) <= bytesMax);
      const next = entries[kept.length];
      if (next !== undefined) assert.ok(entriesBytes(kept) + entryBytes(next) > bytesMax);
    }),
  );
});

test("R3 unstable part and storage together are one log, however it is overwritten", () => {
  const writeArbitrary = fc.record({
    back: fc.nat({ max: 6 }),
    count: fc.integer({ min: 1, max: 4 }),
    isWritten: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(writeArbitrary, { maxLength: 20 }), (writes) => {
      const storage = new MemoryStorage();
      const unstable = new Unstable(1);
      let model: Entry[] = [];
      writes.forEach(({ back, count, isWritten }, term) => {
        const first = Math.max(1, model.length + 1 - back);
        const entries = Array.from({ length: count }, (_, at) => entryAt(first + at, term + 1, 0));
        unstable.append(entries);
        model = [...model.slice(0, first - 1), ...entries];
        if (isWritten) {
          storage.append(unstable.nextEntries());
          unstable.acceptAll();
          unstable.stableTo(model.length, model.at(-1)?.term ?? 0);
        }
        const stored =
          storage.lastIndex() === 0 ? [] : storage.entries(1, storage.lastIndex() + 1, Infinity);
        const end =
          unstable.offset + (unstable.hasEntries ? model.length + 1 - unstable.offset : 0);
        const whole = [
          ...stored.slice(0, unstable.offset - 1),
          ...unstable.slice(unstable.offset, end, Infinity),
        ];
        assert.deepEqual(whole, model);
      });
    }),
  );
});

test("the size of an entry is that of its protobuf message", () => {
  // Tags and lengths of one byte each, as long as values are below 128.
  assert.equal(entryBytes(entryAt(1, 1, 0)), 6);
  assert.equal(entryBytes({ ...entryAt(300, 1, 0), data: utf8("abc") }), 7 + 2 + 3);
  const conf = { transition: "auto", changes: [{ op: "voter", id: 1 }] } as const;
  const change: Entry = {
    ...entryAt(1, 1, 0),
    kind: "conf",
    conf: { ...conf, changes: [...conf.changes] },
  };
  assert.equal(entryBytes(change), 6 + 2 + 8);
});
