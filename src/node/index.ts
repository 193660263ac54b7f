/**
 * One whole node, the same in production and in the simulator.
 *
 * N1. On an empty data directory a node founds a one-node cluster, or with a token joins one; on
 *     its own it recovers; on one that is damaged or newer it refuses to start and says why.
 * N2. It never serves without credentials, and shows those it made once.
 * N3. What breaks a promise of the store stops the node: `failure` says so, and nothing is answered
 *     from then on that leans on it.
 *
 * It puts the rooms together and decides nothing that one of them could.
 */
export type { ClusterConfig, NodeConfig, NodeLimits } from "./config.ts";
export { type Credentials, CredentialsDifferError } from "./credentials.ts";
export { enrol, ForeignTokenError, isEnrolled, NotEnrolledError } from "./enrolment.ts";
export { createNode } from "./create-node.ts";
export type { Node } from "./node.ts";
export { type RecoveredNode, recoverNode } from "./recover.ts";
