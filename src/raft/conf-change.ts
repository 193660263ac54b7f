// Configuration changes as pure functions. Dissertation, chapter 4; the working configuration of a
// joint phase is (voters)&&(votersOutgoing).
import { RaftError } from "./errors.ts";
import type { ConfChange, ConfState, Id, MemberChange, Progress } from "./types.ts";

/** A configuration with what is known of each member: one `Progress` a member, ascending by id. */
export interface Configuration extends ConfState {
  progress: Progress[];
}

/** A configuration to start from. Without `progress` its members are taken as just added. */
export interface BaseConfiguration extends ConfState {
  progress?: readonly Progress[];
}

/** A changed configuration, and the members whose progress begins anew. */
export interface ChangedConf {
  conf: ConfState;
  fresh: ReadonlySet<Id>;
}

interface Draft {
  voters: Set<Id>;
  outgoing: Set<Id>;
  learners: Set<Id>;
  learnersNext: Set<Id>;
  /** All members: everyone whose progress is kept. */
  members: Set<Id>;
  fresh: Set<Id>;
}

function refuse(reason: string): never {
  throw new RaftError("bad-conf", reason);
}

function ascending(ids: Iterable<Id>): Id[] {
  return [...ids].sort((a, b) => a - b);
}

/** A configuration without members. */
export function emptyConf(): ConfState {
  return { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
}

/** Whether two majorities decide. */
export function isJoint(conf: ConfState): boolean {
  return conf.votersOutgoing.length > 0;
}

/** Every member once, ascending. */
export function membersOf(conf: ConfState): Id[] {
  return ascending(new Set([...conf.voters, ...conf.votersOutgoing, ...conf.learners]));
}

/** A copy that shares nothing with it. */
export function copyConf(conf: ConfState): ConfState {
  return {
    voters: conf.voters.slice(),
    learners: conf.learners.slice(),
    votersOutgoing: conf.votersOutgoing.slice(),
    learnersNext: conf.learnersNext.slice(),
    autoLeave: conf.autoLeave,
  };
}

/** A copy with every list ascending. */
export function sortedConf(conf: ConfState): ConfState {
  return {
    voters: ascending(conf.voters),
    learners: ascending(conf.learners),
    votersOutgoing: ascending(conf.votersOutgoing),
    learnersNext: ascending(conf.learnersNext),
    autoLeave: conf.autoLeave,
  };
}

/**
 * Checks R9, for what comes in as for what goes out.
 *
 * @throws RaftError `bad-conf` when this configuration cannot be
 */
export function checkConf(conf: ConfState): void {
  const { voters, learners, votersOutgoing, learnersNext, autoLeave } = conf;
  for (const list of [voters, learners, votersOutgoing, learnersNext]) {
    if (new Set(list).size !== list.length) refuse("R9: a member is listed twice");
    if (!list.every((id) => Number.isSafeInteger(id) && id > 0)) refuse("R9: not a member's id");
  }
  if (voters.length === 0 && learners.length + votersOutgoing.length > 0) refuse("no voters left");
  if (learners.some((id) => voters.includes(id) || votersOutgoing.includes(id))) {
    refuse("R9: a learner is also a voter");
  }
  if (learnersNext.some((id) => !votersOutgoing.includes(id) || voters.includes(id))) {
    refuse("R9: only an outgoing voter can be a learner-to-be");
  }
  if (!isJoint(conf) && autoLeave) refuse("R9: only a joint configuration can be left");
}

function draftOf(conf: ConfState): Draft {
  checkConf(conf);
  return {
    voters: new Set(conf.voters),
    outgoing: new Set(conf.votersOutgoing),
    learners: new Set(conf.learners),
    learnersNext: new Set(conf.learnersNext),
    members: new Set(membersOf(conf)),
    fresh: new Set(),
  };
}

function finish(draft: Draft, autoLeave: boolean): ChangedConf {
  const conf = {
    voters: ascending(draft.voters),
    learners: ascending(draft.learners),
    votersOutgoing: ascending(draft.outgoing),
    learnersNext: ascending(draft.learnersNext),
    autoLeave,
  };
  checkConf(conf);
  return { conf, fresh: draft.fresh };
}

function enlist(draft: Draft, id: Id): void {
  draft.members.add(id);
  draft.fresh.add(id);
}

function makeVoter(draft: Draft, id: Id): void {
  if (!draft.members.has(id)) enlist(draft, id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  draft.voters.add(id);
}

/** An outgoing voter stays one until the joint phase ends: it is only noted as a learner-to-be. */
function makeLearner(draft: Draft, id: Id): void {
  if (!draft.members.has(id)) enlist(draft, id);
  draft.voters.delete(id);
  (draft.outgoing.has(id) ? draft.learnersNext : draft.learners).add(id);
}

function removeMember(draft: Draft, id: Id): void {
  draft.voters.delete(id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  if (draft.outgoing.has(id)) return;
  draft.members.delete(id);
  draft.fresh.delete(id);
}

function applyChanges(draft: Draft, changes: readonly MemberChange[]): void {
  for (const { op, id } of changes) {
    if (id === 0) continue;
    if (op === "voter") makeVoter(draft, id);
    else if (op === "learner") makeLearner(draft, id);
    else if (op === "remove") removeMember(draft, id);
    else if (op !== "update") refuse(`unknown operation ${String(op)}`);
  }
  if (draft.voters.size === 0) refuse("no voters left");
}

function simpleConf(conf: ConfState, changes: readonly MemberChange[]): ChangedConf {
  const draft = draftOf(conf);
  if (isJoint(conf)) refuse("a simple change does not go with a joint configuration");
  applyChanges(draft, changes);
  const before = new Set(conf.voters);
  if (before.symmetricDifference(draft.voters).size > 1) {
    refuse("more than one voter changes without a joint phase");
  }
  return finish(draft, false);
}

function jointConf(
  conf: ConfState,
  changes: readonly MemberChange[],
  autoLeave: boolean,
): ChangedConf {
  const draft = draftOf(conf);
  if (isJoint(conf)) refuse("the configuration is joint already");
  if (draft.voters.size === 0) refuse("a configuration without voters cannot become joint");
  draft.outgoing = new Set(draft.voters);
  applyChanges(draft, changes);
  return finish(draft, autoLeave);
}

function leftConf(conf: ConfState): ChangedConf {
  const draft = draftOf(conf);
  if (!isJoint(conf)) refuse("only a joint configuration can be left");
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  draft.outgoing.clear();
  return finish(draft, false);
}

/** One voter and nobody else, whoever belonged before: no majority was asked. */
function aloneConf(conf: ConfState, changes: readonly MemberChange[]): ChangedConf {
  const [only, ...others] = changes;
  if (only?.op !== "voter" || others.length > 0) refuse("exactly one voter goes on alone");
  const members = new Set([only.id]);
  const fresh = membersOf(conf).includes(only.id) ? new Set<Id>() : new Set(members);
  const nobody = new Set<Id>();
  const alone = { voters: members, outgoing: nobody, learners: nobody, learnersNext: nobody };
  return finish({ ...alone, members, fresh }, false);
}

/** Whether a change goes through a joint phase, given that it does not leave one. */
export function needsJoint(change: ConfChange): boolean {
  return change.transition !== "auto" || change.changes.length > 1;
}

/**
 * The configuration after a committed change.
 *
 * @throws RaftError `bad-conf` when the change does not fit the configuration
 */
export function changedConf(conf: ConfState, change: ConfChange): ChangedConf {
  if (change.transition === "alone") return aloneConf(conf, change.changes);
  const isEmpty = change.changes.length === 0;
  if (isEmpty && (change.transition === "auto" || isJoint(conf))) return leftConf(conf);
  if (!needsJoint(change)) return simpleConf(conf, change.changes);
  return jointConf(conf, change.changes, change.transition !== "explicit");
}

/** What is known of a member that was just added. */
function freshProgress(id: Id, learner: boolean, lastIndex: number): Progress {
  return {
    id,
    state: "probe",
    match: 0,
    next: Math.max(lastIndex, 1),
    learner,
    paused: false,
    active: true,
    pendingSnapshot: 0,
    inflight: 0,
    inflightFull: false,
  };
}

function withProgress(
  base: BaseConfiguration,
  lastIndex: number,
  change: (conf: ConfState) => ChangedConf,
): Configuration {
  const known = new Map((base.progress ?? []).map((progress) => [progress.id, progress]));
  if (base.progress !== undefined && membersOf(base).some((id) => !known.has(id))) {
    refuse("a member without progress");
  }
  const { conf, fresh } = change(base);
  const progress = membersOf(conf).map((id) => {
    const learner = conf.learners.includes(id);
    const kept = fresh.has(id) ? undefined : known.get(id);
    return kept === undefined ? freshProgress(id, learner, lastIndex) : { ...kept, learner };
  });
  return { ...conf, progress };
}

/**
 * Changes a configuration at once, which is safe as long as at most one voter comes or goes.
 *
 * @param lastIndex where the log ends: a new member is probed from there
 * @throws RaftError `bad-conf` when joint, when more than one voter changes, or none is left
 */
export function simple(
  config: BaseConfiguration,
  changes: readonly MemberChange[],
  lastIndex: number,
): Configuration {
  return withProgress(config, lastIndex, (conf) => simpleConf(conf, changes));
}

/**
 * Begins a joint phase: the voters so far become outgoing, the changes make the incoming ones.
 *
 * @param lastIndex where the log ends: a new member is probed from there
 * @param autoLeave whether the leader is to leave the phase by itself
 * @throws RaftError `bad-conf` when joint already, or without voters before or after
 */
export function enterJoint(
  config: BaseConfiguration,
  changes: readonly MemberChange[],
  lastIndex: number,
  autoLeave: boolean,
): Configuration {
  return withProgress(config, lastIndex, (conf) => jointConf(conf, changes, autoLeave));
}

/**
 * Ends a joint phase: the incoming voters decide alone, and demoted voters become learners.
 *
 * @throws RaftError `bad-conf` when not joint
 */
export function leaveJoint(config: BaseConfiguration): Configuration {
  return withProgress(config, 0, leftConf);
}
