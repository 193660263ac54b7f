/**
 * How nodes become a cluster and stay one: joining, trust, who votes, and what operators see.
 *
 * J1. Who holds a token that is unused and not expired becomes a member, and nobody else does.
 * J2. A joiner says its secret to nobody but a member that the token names, by its proven key.
 * J3. A member follows before it votes; as many vote as the cluster's size asks for.
 * J4. What is said to be tolerated is neither more nor less than what can be lost.
 *
 * It does not place data (placement does), and decides nothing that apply could.
 */
export {
  type AdminAnswer,
  type AdminCall,
  AdminRefusedError,
  adminRequestLine,
  answerAdmin,
  parseAdminAnswer,
} from "./admin.ts";
export { Admission } from "./admission.ts";
export { joinProtocol, JoinRefusedError, requestJoin } from "./join.ts";
export { type Admit, JoinDesk } from "./join-desk.ts";
export { JoinTokenError, parseJoinToken } from "./join-token.ts";
export { type RotatedKey, rotateKey } from "./key-rotation.ts";
export { Membership, type MembershipParts } from "./membership.ts";
export { gatherNews, recordFacts, serveNews } from "./news.ts";
export { knownPeersOf, Registry } from "./registry.ts";
export { type DoctorReport, doctorReport, type ObjectReport } from "./doctor-report.ts";
export {
  type NodeWalk,
  type RepairReport,
  repairReport,
  serveWalk,
  walkOf,
  type WalkReport,
} from "./repair-desk.ts";
export { type ScrubReport, scrubReport, serveScrub } from "./scrub-desk.ts";
export type { LayoutReport } from "./layout-report.ts";
export type { OperationName, OperationPlan } from "./operation-plan.ts";
export { operationCalls } from "./operations.ts";
export { serveShardsLeft, shardsLeft } from "./shards-left.ts";
export { confirmRecovery } from "./recovery.ts";
export { ownSpace, serveSpace, spaceOf } from "./space.ts";
export { askStanding, NodeRemovedError } from "./standing.ts";
export {
  type ClusterStatus,
  clusterStatus,
  type NodeReport,
  type StatusSources,
} from "./status.ts";
export { type MadeToken, makeToken } from "./tokens.ts";
