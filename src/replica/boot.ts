import { unreachable } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { CleanStop, ConfState, Install } from "#format/index.ts";
import {
  CheckpointDamagedError,
  type CheckpointName,
  CheckpointReader,
  createLog,
  listCheckpoints,
  type Log,
  type LogConfig,
  openLog,
  type OpenedLog,
  removeCheckpoint,
} from "#storage/index.ts";
import { type BootDecision, decideBoot, type StoreCondition } from "./boot-decision.ts";
import { refusalOf } from "./boot-refusal.ts";
import {
  acquitState,
  acquitStore,
  isStateCondemned,
  isStoreCondemned,
  readCleanStop,
  removeCleanStop,
} from "./clean-stop.ts";
import { readInstall, removeInstall } from "./member-file.ts";
import { otherVotersOf } from "./members.ts";
import { type Membership, settleMembership } from "./membership.ts";
import {
  checkpointDirectory,
  logDirectory,
  replicaDirectory,
  type ReplicaGroup,
  type ReplicaLimits,
  type ReplicaPorts,
} from "./replica-config.ts";
import type { ReplicaState } from "./replica-state.ts";
import { fetchState } from "./state-fetch.ts";
import { fillStore, rebuiltName, StateStore, storeName } from "./state-store.ts";

/** How long the store is looked over before it is opened, in milliseconds. */
const inspectionBudgetMs = { afterCleanStop: 500, otherwise: 3000 };

/** What a replica runs on. */
export interface BootedState extends ReplicaState {
  /** Newest first. */
  checkpoints: CheckpointName[];
  membership: Membership;
}

/** What was found, open. */
interface Findings {
  cleanStop: CleanStop | undefined;
  install: Install | undefined;
  log: OpenedLog;
  condition: StoreCondition;
  /** Open where the condition is intact. */
  store: StateStore | undefined;
  checkpoints: CheckpointName[];
  /** Most replicas had another state: store and checkpoints here count for nothing. */
  isCondemned: boolean;
  /** Others were asked for what is missing. */
  hasAsked: boolean;
}

/** How a boot is to go. */
export interface BootConfig {
  mayFound: boolean;
  raftId: number;
  nodeId: number;
  isJoining: boolean;
  hasBegun: boolean;
  limits: ReplicaLimits;
  /** Those that may have what is missing here. */
  group?: ReplicaGroup | undefined;
  /** Is told of a damaged value in the store that was booted. */
  onDamage: (error: StoreDamagedError) => void;
}

/**
 * Looks at what is on disk, decides, and makes it what a replica can run on.
 *
 * @throws BootRefusedError where what is there may lack acknowledged commands
 */
export async function bootState(ports: ReplicaPorts, config: BootConfig): Promise<BootedState> {
  await makeDirectories(ports);
  const membership = await settleMembership(ports, config, logConfig(config.limits));
  const findings = await lookAround(ports, config);
  try {
    for (;;) {
      const decision = decide(findings, config.mayFound);
      ports.trace.write("info", "bootDecided", {
        decision: decision.kind,
        log: findings.log.kind,
        store: findings.condition.kind,
        checkpoints: findings.checkpoints.length,
        cleanStop: findings.cleanStop !== undefined,
      });
      if (decision.kind === "refuse") {
        const remedy = remedyOf(findings, membership);
        if (await askOthers(ports, config, findings, decision)) continue;
        throw refusalOf(decision, findings.log, remedy);
      }
      const state = await actUpon(ports, config, findings, decision);
      if (state === undefined) continue;
      // Before anything is appended: the mark speaks of the log as it is now.
      await removeCleanStop(ports.disk);
      if (findings.install !== undefined) await removeInstall(ports.disk);
      if (findings.isCondemned) await acquit(ports, findings);
      return { ...state, checkpoints: findings.checkpoints, membership };
    }
  } catch (error) {
    await letGo(findings);
    throw error;
  }
}

async function makeDirectories({ disk }: ReplicaPorts): Promise<void> {
  for (const path of [logDirectory, checkpointDirectory, replicaDirectory]) {
    await disk.makeDirectory(path);
  }
  await disk.syncDirectory("");
}

