import type { ConfState } from "#format/index.ts";

/** The configuration of a group that one member founds. */
export function loneConf(raftId: number): ConfState {
  return {
    voters: [raftId],
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
}

/** Whether this member decides alone. */
export function isLoneVoter({ voters, votersOutgoing }: ConfState, raftId: number): boolean {
  return voters.length === 1 && voters[0] === raftId && votersOutgoing.length === 0;
}

/** Whether there is nobody else. */
export function isAlone(conf: ConfState, raftId: number): boolean {
  return isLoneVoter(conf, raftId) && conf.learners.length === 0;
}

/** All other members whose vote counts, now or until a change is through. */
export function otherVotersOf({ voters, votersOutgoing }: ConfState, raftId: number): number[] {
  const all = votersOutgoing.length === 0 ? voters : new Set([...voters, ...votersOutgoing]);
  return [...all].filter((id) => id !== raftId);
}

/** All members, each once. */
export function membersOf({ voters, votersOutgoing, learners }: ConfState): Set<number> {
  return new Set([...voters, ...votersOutgoing, ...learners]);
}

/** Whether a change is under way for which two majorities decide. */
export function isJoint({ votersOutgoing }: ConfState): boolean {
  return votersOutgoing.length > 0;
}

/** Whether the same members belong in the same way. */
export function sameConf(a: ConfState, b: ConfState): boolean {
  return (
    sameIds(a.voters, b.voters) &&
    sameIds(a.learners, b.learners) &&
    sameIds(a.votersOutgoing, b.votersOutgoing) &&
    sameIds(a.learnersNext, b.learnersNext)
  );
}

/** Both ascend. */
function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}
