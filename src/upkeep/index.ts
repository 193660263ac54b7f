/**
 * Makes the shelf match the state: what nobody can ask for any more gives its space back.
 *
 * U1. Only garbage is removed: no row names the shard, and none ever will, decided without a clock.
 * U2. What was deleted can be read for a grace period by who began before, and is gone some time
 *     after.
 * U3. Upkeep does one bounded piece of work at a time, and pauses for client traffic in between.
 * U4. A unit with nothing to spare is copied as soon as there is a second home, unasked.
 * U5. Every shard on the shelf is compared with what was committed, once in each scrub pass.
 * U6. What is at risk or lost is told truly, by object, and for which reason.
 * U7. A layout is reported as walked, and a mark cleared, only when nothing that it makes this node
 *     home to is missing, or can come yet.
 * U8. A shard that belongs elsewhere is dropped only once the node it belongs to has confirmed it,
 *     under the same layout, and cannot drop it in turn.
 * U9. A shard that is found damaged is made anew at once, and kept until it has been.
 *
 * It does not decide what is due (metadata does) nor when a pack is worth compacting (the shelf
 * does).
 */
export { DueScan } from "./due-scan.ts";
export { targetOf } from "./reencode-target.ts";
export { Reencode, type ReencodeContext } from "./reencode.ts";
export { idlePauseMs, Reclaim, type ReclaimContext, walkPauseMs } from "./reclaim.ts";
export { type AilingObject, type Diagnosis, Doctor } from "./doctor.ts";
export type { Traffic } from "./pace.ts";
export { Scrub, scrubPassMs } from "./scrub.ts";
export { PresenceWalk } from "./walk.ts";
export { Leaving, serveConfirmations } from "./confirm.ts";
export { Healing } from "./heal.ts";