async function lookAround(ports: ReplicaPorts, config: BootConfig): Promise<Findings> {
  const { disk, trace } = ports;
  const cleanStop = await readCleanStop(disk);
  const isCondemned = await isStateCondemned(disk);
  const listed = await listCheckpoints({ disk, directory: checkpointDirectory }, trace);
  const checkpoints = isCondemned ? [] : listed;
  const position =
    cleanStop === undefined
      ? undefined
      : { segment: cleanStop.segment, offsetBytes: cleanStop.offsetBytes };
  const log = await openLog(ports, logConfig(config.limits), position);
  try {
    const install = await readInstall(disk);
    return {
      cleanStop,
      install,
      checkpoints,
      log,
      isCondemned,
      hasAsked: false,
      ...(await lookAtStore(ports, config, cleanStop)),
    };
  } catch (error) {
    if (log.kind === "intact") await log.log.release();
    throw error;
  }
}

async function lookAtStore(
  { disk, stores, trace }: ReplicaPorts,
  config: BootConfig,
  cleanStop: CleanStop | undefined,
): Promise<Pick<Findings, "condition" | "store">> {
  if ((await isStoreCondemned(disk)) || (await isStateCondemned(disk))) {
    return { condition: { kind: "damaged" }, store: undefined };
  }
  const budget =
    cleanStop === undefined ? inspectionBudgetMs.otherwise : inspectionBudgetMs.afterCleanStop;
  const inspected = await stores.inspect(storeName, budget);
  if (inspected !== "intact") return { condition: { kind: inspected }, store: undefined };
  try {
    const store = await StateStore.open(stores, storeName, config.onDamage);
    const { applied } = store;
    if (applied.index > 0) return { condition: { kind: "intact", applied }, store };
    await store.close();
    return { condition: { kind: "missing" }, store: undefined };
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    trace.write("error", "storeDamaged", { reason: error.message });
    return { condition: { kind: "damaged" }, store: undefined };
  }
}

export function logConfig(limits: ReplicaLimits): LogConfig {
  return {
    directory: logDirectory,
    segmentSizeBytes: limits.segmentSizeBytes,
    cacheBytesMax: limits.logCacheBytesMax,
  };
}

function decide(findings: Findings, mayFound: boolean): BootDecision {
  const { log, condition, checkpoints, cleanStop, install } = findings;
  return decideBoot({
    log: log.kind === "intact" ? conditionOf(log.log) : { kind: log.kind },
    store: condition,
    checkpoints: checkpoints.map(({ applied }) => applied),
    cleanStop: cleanStop?.last,
    mayFound,
    installing: install?.applied,
  });
}

function conditionOf(log: Log): Parameters<typeof decideBoot>[0]["log"] {
  const { previous, last } = log;
  return { kind: "intact", previous, last, term: (index) => log.term(index) };
}

/** The state was made anew: what was made of the wrong one goes. */
async function acquit({ disk, trace }: ReplicaPorts, { checkpoints }: Findings): Promise<void> {
  const place = { disk, directory: checkpointDirectory };
  for (const { path } of await listCheckpoints(place, trace)) {
    if (!checkpoints.some((kept) => kept.path === path)) await removeCheckpoint(place, path);
  }
  await acquitState(disk);
}

/** Gets what a refusal is for from another member, once. True where there is more to decide by. */
async function askOthers(
  ports: ReplicaPorts,
  { group, raftId, onDamage }: BootConfig,
  findings: Findings,
  { reason }: Extract<BootDecision, { kind: "refuse" }>,
): Promise<boolean> {
  if (reason !== "log-begins-too-late" || group === undefined || findings.hasAsked) return false;
  findings.hasAsked = true;
  await closeStore(findings);
  const log = openedLog(findings);
  const fetched = await fetchState(ports, group, { log, raftId });
  if (fetched === undefined) return false;
  findings.checkpoints = [fetched.name, ...findings.checkpoints];
  if (fetched.kind === "checkpoint") return true;
  const { applied } = fetched.name;
  findings.store = await StateStore.open(ports.stores, storeName, onDamage);
  findings.condition = { kind: "intact", applied };
  findings.install = { applied, hardState: { ...log.hardState, commit: applied.index } };
  return true;
}

