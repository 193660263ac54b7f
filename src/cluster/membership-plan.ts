/** What a member is in the log's group, under the Raft id that its row names. */
export type MemberRole = "voter" | "learner" | "none";

/** A node that is registered and not removed, as the leader sees it. */
export interface MemberView {
  readonly node: number;
  readonly raftId: number;
  readonly zone: string;
  readonly host: string;
  readonly role: MemberRole;
  readonly isLeader: boolean;
  /** It is to leave, and should not be relied on. */
  readonly isDraining: boolean;
  /** It has nothing any more that others need. */
  readonly isDrained: boolean;
  /** It answers, and has nearly all that is committed. */
  readonly isCaughtUp: boolean;
  /** How long nothing has been heard from it; 0 while it answers. */
  readonly downMs: number;
}

/** Everything that the next change of the group is decided by. */
export interface GroupView {
  readonly members: readonly MemberView[];
  /** Raft ids in the group that belong to nobody any more: of removed and of wiped nodes. */
  readonly orphans: readonly number[];
}

/** One step of a change, as the log's group takes it. */
export interface GroupChange {
  readonly op: "voter" | "learner" | "remove";
  readonly raftId: number;
}

/** So long a voter may be away before another takes its place. */
export const voterAbsenceMsMax: number = 10 * 60_000;

/** How many vote, by the number of members; the last number is for all larger clusters. */
const voterTargets = [1, 2, 3, 3, 5] as const;

/** How many members should vote in a cluster of so many. */
export function voterTarget(memberCount: number): number {
  return voterTargets[Math.min(Math.max(memberCount, 1), voterTargets.length) - 1] ?? 1;
}

/**
 * The next change that brings the group nearer to what it should be: who belongs to nobody leaves,
 * who is new follows, and of those who are caught up as many vote as the size of the cluster asks
 * for, in as many zones and on as many hosts as can be. None where it is so already.
 *
 * Whoever votes and is sound keeps its vote unless that crowds a zone, so that a member which comes
 * and goes changes nothing. Nobody's vote is taken while those that remain could not decide.
 */
export function nextGroupChange({ members, orphans }: GroupView): readonly GroupChange[] {
  if (orphans.length > 0) return orphans.map((raftId) => ({ op: "remove", raftId }));
  const joining = members.filter(({ role }) => role === "none");
  if (joining.length > 0) return joining.map(({ raftId }) => ({ op: "learner", raftId }));
  const wanted = new Set(wantedVoters(members));
  const promoted = members.filter((member) => wanted.has(member) && member.role !== "voter");
  const demoted = members.filter((member) => !wanted.has(member) && member.role === "voter");
  const canDecide = hasAnsweringMajority([...wanted]);
  return [
    ...promoted.map(({ raftId }): GroupChange => ({ op: "voter", raftId })),
    ...(canDecide ? demoted : []).map(({ raftId }): GroupChange => ({ op: "learner", raftId })),
  ];
}

/** Whether so many of them answer that they could decide without the others. */
function hasAnsweringMajority(voters: readonly MemberView[]): boolean {
  return voters.filter(({ downMs }) => downMs === 0).length * 2 > voters.length;
}

/** The members that should vote, the surest first, each from where the fewest vote so far. */
function wantedVoters(members: readonly MemberView[]): readonly MemberView[] {
  // Who is drained may be gone any moment: then it must not be missed.
  const target = voterTarget(members.filter(({ isDrained }) => !isDrained).length);
  const wanted: MemberView[] = [];
  for (const candidates of candidateClasses(members)) {
    const left = new Set(candidates);
    while (left.size > 0 && wanted.length < target) {
      const best = [...left].reduce((a, b) => (isBetter(b, a, wanted) ? b : a));
      left.delete(best);
      wanted.push(best);
    }
  }
  return wanted;
}

/** Who may vote: the sound, then voters that are to leave, then voters that were lost. */
function candidateClasses(members: readonly MemberView[]): readonly (readonly MemberView[])[] {
  const isLost = ({ downMs }: MemberView): boolean => downMs >= voterAbsenceMsMax;
  const voters = members.filter(({ role }) => role === "voter");
  const learners = members.filter(({ role }) => role === "learner");
  return [
    [
      ...voters.filter((voter) => !isLost(voter) && !voter.isDraining),
      ...learners.filter(({ isCaughtUp, isDraining }) => isCaughtUp && !isDraining),
    ],
    voters.filter((voter) => !isLost(voter) && voter.isDraining),
    voters.filter(isLost),
  ];
}

/** Whether `a` should rather vote than `b`, given those who shall in any case. */
function isBetter(a: MemberView, b: MemberView, wanted: readonly MemberView[]): boolean {
  const of = (member: MemberView): readonly number[] => [
    wanted.filter(({ zone }) => zone === member.zone).length,
    wanted.filter(({ host }) => host === member.host).length,
    member.role === "voter" ? 0 : 1,
    member.isLeader ? 0 : 1,
    member.raftId,
  ];
  const ofB = of(b);
  for (const [i, rank] of of(a).entries()) {
    const difference = rank - (ofB[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