/** Carries a decision out. Undefined: it could not be, the findings are fewer now, decide again. */
async function actUpon(
  ports: ReplicaPorts,
  config: BootConfig,
  findings: Findings,
  decision: Exclude<BootDecision, { kind: "refuse" }>,
): Promise<ReplicaState | undefined> {
  const { checkpoints } = findings;
  switch (decision.kind) {
    case "start":
      return { log: openedLog(findings), store: openedStore(findings) };
    case "found": {
      const store = await StateStore.open(ports.stores, storeName, config.onDamage);
      findings.store = store;
      const log = await createLog(ports, logConfig(config.limits));
      return { log, store };
    }
    case "reset-log": {
      const store = openedStore(findings);
      const previous = store.applied;
      const { hardState } = findings.cleanStop ?? findings.install ?? {};
      if (hardState === undefined) throw new Error("nothing says that the log may be begun anew");
      if (findings.log.kind === "intact") await findings.log.log.release();
      const log = await createLog(ports, logConfig(config.limits), { previous, hardState });
      return { log, store };
    }
    case "rebuild-from-log":
      await closeStore(findings);
      await ports.stores.remove(storeName);
      return reopen(ports, config, findings);
    case "rebuild-from-checkpoint": {
      await closeStore(findings);
      const name = checkpoints.find(({ applied }) => applied.index === decision.checkpoint.index);
      if (name === undefined || !(await rebuildStore(ports, name))) {
        findings.checkpoints = checkpoints.filter((other) => other !== name);
        return undefined;
      }
      return reopen(ports, config, findings);
    }
    default:
      return unreachable(decision);
  }
}

/**
 * Makes the store anew of a checkpoint, beside the old one. False where the checkpoint is damaged.
 */
async function rebuildStore(
  { disk, stores, trace }: ReplicaPorts,
  { path, applied }: CheckpointName,
): Promise<boolean> {
  try {
    const reader = await CheckpointReader.open(disk, path);
    try {
      await fillStore(stores, rebuiltName, reader.pieces());
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof CheckpointDamagedError)) throw error;
    trace.write("error", "checkpointDamaged", { path, reason: error.message });
    await stores.remove(rebuiltName);
    return false;
  }
  await stores.rename(rebuiltName, storeName);
  trace.write("warn", "storeRebuilt", { path, index: applied.index });
  return true;
}

async function reopen(
  { disk, stores }: ReplicaPorts,
  config: BootConfig,
  findings: Findings,
): Promise<ReplicaState> {
  await acquitStore(disk);
  const store = await StateStore.open(stores, storeName, config.onDamage);
  findings.store = store;
  return { log: openedLog(findings), store };
}

/** Others may have all that this node lacks: then it can begin anew under another Raft id. */
function remedyOf(
  { store, checkpoints }: Findings,
  { raftId, initialConf }: Membership,
): "restore" | "rejoin" {
  const conf: ConfState = store?.conf ?? checkpoints[0]?.conf ?? initialConf;
  const isMember = initialConf.voters.length === 0;
  return isMember || otherVotersOf(conf, raftId).length > 0 ? "rejoin" : "restore";
}

function openedLog({ log }: Findings): Log {
  if (log.kind === "intact") return log.log;
  throw new Error("a decision that needs the log is made only where it is intact");
}

function openedStore({ store }: Findings): StateStore {
  if (store !== undefined) return store;
  throw new Error("a decision that needs the store is made only where it is intact");
}

async function closeStore(findings: Findings): Promise<void> {
  const { store } = findings;
  findings.store = undefined;
  await store?.close();
}

/** Lets go of what is open; nothing more is made durable. */
export async function release({ log, store }: ReplicaState): Promise<void> {
  await log.release();
  await store.close().catch(() => undefined);
}

/** Closes what was opened, where the boot came to nothing. */
async function letGo(findings: Findings): Promise<void> {
  if (findings.log.kind === "intact") await findings.log.log.release();
  await closeStore(findings);
}
